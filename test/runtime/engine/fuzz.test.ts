/**
 * Random lives of a rich tree: what a journal says of them must happen again when it is replayed,
 * also over restarts of the process. `KINTSUGI_RUNS=full` runs twenty times as many.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnySpec, ChildSpec } from '../../../actors/child.ts';
import { child, supervisor } from '../../../actors/child.ts';
import type { EventLog } from '../../../actors/ports.ts';
import { type SimulatedClock, simulatedClock } from '../../../runtime/clock/simulated.ts';
import { Core } from '../../../runtime/core.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { memoryLog } from '../../../runtime/journal/memory-log.ts';
import { linesAfter, readJournal } from '../../../runtime/journal/read.ts';
import type { ObservedTurn } from '../../../runtime/options.ts';
import { divergenceText } from '../../../runtime/replay/divergence.ts';
import { feed } from '../../../runtime/replay/feed.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { settingsFrom } from '../../../runtime/settings/load.ts';
import { capture } from '../../../runtime/snapshot/capture.ts';
import { loadSnapshot } from '../../../runtime/snapshot/load.ts';
import { restore } from '../../../runtime/snapshot/restore.ts';
import { snapshotText } from '../../../runtime/snapshot/text.ts';
import { trapped } from '../../../runtime/testing/traps.ts';
import { inside } from '../../support/inside.ts';
import {
  type CrashPlace,
  keeper,
  leaf,
  peer,
  provided,
  rich,
  world,
} from '../../support/rich-machines.ts';
import { whole } from '../../support/whole.ts';

const runs = process.env['KINTSUGI_RUNS'] === 'full' ? 2_000 : 100;

const treeWith = (actions: ChildSpec['actions']) =>
  supervisor({
    id: 'app',
    intensity: 100_000,
    children: [
      child({ id: 'rich', logic: rich, input: { name: 'R' }, actions }),
      child({ id: 'peer', logic: peer }),
      child({ id: 'provided', logic: provided, input: { name: 'P' }, actions }),
      child({ id: 'keeper', logic: keeper, restart: 'transient' }),
      // Gives up after the second crash in 40 ms, and is started again by the root.
      supervisor({
        id: 'brittle',
        periodMs: 40,
        children: [child({ id: 'one', logic: leaf, actions }), child({ id: 'two', logic: leaf })],
      }),
      supervisor({ id: 'pool', children: [], intensity: 100_000 }),
    ],
  });

const poolSpecs = ['a', 'b', 'c'].map((id) =>
  child({ id, logic: leaf, input: { tag: id }, restart: id === 'a' ? 'temporary' : 'permanent' }),
);
const children: Record<string, AnySpec> = Object.fromEntries(
  poolSpecs.map((spec) => [`/app/pool/${spec.id}`, spec]),
);

const riches = ['/app/rich', '/app/rich', '/app/provided'];
const leaves = [
  ...['/app/rich/first', '/app/rich/sub', '/app/rich/twice', '/app/brittle/one'],
  ...['/app/brittle/two', '/app/pool/a', '/app/pool/b'],
];
const richTypes = [
  ...['INC', 'INC', 'SPAWN', 'SPAWN', 'SPAWN_INLINE', 'SPAWN_TWICE', 'STOP_KID', 'POKE', 'PEER'],
  ...['PEER_LATER', 'NOT_LATER', 'LATER', 'SELF', 'RUN', 'RUN', 'RUN', 'NEXT', 'PAUSE', 'OFF'],
  ...['BACK', 'OBS', 'OBS', 'LINK', 'LINK', 'ASK', 'ASK', 'SUB_GO', 'UNLINK', 'KID_BOOM'],
  ...['THROWS', 'LEAF_UP', 'PARENT', 'unknown'],
];
/** Most messages make sense to whom they are sent. */
const messages: [weight: number, paths: string[], types: string[]][] = [
  [10, riches, richTypes],
  [3, leaves, ['GO', 'GO', 'END', 'BOOM', 'BOOM', 'UP']],
  [1, ['/app/peer'], ['HELLO', 'BOOM', 'END']],
  [1, ['/app/keeper'], ['MEET', 'GO', 'POKE']],
  [1, [...riches, ...leaves, '/app/nobody', '/app/rich/job'], [...richTypes, 'GO']],
];
const places: CrashPlace[] = ['note', 'entry', 'exit', 'leaf', 'receive', 'dispose', 'start'];

