/**
 * What watching costs: CPU time of the host's thread per transition with no viewer, with one, and
 * with nobody ever having watched; how long input waits in the page; a thousand actors.
 *
 * Rounds alternate, because the machine is shared, and the ratio is the median over pairs of
 * neighbours. The viewer is a real WebSocket in another process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { assign, setup } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import { httpSettingsSchema } from '../../config/http.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { servePage } from '../../runtime/http/page.ts';
import { openHttpServer } from '../../runtime/http/server.ts';
import { freshTokens } from '../../runtime/http/tokens.ts';
import { Hub } from '../../runtime/inspector/hub.ts';
import { LiveSource } from '../../runtime/inspector/live-source.ts';
import { serveLive } from '../../runtime/inspector/stream.ts';
import type { Lifecycle } from '../../runtime/lifecycle.ts';
import { measurePage } from './inspector-page.ts';
import { measureStately } from './inspector-stately.ts';

const ACTORS = 1_000;
const PER_SECOND = 2_000;

const lamp = setup({
  types: {} as { context: { count: number; note: string }; events: { type: 'TOGGLE' } },
  actions: { count: assign({ count: ({ context }) => context.count + 1 }) },
}).createMachine({
  id: 'lamp',
  context: { count: 0, note: 'a lamp among others' },
  initial: 'off',
  states: {
    off: { on: { TOGGLE: { target: 'on', actions: 'count' } } },
    on: { on: { TOGGLE: { target: 'off', actions: 'count' } } },
  },
});

/** CPU time of this thread, us. */
const cpuUs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const viewerCode = `
  const WebSocket = require(process.argv[1]);
  const socket = new WebSocket(process.argv[2], ['kintsugi.1', 'token.' + process.argv[3]]);
  let bytes = 0;
  socket.on('message', (data) => { bytes += data.length; JSON.parse(data); });
  socket.on('open', () => process.stdout.write('open'));
  process.stdin.on('end', () => { process.stdout.write(' ' + bytes); process.exit(); }).resume();
`;

/** A viewer in a process of its own, which reads all that it is told. */
async function openViewer(url: string, token: string): Promise<() => Promise<number>> {
  const ws = createRequire(import.meta.url).resolve('ws');
  const args = ['-e', viewerCode, ws, `${url.replace('http', 'ws')}/api/live`, token];
  const viewer: ChildProcess = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  viewer.stdout!.on('data', (data) => {
    said += String(data);
  });
  while (!said.startsWith('open')) await sleep(10);
  return async () => {
    const ended = new Promise((resolve) => viewer.on('close', resolve));
    viewer.stdin!.end();
    await ended;
    return Number(said.split(' ')[1]);
  };
}

const statelyText = (ratios: readonly number[]): string =>
  ratios.length === 0
    ? '`@statelyai/inspect` was not measured: `KINTSUGI_STATELY_INSPECT` names no folder with it.'
    : `\`@statelyai/inspect\` over a WebSocket, ${ACTORS} actors of plain XState: ` +
      `${median(ratios).toFixed(2)} times the CPU of ` +
      'the same without it (installed apart, in `KINTSUGI_STATELY_INSPECT`).';

export async function run({ full }: { readonly full: boolean }): Promise<string> {
  const [pairs, seconds] = full ? [15, 4] : [7, 2];
  const children = Array.from({ length: ACTORS }, (_, i) =>
    child({ id: `lamp-${i}`, logic: lamp }),
  );
  await using runtime = await createRuntime({ tree: supervisor({ id: 'app', children }) });
  await runtime.start();
  const { life } = runtime as unknown as { readonly life: Lifecycle };
  let next = 0;
  const toggle = (actor: number) => runtime.send(`/app/lamp-${actor}`, { type: 'TOGGLE' });
  /** CPU time per transition at the wanted rate, us; everything else in the process included. */
  const round = async (send: (actor: number) => void = toggle): Promise<number> => {
    const count = PER_SECOND * seconds;
    const slices = seconds * 50;
    const begin = cpuUs();
    const since = performance.now();
    for (let slice = 0; slice < slices; slice++) {
      for (let i = 0; i < count / slices; i++) send(next++ % ACTORS);
      await sleep(Math.max(0, since + (slice + 1) * 20 - performance.now()));
    }
    return (cpuUs() - begin) / count;
  };
  await round();
  const never = [await round(), await round(), await round()];
  const hub = new Hub({ source: new LiveSource(life) });
  const tokens = freshTokens();
  const server = await openHttpServer({
    ...{ runtime, tokens, routes: [], settings: httpSettingsSchema.parse({ port: 0 }) },
    extend: (one) => {
      servePage(one);
      serveLive(one, { hub });
    },
  });
  const [without, one]: [number[], number[]] = [[], []];
  let bytes = 0;
  for (let pair = 0; pair < pairs; pair++) {
    without.push(await round());
    const close = await openViewer(server.url, tokens.viewer);
    // Its first look at the whole tree is not part of a transition.
    await sleep(200);
    one.push(await round());
    bytes = await close();
  }
  const link = `${server.url}/#token=${tokens.viewer}`;
  const pageText = await measurePage({ link, seconds, roundCount: 8, round });
  await server.close();
  const ratios = one.map((cost, i) => cost / without[i]!);
  const row = (what: string, values: readonly number[], ratio: string) =>
    `| ${what} | ${median(values).toFixed(1)} | ${ratio} |`;
  return [
    `${ACTORS} actors, ${PER_SECOND} transitions a second, ${pairs} pairs of ${seconds} s.`,
    '',
    '| viewers | CPU us per transition | ratio |',
    '|---|---:|---:|',
    row('nobody has ever watched', never, ''),
    row('none', without, (median(without) / median(never)).toFixed(3)),
    row('one', one, median(ratios).toFixed(3)),
    '',
    `One viewer was sent ${(bytes / seconds / 1_024).toFixed(0)} KiB a second.`,
    '',
    'Wanted: at most 1.05 with one viewer, 1.00 without.',
    '',
    statelyText(await measureStately({ machine: lamp, actorCount: ACTORS, pairs, round })),
    '',
    pageText,
  ].join('\n');
}
