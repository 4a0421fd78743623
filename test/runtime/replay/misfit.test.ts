/** Entries that do not fit the replayed tree, each in its own words. */
import { describe, expect, it } from 'vitest';
import { assign, createMachine, fromPromise, setup } from 'xstate';
import { type AnySpec, child, supervisor } from '../../../actors/child.ts';
import type { EventLog } from '../../../actors/ports.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { memoryJournal } from '../../../runtime/journal/memory-log.ts';
import { divergenceText } from '../../../runtime/replay/divergence.ts';
import { type ReplayOptions, replayJournal } from '../../../runtime/replay/replay.ts';
import type { Runtime } from '../../../runtime/runtime.ts';

const job = fromPromise(async () => 'ready');

/** Waits for a job, or for a timer; `idle` does neither under the same states. */
const worker = (does: 'job' | 'timer' | 'nothing') =>
  setup({ actors: { job }, types: { context: {} as { n: number } } }).createMachine({
    id: 'worker',
    context: { n: 0 },
    initial: 'busy',
    on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    states: {
      busy: {
        ...(does === 'job' ? { invoke: { id: 'job', src: 'job', onDone: 'done' } } : {}),
        ...(does === 'timer' ? { after: { 50: 'done' } } : {}),
      },
      done: {},
    },
  });

const treeOf = (...children: AnySpec[]) => supervisor({ id: 'app', children });
const workerAs = (id: string, does: Parameters<typeof worker>[0]) =>
  child({ id, logic: worker(does) });

async function journalOf(
  tree: ReturnType<typeof treeOf>,
  use: (runtime: Runtime) => unknown,
): Promise<EventLog> {
  const journal = memoryJournal();
  const clock = simulatedClock();
  const runtime = await createRuntime({ tree, journal, clock });
  await runtime.start();
  await clock.settle();
  await use(runtime);
  await clock.advance(100);
  await runtime.stop();
  return journal.log;
}

/** The divergence of a replay with another tree; the turn of the start is not compared. */
async function divergenceOf(log: EventLog, options: ReplayOptions) {
  const { divergence } = await replayJournal(log, { from: 2, allowChanged: true, ...options });
  return divergence!;
}

describe('an entry that does not fit', () => {
  it('names an unknown actor, and who it may have become', async () => {
    const log = await journalOf(treeOf(workerAs('worker', 'nothing')), (runtime) =>
      runtime.send('/app/worker', { type: 'ADD' }),
    );
    const divergence = await divergenceOf(log, { tree: treeOf(workerAs('works', 'nothing')) });
    expect(divergence).toMatchObject({ seq: 2, path: '/app/worker', field: 'actor' });
    expect(divergence.problem).toBe(
      "Unknown actor: the journal has the event ADD for '/app/worker', and nobody runs there. " +
        "Did it become '/app/works'?",
    );
    expect(divergence.differences.map(({ field }) => field)).toEqual(['actor', 'changed']);
  });

  it('names an unknown actor also when its turn changed nothing', async () => {
    const log = await journalOf(treeOf(workerAs('worker', 'nothing')), (runtime) =>
      runtime.send('/app/worker', { type: 'IGNORED' }),
    );
    const divergence = await divergenceOf(log, { tree: treeOf() });
    expect(divergence.problem).toContain("IGNORED for '/app/worker', and nobody runs there.");
    expect(divergence.differences).toHaveLength(1);
    const later = await replayJournal(log, { tree: treeOf(), allowChanged: true, from: 3 });
    expect(later.divergence).toBeUndefined();
  });

  it('names an outcome that nobody asked for', async () => {
    const log = await journalOf(treeOf(workerAs('w', 'job')), () => {});
    const gone = await divergenceOf(log, { tree: treeOf(workerAs('w', 'nothing')) });
    expect(gone.problem).toContain("has the outcome for '/app/w/job', and nobody runs there");
    const machine = setup({ actors: { job: createMachine({ id: 'other' }) } }).createMachine({
      id: 'worker',
      invoke: { id: 'job', src: 'job' },
    });
    const other = await divergenceOf(log, { tree: treeOf(child({ id: 'w', logic: machine })) });
    expect(other).toMatchObject({ seq: 2, path: '/app/w/job', field: 'effect' });
    expect(other.problem).toBe(
      'The journal has an outcome, asked for at seq 1, but here ' +
        "'/app/w/job' never asked for an effect: it is a machine.",
    );
    expect(divergenceText(other)).toContain('expected "asked for at seq 1"\n  got      none');
  });

  it('names a timer that is not set', async () => {
    const log = await journalOf(treeOf(workerAs('w', 'timer')), () => {});
    const divergence = await divergenceOf(log, { tree: treeOf(workerAs('w', 'nothing')) });
    expect(divergence).toMatchObject({ seq: 2, path: '/app/w', field: 'timer' });
    expect(divergence.problem).toBe(
      "In the journal the timer 'xstate.after.50.worker.busy' fires, set at seq 1, " +
        "but '/app/w' has not set it.",
    );
    const nobody = await divergenceOf(log, { tree: treeOf() });
    expect(nobody.problem).toContain("for '/app/w', and nobody runs there");
  });

  it('names the supervisor that an actor should start under', async () => {
    const pool = supervisor({ id: 'pool', children: [] });
    const spec = workerAs('a', 'nothing');
    const log = await journalOf(treeOf(pool), (runtime) => runtime.spawn('/app/pool', spec));
    const children = { '/app/pool/a': spec };
    const divergence = await divergenceOf(log, { tree: treeOf(), children });
    expect(divergence.problem).toBe(
      "The journal starts '/app/pool/a', but there is no supervisor at '/app/pool'.",
    );
    await expect(divergenceOf(log, { tree: treeOf() })).resolves.toMatchObject({ field: 'actor' });
  });

  it('names an actor whose specification is not given', async () => {
    const log = await journalOf(treeOf(), (runtime) =>
      runtime.spawn('/app', workerAs('a', 'nothing')),
    );
    await expect(replayJournal(log, { tree: treeOf() })).rejects.toMatchObject({
      code: 'CHILD_UNKNOWN',
      message: expect.stringContaining("'/app/a' that this program does not know (seq 2)"),
    });
  });
});

describe('an effect without an outcome', () => {
  it('is named with who asked and when, and is no divergence', async () => {
    const never = fromPromise(() => new Promise(() => {}));
    const machine = createMachine({ id: 'm', invoke: { id: 'job', src: never } });
    const tree = treeOf(child({ id: 'm', logic: machine }));
    const log = await journalOf(tree, () => {});
    const { unanswered, divergence } = await replayJournal(log, { tree });
    expect([divergence, unanswered]).toEqual([
      undefined,
      [{ path: '/app/m/job', id: '1.0', seq: 1 }],
    ]);
  });
});
