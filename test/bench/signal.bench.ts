/**
 * What one sample of a signal costs: as an entry of its own, as part of a machine's turn, and what
 * asking a breaker costs. CPU time of this thread, best of several rounds; the journal in memory.
 */
import { assign, enqueueActions, setup } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import { sampleSignal } from '../../actors/signal-breaker.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';

const cpuNs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) * 1_000;
};

/** Microseconds per call, best of the rounds. */
async function cost(count: number, run: (index: number) => void, drain: () => Promise<unknown>) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round += 1) {
    const begin = cpuNs();
    for (let i = 0; i < count; i += 1) run(i);
    best = Math.min(best, (cpuNs() - begin) / count / 1_000);
    await drain();
  }
  return best;
}

/** A machine that does nothing but remember a number, and one that tells it on. */
const marked = setup({
  types: { context: {} as { value: number }, events: {} as { type: 'MARKED'; value: number } },
  actions: {
    remember: assign({ value: ({ event }) => event.value }),
    tellOn: enqueueActions(({ enqueue, system, event }) =>
      sampleSignal({ enqueue, system }, 'told', { at: 0, value: event.value }),
    ),
  },
});
const plain = marked.createMachine({
  id: 'plain',
  context: { value: 0 },
  on: { MARKED: { actions: 'remember' } },
});
const telling = marked.createMachine({
  id: 'telling',
  context: { value: 0 },
  on: { MARKED: { actions: ['remember', 'tellOn'] } },
});

export async function run({ full }: { readonly full: boolean }): Promise<string> {
  const count = full ? 50_000 : 10_000;
  const children = [child({ id: 'plain', logic: plain }), child({ id: 'telling', logic: telling })];
  const tree = supervisor({ id: 'app', children });
  await using runtime = await createRuntime({ tree, clock: simulatedClock() });
  await runtime.start();
  const value = (i: number) => 100 + (i % 7) / 100;
  const drawdown = runtime.signalBreaker('told', 'drawdown');
  const volatility = runtime.signalBreaker('price', 'volatility');
  const latency = runtime.signalBreaker('calls', 'latency');
  const mark = (id: string) => (i: number) => {
    runtime.send(`/app/${id}`, { type: 'MARKED', value: value(i) });
  };
  const rows: [string, (index: number) => void][] = [
    ['an event to a machine that remembers a number', mark('plain')],
    ['the same, and a sample to a drawdown breaker in its turn', mark('telling')],
    ['`sample`, drawdown', (i) => drawdown.sample(value(i))],
    ['`sample`, volatility', (i) => volatility.sample(value(i))],
    ['`sample`, latency, 100 durations', (i) => latency.sample(value(i))],
  ];
  const table: string[] = [];
  for (const [what, act] of rows) {
    const us = await cost(count, act, () => runtime.ready());
    table.push(`| ${what} | ${us.toFixed(1)} |`);
  }
  const asked = await cost(
    count * 100,
    () => void drawdown.isOpen,
    async () => {},
  );
  table.push(`| \`isOpen\` | ${asked.toFixed(3)} |`);
  return ['| what | us |', '|---|---:|', ...table].join('\n');
}
