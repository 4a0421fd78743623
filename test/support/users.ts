/**
 * One harness for machines as users write them. A machine and a script go in; it must live under
 * the runtime as under plain XState, replay without effects, and outlive its process at every step.
 */

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  type AnyActor,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyEventObject,
  createActor,
  type InspectionEvent,
} from 'xstate';
import { type ChildSpec, child, supervisor } from '../../actors/child.ts';
import type { EventLog } from '../../actors/ports.ts';
import { type SimulatedClock, simulatedClock } from '../../runtime/clock/simulated.ts';
import { Core } from '../../runtime/core.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import type { Timer } from '../../runtime/engine/timers.ts';
import { encode } from '../../runtime/engine/values.ts';
import type { Json } from '../../runtime/journal/format.ts';
import { Journal } from '../../runtime/journal/journal.ts';
import { memoryLog } from '../../runtime/journal/memory-log.ts';
import { readJournal } from '../../runtime/journal/read.ts';
import { divergenceText } from '../../runtime/replay/divergence.ts';
import { feed } from '../../runtime/replay/feed.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { trapped } from '../../runtime/testing/traps.ts';
import { inside } from './inside.ts';
import type { Scene, Step } from './users-script.ts';
import { named, pathOf, refs, view } from './users-view.ts';
import { World } from './users-world.ts';
import { whole } from './whole.ts';

export * from './users-script.ts';
export { World } from './users-world.ts';

const PATH = '/app/it';
const isFull = process.env['KINTSUGI_RUNS'] === 'full';
const pairCount = isFull ? 60 : 3;

export interface User {
  /** Makes the machine anew, as each process does. */
  readonly make: (world: World) => AnyActorLogic;
  /** The same in all lives. */
  readonly input?: unknown;
  readonly script: readonly Step[];
  /** What the child specification says beside id and logic. */
  readonly spec?: Partial<Pick<ChildSpec, 'timers' | 'effects' | 'memory' | 'restart'>>;
  /** False: it crashes and is started again, which plain XState does not do. */
  readonly isPlain?: boolean;
}

/** What came of a script: the view after the start and after each step, and what went outside. */
interface Life {
  readonly views: unknown[];
  readonly notes: string[];
  readonly starts: string[];
  readonly ends: string[];
  readonly facts: unknown[];
  /** What the machine ended with. */
  readonly output: Json;
}

const strip = ({ at: _, seq: __, ...fact }: Record<string, unknown>) => fact;

// Plain XState.

async function plainLife(user: User): Promise<Life> {
  // XState warns of events to actors that have ended.
  using _ = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const world = new World();
  const clock = simulatedClock();
  const facts: unknown[] = [];
  const actor = createActor(user.make(world), {
    id: PATH,
    input: user.input,
    logger: () => {},
    clock: {
      setTimeout: (fn: () => void, ms: number) => clock.at(clock.now() + ms, fn) as never,
      clearTimeout: (withdraw: unknown) => (withdraw as (() => void) | undefined)?.(),
    },
    inspect: (event: InspectionEvent) => {
      if (event.type !== '@xstate.action' || event.action.type !== 'xstate.emit') return;
      const { event: fact } = event.action.params as { event: AnyEventObject };
      facts.push({ ...fact, path: pathOf(event.actorRef as AnyActorRef) });
    },
  } as never);
  actor.subscribe({ error: () => {} });
  actor.start();
  await clock.settle();
  const views = [view(actor)];
  const advance = (ms: number) => clock.advance(ms);
  for (const step of user.script) {
    await step({ world, advance, send: (event) => actor.send(event as never) });
    await clock.settle();
    views.push(view(actor));
  }
  const output = encode(actor.getSnapshot().output, refs);
  actor.stop();
  return { ...world, views, facts, output } as Life;
}

// The runtime, in one process after another.

export interface Setting {
  readonly snapshotEveryCount: number;
  readonly actions: ChildSpec['actions'];
}

const treeOf = (user: User, world: World, { actions }: Setting) => {
  const logic = user.make(world);
  const spec = child({
    ...{ id: 'it', logic, input: user.input, actions },
    ...{ restart: 'temporary', effects: { '*': 'retry' } },
    ...user.spec,
  });
  return supervisor({ id: 'app', intensity: 1_000, children: [spec] });
};

export const coreOf = (runtime: Runtime): Core => inside(runtime).core;

/** One process: a world, a clock, and a runtime on the log that outlives it. */
export class Process implements Scene {
  readonly world = new World();
  readonly clock: SimulatedClock;
  runtime!: Runtime;
  readonly facts: unknown[] = [];
  output: Json = encode(undefined, refs);
  private actor: AnyActor | undefined;

  private constructor(startMs: number) {
    this.clock = simulatedClock({ startMs });
  }

  static async begin(user: User, log: EventLog, setting: Setting, startMs = 0): Promise<Process> {
    const process = new Process(startMs);
    const journal = { snapshotEveryCount: setting.snapshotEveryCount };
    process.runtime = await createRuntime({
      tree: treeOf(user, process.world, setting),
      clock: process.clock,
      journal: new Journal(log, journal),
      settings: { journal },
      around: trapped,
      freeze: true,
      observe: ({ line }) => {
        const row = line.changed?.find(({ path }) => path === PATH);
        process.output = row?.fields?.['$output'] ?? process.output;
      },
    });
    process.runtime.on('*', (fact) => {
      if (!fact.path.startsWith(PATH)) return;
      process.facts.push(strip({ ...fact, path: named(fact.path) }));
    });
    await process.runtime.start();
    await process.clock.settle();
    process.find();
    return process;
  }

