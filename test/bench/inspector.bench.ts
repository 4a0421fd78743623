/**
 * What watching costs: CPU time of the host's thread per transition with no viewer, with one, and
 * with nobody ever having watched; how long input waits in the page; a thousand actors.
 *
 * Rounds alternate, because the machine is shared, and the ratio is the median over pairs of
 * neighbours. The viewer is a real WebSocket in another process.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
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

/** Comes and goes as it is told, says when it has come, and what it has been sent when it goes. */
const viewerCode = `
  const WebSocket = require(process.argv[1]);
  let socket, bytes;
  const come = () => {
    bytes = 0;
    socket = new WebSocket(process.argv[2], ['kintsugi.1', 'token.' + process.argv[3]]);
    socket.on('message', (data) => { bytes += data.length; JSON.parse(data); });
    socket.on('open', () => console.log('come'));
    socket.on('close', () => console.log(bytes));
  };
  const lines = require('node:readline').createInterface(process.stdin);
  lines.on('line', (line) => line === 'come' ? come() : socket.close());
  lines.on('close', () => process.exit());
`;

/** A viewer in a process of its own, which reads all that it is told. */
function openViewer(url: string, token: string) {
  const ws = createRequire(import.meta.url).resolve('ws');
  const args = ['-e', viewerCode, ws, `${url.replace('http', 'ws')}/api/live`, token];
  const viewer = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface(viewer.stdout)[Symbol.asyncIterator]();
  const told = async (line: string) => {
    viewer.stdin.write(`${line}\n`);
    return (await answers.next()).value;
  };
  return {
    come: () => told('come'),
    /** @returns bytes that it was sent. */
    go: async () => Number(await told('go')),
    close: () => viewer.stdin.end(),
  };
}

const statelyText = (ratios: readonly number[]): string =>
  ratios.length === 0
    ? '`@statelyai/inspect` was not measured: `KINTSUGI_STATELY_INSPECT` names no folder with it.'
    : `\`@statelyai/inspect\` over a WebSocket, ${ACTORS} actors of plain XState: ` +
      `${median(ratios).toFixed(2)} times the CPU of ` +
      'the same without it (installed apart, in `KINTSUGI_STATELY_INSPECT`).';

interface Watching {
  readonly url: string;
  readonly token: string;
  readonly pairs: number;
  readonly round: () => Promise<number>;
}

/** CPU time of rounds without a viewer and with one, in turn, and what the viewer was sent. */
async function watchedPairs({ url, token, pairs, round }: Watching) {
  const [without, one]: [number[], number[]] = [[], []];
  const viewer = openViewer(url, token);
  let bytes = 0;
  const watched = async () => {
    await viewer.come();
    // Its first look at the whole tree is not part of a transition.
    await sleep(200);
    one.push(await round());
    bytes = await viewer.go();
  };
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 1) await watched();
    without.push(await round());
    if (pair % 2 === 0) await watched();
  }
  viewer.close();
  return { without, one, bytes };
}

export async function run({ full }: { readonly full: boolean }): Promise<string> {
  const [pairs, seconds] = full ? [60, 1] : [24, 1];
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
  for (let count = 0; count < 4; count++) await round();
  const never: number[] = [];
  for (let count = 0; count < pairs / 4; count++) never.push(await round());
  const hub = new Hub({ source: new LiveSource(life) });
  const tokens = freshTokens();
  const server = await openHttpServer({
    ...{ runtime, tokens, routes: [], settings: httpSettingsSchema.parse({ port: 0 }) },
    extend: (one) => {
      servePage(one);
      serveLive(one, { hub });
    },
  });
  const watching = { url: server.url, token: tokens.viewer, pairs, round };
  const { without, one, bytes } = await watchedPairs(watching);
  const link = `${server.url}/#token=${tokens.viewer}`;
  const pageText = await measurePage({ link, seconds, roundCount: 16, round });
  await server.close();
  const ratios = one.map((cost, i) => cost / without[i]!);
  const row = (what: string, values: readonly number[], ratio: string) =>
    `| ${what} | ${median(values).toFixed(1)} | ${ratio} |`;
  return [
    `${ACTORS} actors, ${PER_SECOND} transitions a second, ${pairs} pairs of ${seconds} s each.`,
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
    statelyText(await measureStately({ machine: lamp, actorCount: ACTORS, pairs: 7, round })),
    '',
    pageText,
  ].join('\n');
}
