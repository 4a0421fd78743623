/**
 * A long journal of a small tree: what it takes to write, verify, read, replay and restart, per
 * entry, and what share each part has. Memory must not grow with the journal.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assign, createMachine } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { readJournal } from '../../runtime/journal/read.ts';
import { verifyJournal } from '../../runtime/journal/verify.ts';
import { replayJournal } from '../../runtime/replay/replay.ts';

/** Counts, and changes its state with every other event. */
const light = createMachine({
  id: 'light',
  types: {} as { context: { n: number } },
  context: { n: 0 },
  initial: 'off',
  states: {
    off: { on: { TICK: { target: 'on', actions: assign({ n: ({ context }) => context.n + 1 }) } } },
    on: { on: { TICK: 'off' } },
  },
});

const ids = Array.from({ length: 10 }, (_, index) => `light-${index}`);
const tree = supervisor({
  id: 'app',
  children: ids.map((id) => child({ id, logic: light })),
});

interface Row {
  readonly name: string;
  readonly cpuUs: number;
  readonly wallMs: number;
}

async function measure(name: string, count: number, work: () => Promise<unknown>): Promise<Row> {
  const startedCpu = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(startedCpu);
  return { name, cpuUs: (user + system) / count, wallMs: performance.now() - startedMs };
}

async function live(count: number, journal: string | undefined): Promise<void> {
  const options = journal === undefined ? {} : { journal };
  const runtime = await createRuntime({ tree, clock: simulatedClock(), ...options });
  await runtime.start();
  for (let i = 0; i < count; i++) {
    runtime.send(`/app/${ids[i % ids.length]}`, { type: 'TICK' });
    if (i % 256 === 255) await runtime.ready();
    if (i % 256 === 255) await new Promise(setImmediate);
  }
  await runtime.stop();
}

/** Runs the benchmark and returns its table in Markdown. */
export async function run({ full }: { readonly full: boolean }): Promise<string> {
  const count = full ? 1_000_000 : 100_000;
  const folder = await mkdtemp(join(tmpdir(), 'kintsugi-bench-'));
  const journal = join(folder, 'journal');
  try {
    await live(20_000, undefined);
    const rows = [
      await measure('live, journal in memory', count, () => live(count, undefined)),
      await measure('live, journal in a file', count, () => live(count, journal)),
    ];
    rows.push(await measure('verify', count, () => verifyJournal(journal)));
    rows.push(
      await measure('read and parse', count, async () => {
        for await (const line of readJournal(journal)) void line;
      }),
    );
    let divergence: unknown;
    rows.push(
      await measure('replay through the tree, all compared', count, async () => {
        ({ divergence } = await replayJournal(journal, { tree }));
      }),
    );
    if (divergence !== undefined) throw new Error('The replay diverged.');
    rows.push(
      await measure('restart from the last snapshot, chain checked', count, async () => {
        const runtime = await createRuntime({ tree, clock: simulatedClock(), journal });
        await runtime.start();
        await runtime.stop();
      }),
    );
    const peakMib = (process.resourceUsage().maxRSS / 1024).toFixed(0);
    return [
      `${count.toLocaleString('en-US')} entries, ten actors. Peak RSS: ${peakMib} MiB.`,
      '',
      '| part | CPU us an entry | seconds |',
      '|---|---:|---:|',
      ...rows.map(
        ({ name, cpuUs, wallMs }) =>
          `| ${name} | ${cpuUs.toFixed(2)} | ${(wallMs / 1_000).toFixed(1)} |`,
      ),
    ].join('\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