const command = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      message: fc.oneof(
        ...messages.map(([weight, paths, types]) => ({
          weight,
          arbitrary: fc.record({
            path: fc.constantFrom(...paths),
            type: fc.constantFrom(...types),
          }),
        })),
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.nat(70) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'resolve',
        'reject',
        'odd',
        'next',
        'error',
        'complete',
        'event',
        'callback',
      ),
      which: fc.nat(9),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('spawn', 'stopChild', 'restart'),
      which: fc.nat(9),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      place: fc.constantFrom(...places),
      on: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reboot' as const), downMs: fc.nat(50) }) },
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

interface Life {
  readonly log: EventLog;
  runtime: Runtime;
  clock: SimulatedClock;
  readonly actions: ChildSpec['actions'];
  readonly snapshotEveryCount: number;
}

const coreOf = (runtime: Runtime): Core => inside(runtime).core;
const stats = {
  runs: 0,
  turns: 0,
  downs: 0,
  reboots: 0,
  restored: 0,
  outcomes: 0,
  timers: 0,
  threw: 0,
};

/** A process that runs on the log; `expected` is what it must find after its replay. */
async function boot(life: Life, startMs: number, expected?: { whole: string; seq: number }) {
  life.clock = simulatedClock({ startMs });
  const ran = world.ran;
  const runtime = await createRuntime({
    tree: treeWith(life.actions),
    children,
    clock: life.clock,
    journal: new Journal(life.log),
    settings: { journal: { snapshotEveryCount: life.snapshotEveryCount } },
    around: trapped,
    freeze: true,
    observe: ({ input }) => {
      if (input.seq !== expected?.seq) return;
      expect(whole(coreOf(runtime))).toBe(expected.whole);
      expect(world.ran).toBe(ran);
    },
  });
  life.runtime = runtime;
  await runtime.start();
  await life.clock.settle();
}

async function reboot(life: Life, downMs: number): Promise<void> {
  await inside(life.runtime).snapshotter.idle();
  await life.runtime.flush();
  const expected = { whole: whole(coreOf(life.runtime)), seq: life.runtime.seq };
  await expectRestored(life, expected.whole);
  await life.runtime.stop();
  stats.reboots++;
  await boot(life, life.clock.now() + downMs, expected);
}

const pick = <T>(list: readonly T[], which: number): T | undefined => list[which % list.length];

function disturb(what: string, which: number): void {
  if (what === 'resolve') pick(world.promises, which)?.resolve({ value: which });
  else if (what === 'odd') pick(world.promises, which)?.resolve({ at: new Date(which), n: -0 });
  else if (what === 'reject') pick(world.promises, which)?.reject(new RangeError(`no ${which}`));
  else if (what === 'next') pick(world.subjects, which)?.next(which);
  else if (what === 'error') pick(world.subjects, which)?.error(new Error(`subject ${which}`));
  else if (what === 'complete') pick(world.subjects, which)?.complete();
  else if (what === 'event') pick(world.eventSubjects, which)?.next({ type: 'TICKED' });
  else if (what === 'callback') pick(world.callbacks, which)?.({ type: 'FED' });
}

async function order(runtime: Runtime, what: string, which: number): Promise<void> {
  const spec = pick(poolSpecs, which)!;
  const path = pick(
    [`/app/pool/${spec.id}`, '/app/rich', '/app/brittle', '/app/brittle/two'],
    which,
  )!;
  if (what === 'spawn') {
    if (!runtime.snapshot(`/app/pool/${spec.id}`)) await runtime.spawn('/app/pool', spec);
  } else if (runtime.snapshot(path)) {
    if (what === 'restart') await runtime.restart(path);
    else if (path.startsWith('/app/pool/')) await runtime.stopChild(path);
  }
}

