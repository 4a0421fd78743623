/**
 * What a crash and its restart cost, by number of siblings, beside an XState parent that stops and
 * spawns the child by itself; spawns and stops by the host; memory of one supervised actor.
 *
 * CPU time of this thread, medians of interleaved rounds, because the machine is shared.
 */
import { assign, createActor, setup, spawnChild, stopChild } from 'xstate';
import { child, dynamicSupervisor, supervisor } from '../../actors/child.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import type { Runtime } from '../../runtime/runtime.ts';

const part = setup({
  types: { context: {} as { count: number } },
  actions: {
    crash: assign(() => {
      throw new Error('boom');
    }),
  },
}).createMachine({
  id: 'part',
  context: { count: 0 },
  on: { CRASH: { actions: 'crash' } },
});

const cpuUs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

interface Contender {
  readonly siblings: number;
  restart(): void;
  afterRound(): Promise<void>;
}

async function ours(siblings: number): Promise<Contender & { runtime: Runtime }> {
  const children = Array.from({ length: siblings }, (_, index) =>
    child({ id: `c${index}`, logic: part }),
  );
  const tree = supervisor({ id: 'app', intensity: 1_000_000, periodMs: 1, children });
  const clock = simulatedClock();
  const runtime = await createRuntime({ tree, clock });
  await runtime.start();
  let turn = 0;
  return {
    siblings,
    runtime,
    restart() {
      // Another millisecond, so that the sliding period holds few restarts.
      clock.catchUp(clock.now() + 2);
      runtime.send(`/app/c${turn++ % siblings}`, { type: 'CRASH' });
    },
    afterRound: () => runtime.flush(),
  };
}

/** A parent as XState's documentation shows it. */
function naive(siblings: number): Contender {
  const parent = setup({ actors: { part } }).createMachine({
    id: 'parent',
    on: {
      FILL: {
        actions: Array.from({ length: siblings }, (_, index) =>
          spawnChild('part', { id: `c${index}` }),
        ),
      },
      RESTART: { actions: [stopChild('c0'), spawnChild('part', { id: 'c0' })] },
    },
  });
  const actor = createActor(parent).start();
  actor.send({ type: 'FILL' });
  return {
    siblings,
    restart: () => actor.send({ type: 'RESTART' }),
    afterRound: async () => {},
  };
}

async function roundOf(contender: Contender, count: number): Promise<number> {
  const from = cpuUs();
  for (let i = 0; i < count; i++) contender.restart();
  await contender.afterRound();
  return (cpuUs() - from) / count;
}

async function costs(contenders: readonly Contender[], rounds: number, count: number) {
  const samples = contenders.map((): number[] => []);
  for (let round = -2; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const isSlow = contender.siblings >= 1_000 && !('runtime' in contender);
      const us = await roundOf(contender, isSlow ? Math.max(3, count >> 6) : count);
      if (round >= 0) samples[index]!.push(us);
    }
  }
  return samples.map(median);
}

async function spawnAndStop(count: number): Promise<{ spawnUs: number; stopUs: number }> {
  const pool = dynamicSupervisor({ id: 'pool', child: { logic: part } });
  const tree = supervisor({ id: 'app', children: [pool] });
  const runtime = await createRuntime({ tree, clock: simulatedClock() });
  await runtime.start();
  let from = cpuUs();
  for (let i = 0; i < count; i++) await runtime.spawn('/app/pool', { id: `p${i}` });
  const spawnUs = (cpuUs() - from) / count;
  from = cpuUs();
  for (let i = 0; i < count; i++) await runtime.stopChild(`/app/pool/p${i}`);
  const stopUs = (cpuUs() - from) / count;
  await runtime.stop();
  return { spawnUs, stopUs };
}

async function bytesPerActor(count: number): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const { runtime } = await ours(count);
  await runtime.flush();
  globalThis.gc?.();
  const after = process.memoryUsage().heapUsed;
  await runtime.stop();
  return (after - before) / count;
}

/** Measures, and returns the result as Markdown tables. */
export async function run({ full }: { readonly full: boolean }): Promise<string> {
  const sizes = [1, 100, 1_000, 10_000];
  const bytes = await bytesPerActor(full ? 10_000 : 5_000);
  const mine = await Promise.all(sizes.map(ours));
  const theirs = sizes.map(naive);
  const [rounds, count] = full ? [21, 2_000] : [7, 500];
  const mineUs = await costs(mine, rounds, count);
  const theirsUs = await costs(theirs, rounds, count);
  const { spawnUs, stopUs } = await spawnAndStop(full ? 20_000 : 5_000);
  const rows = sizes.map((size, index) => {
    const [own, other] = [mineUs[index]!, theirsUs[index]!];
    const times = (own / mineUs[0]!).toFixed(2);
    return `| ${size} | ${own.toFixed(1)} | ${times} | ${other.toFixed(1)} |`;
  });
  for (const { runtime } of mine) await runtime.stop();
  return [
    '| siblings | us CPU per crash and restart | times 1 sibling | naive XState parent, us |',
    '|---|---|---|---|',
    ...rows,
    '',
    'Ours writes each crash and restart to the journal; the naive parent only stops and spawns.',
    '',
    '| host asks | us CPU | per second |',
    '|---|---|---|',
    `| spawn | ${spawnUs.toFixed(1)} | ${(1e6 / spawnUs).toFixed(0)} |`,
    `| stopChild | ${stopUs.toFixed(1)} | ${(1e6 / stopUs).toFixed(0)} |`,
    '',
    `Heap per supervised actor, with its place in the tree and its entry in a journal in memory: ${(
      bytes / 1_024
    ).toFixed(1)} KiB.`,
  ].join('\n');
}

if (import.meta.main) {
  process.stdout.write(`${await run({ full: process.argv.includes('--full') })}\n`);
  process.exit(0);
}