  get core(): Core {
    return coreOf(this.runtime);
  }

  /** One that has ended is no longer in the tree, but can still be looked at by who knew it. */
  private find(): void {
    this.actor = this.core.engine.paths.at(PATH) ?? this.actor;
  }

  send(event: AnyEventObject): void {
    this.runtime.send(PATH, event);
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  async do(step: Step): Promise<void> {
    await step(this);
    await this.clock.settle();
  }

  view(): unknown {
    this.find();
    return this.actor ? view(this.actor) : 'ended';
  }

  /** Timers that are set: who set them, under which name, and when they are due. */
  timers(): string[] {
    const { timers, paths } = this.core.engine;
    const { bySource } = timers as object as { bySource: Map<AnyActor, Map<string, Timer>> };
    return [...bySource.values()]
      .flatMap((mine) => [...mine.values()])
      .map(({ source, id, deadlineMs }) => `${paths.of(source)} ${id} ${deadlineMs}`)
      .sort();
  }

  /** The process ends in the middle of everything; what was acknowledged is in the log. */
  async kill(): Promise<void> {
    await this.runtime.flush();
    this.core.engine.mode = 'closed';
  }
}

interface LiveLife extends Life {
  readonly log: EventLog;
  readonly timers: string[];
}

/** Lives through the script; before the steps named in `deaths` the process is another one. */
async function liveLife(
  user: User,
  setting: Setting,
  deaths: readonly number[] = [],
): Promise<LiveLife> {
  const log = memoryLog();
  let process = await Process.begin(user, log, setting);
  const worlds = [process];
  const views = [process.view()];
  for (const [index, step] of user.script.entries()) {
    for (const death of deaths) {
      if (death !== index) continue;
      await process.kill();
      process = await Process.begin(user, log, setting, process.clock.now());
      worlds.push(process);
    }
    await process.do(step);
    views.push(process.view());
  }
  const timers = process.timers();
  await expectReplayed(user, setting, log, process);
  await process.runtime.stop();
  const all = (what: 'notes' | 'starts' | 'ends') => worlds.flatMap(({ world }) => world[what]);
  const facts = worlds.flatMap((one) => one.facts);
  return {
    ...{ log, views, timers, facts, output: process.output },
    ...{ notes: all('notes'), starts: all('starts'), ends: all('ends') },
  };
}

async function expectReplayed(
  user: User,
  setting: Setting,
  log: EventLog,
  { runtime, core }: Process,
): Promise<void> {
  await runtime.flush();
  const world = new World();
  const replayed = new Core({
    settings: (core as unknown as { options: { settings: Core['settings'] } }).options.settings,
    seed: runtime.seed,
    tree: treeOf(user, world, setting),
    children: new Map(),
    hooks: { now: () => 0, commit() {}, notify() {}, timerSet() {} },
  });
  const fed = await feed(replayed, readJournal(log));
  expect(fed.divergence && divergenceText(fed.divergence)).toBeUndefined();
  expect(replayed.engine.digest.value).toBe(runtime.digest);
  expect(whole(replayed)).toBe(whole(core));
  expect([...world.starts, ...world.notes]).toEqual([]);
}

/** A machine that has ended is known to nobody who had not seen it before. */
function expectSameViews(got: Life, wanted: Life): void {
  for (const [index, expected] of wanted.views.entries()) {
    const seen = got.views[index] as object | 'ended';
    if (expected === 'ended') expect(seen).toBe('ended');
    else if (seen === 'ended') expect((expected as { status: string }).status).toBe('done');
    else expect({ step: index, ...seen }).toEqual({ step: index, ...(expected as object) });
  }
}

function expectSameLife(got: LiveLife, wanted: LiveLife): void {
  expectSameViews(got, wanted);
  expect(got.notes).toEqual(wanted.notes);
  expect(got.facts).toEqual(wanted.facts);
  expect(got.timers).toEqual(wanted.timers);
}

/** `stride`: steps between two deaths of a process that are tried. */
const settings: (Setting & { readonly stride: number })[] = [
  { snapshotEveryCount: 0, actions: 'afterTurn', stride: isFull ? 1 : 4 },
  { snapshotEveryCount: 1, actions: 'inTurn', stride: 1 },
];

/** The tests that every user's machine has to pass. */
export function users(title: string, user: User): void {
  const steps = user.script.length;
  describe(`${title}`, () => {
    it('lives as under plain XState, and replays without effects', async () => {
      const plain = user.isPlain === false ? undefined : await plainLife(user);
      for (const setting of settings) {
        const live = await liveLife(user, setting);
        if (!plain) continue;
        expectSameViews(live, plain);
        for (const what of ['notes', 'starts', 'ends', 'facts', 'output'] as const) {
          expect({ [what]: live[what] }).toEqual({ [what]: plain[what] });
        }
      }
    });

    it('outlives its process at every step', async () => {
      for (const setting of settings) {
        const whole = await liveLife(user, setting);
        for (let at = 0; at < steps; at += setting.stride) {
          expectSameLife(await liveLife(user, setting, [at]), whole);
        }
      }
    });

    it('outlives two processes', async () => {
      for (const setting of settings) {
        const whole = await liveLife(user, setting);
        const step = fc.nat(steps - 1);
        await fc.assert(
          fc.asyncProperty(step, step, async (a, b) => {
            expectSameLife(await liveLife(user, setting, [a, b]), whole);
          }),
          { numRuns: pairCount },
        );
      }
    });
  });
}