async function execute(life: Life, step: Command): Promise<void> {
  if (step.do === 'send') life.runtime.send(step.message.path, { type: step.message.type });
  else if (step.do === 'advance') await life.clock.advance(step.ms);
  else if (step.do === 'reboot') await reboot(life, step.downMs);
  else if (step.do === 'crash') world.crashes[step.on ? 'add' : 'delete'](step.place);
  else if ('which' in step && ['spawn', 'stopChild', 'restart'].includes(step.do)) {
    await order(life.runtime, step.do, step.which);
  } else if ('which' in step) disturb(step.do, step.which);
  await life.clock.settle();
}

/** The newest snapshot and what came after it give the same tree, and the same snapshot again. */
async function expectRestored(life: Life, expected: string): Promise<void> {
  const snapshot = await loadSnapshot(life.log);
  const { snapshotEveryCount: every, runtime } = life;
  expect(snapshot !== undefined).toBe(every > 0 && runtime.seq >= every);
  if (!snapshot) return;
  stats.restored++;
  const ran = world.ran;
  const core = coreLike(life);
  restore(core, snapshot, await settingsFrom(snapshot.head.settings));
  const again = await textOf(snapshotText(core, capture(core, snapshot.head.observer)));
  expect(again).toBe(await textOf(life.log.snapshots!.read(snapshot.head.snapshot)));
  const fed = await feed(core, linesAfter(life.log, core.engine.seq));
  expect(fed.divergence && divergenceText(fed.divergence)).toBeUndefined();
  expect(whole(core)).toBe(expected);
  expect(core.engine.digest.value).toBe(runtime.digest);
  expect(world.ran).toBe(ran);
}

async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

/** A core that nothing was done with yet. */
function coreLike(life: Life, observe: (turn: ObservedTurn) => void = () => {}): Core {
  const live = coreOf(life.runtime);
  return new Core({
    settings: (live as unknown as { options: { settings: Core['settings'] } }).options.settings,
    seed: life.runtime.seed,
    tree: treeWith(life.actions),
    children: new Map(Object.entries(children)),
    hooks: { now: () => 0, commit() {}, notify() {}, timerSet() {} },
    observe,
  });
}

/** Full replay of the log in a world that is another one by now. */
async function expectReplayed(life: Life): Promise<void> {
  const { runtime } = life;
  await runtime.flush();
  world.crashes = new Set(places);
  const ran = world.ran;
  const core = coreLike(life, ({ input, line }) => {
    stats.turns++;
    stats.downs += line.down?.length ?? 0;
    stats.threw += line.threw ? 1 : 0;
    if (input.kind === 'outcome') stats.outcomes++;
    if (input.kind === 'timer') stats.timers++;
  });
  const fed = await feed(core, readJournal(life.log));
  expect(fed.divergence && divergenceText(fed.divergence)).toBeUndefined();
  expect(core.engine.digest.value).toBe(runtime.digest);
  expect(whole(core)).toBe(whole(coreOf(runtime)));
  expect(world.ran).toBe(ran);
}

async function expectLifeReplays(
  actions: ChildSpec['actions'],
  snapshotEveryCount: number,
  commands: Command[],
): Promise<void> {
  world.reset();
  const life = { log: memoryLog(), actions, snapshotEveryCount } as Life;
  await boot(life, 0);
  try {
    for (const step of commands) await execute(life, step);
    expect(life.runtime.status).toBe('running');
    await expectReplayed(life);
    stats.runs++;
  } finally {
    world.crashes.clear();
    await life.runtime.stop();
  }
}

describe('any life of a tree', () => {
  it.each<ChildSpec['actions']>(['afterTurn', 'inTurn'])(
    'replays turn by turn, with function actions that run %s',
    async (actions) => {
      const seed = process.env['KINTSUGI_SEED'];
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(0, 1, 10),
          fc.array(command, { minLength: 60, maxLength: 90 }),
          (every, commands) => expectLifeReplays(actions, every, commands),
        ),
        { numRuns: runs / 2, ...(seed ? { seed: Number(seed) } : {}) },
      );
      expect(stats.downs).toBeGreaterThan(0);
      expect(stats.reboots).toBeGreaterThan(0);
      expect(stats.restored).toBeGreaterThan(0);
      if (process.env['KINTSUGI_STATS']) process.stdout.write(`${JSON.stringify(stats)}\n`);
    },
    600_000,
  );
});
