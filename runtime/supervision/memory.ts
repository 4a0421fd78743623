/**
 * Restart memory: what a crashed actor still knew, and the event that crashed it.
 *
 * XState keeps value, context and children of the last good state in the snapshot of a crashed
 * machine. It has to be taken in the moment of the crash: right after it the children are stopped
 * and the timers are gone.
 */
import type { AnyActor, AnyEventObject } from 'xstate';
import { ACTION_FAILED, EFFECT_FAILED } from '../engine/adopt.ts';
import type { Engine } from '../engine/engine.ts';
import { kindOf } from '../engine/kinds.ts';
import type { Timer } from '../engine/timers.ts';

/** An event that crashed its actor. */
export interface Poison {
  readonly event: AnyEventObject;
  /** Crashes by it, one after the other. */
  readonly count: number;
}

export interface Memory {
  /** What `createActor({ snapshot })` takes; undefined when it cannot be kept. */
  readonly persisted: unknown;
  /** Timers of the actor and of those below it, by the path of who asked. */
  readonly timers: readonly (readonly [path: string, timer: Timer])[];
  /** Undefined when no event is to blame, but an action after its turn, or a child that failed. */
  readonly poison: Poison | undefined;
}

/**
 * Takes the memory of an actor that has just crashed and whose children still run.
 *
 * @returns undefined for effects: a promise that has failed has forgotten its own input.
 */
export function remember(
  engine: Engine,
  actor: AnyActor,
  before: Poison | undefined,
): Memory | undefined {
  const kind = kindOf(actor.logic);
  if (kind !== 'machine' && kind !== 'pure') return undefined;
  const event = engine.gate.lastEventOf(actor);
  const isByChild = event !== undefined && isChildError(event.type);
  const timers = isByChild ? timersBefore(engine, actor) : timersNow(engine, actor);
  return {
    persisted: persisted(engine, actor, isByChild),
    timers,
    poison: poisonOf(event, before),
  };
}

type Row = Memory['timers'][number];

const rowsOf = (engine: Engine, actor: AnyActor, timers: readonly Timer[]): Row[] =>
  timers.map((timer) => [engine.paths.of(actor), timer]);

function timersNow(engine: Engine, actor: AnyActor): Row[] {
  const all = [actor, ...engine.paths.descendants(actor)];
  return all.flatMap((one) => rowsOf(engine, one, engine.timers.of(one)));
}

/** Those of the turn before, as the state is: by now they are gone with the children. */
function timersBefore(engine: Engine, actor: AnyActor): Row[] {
  const snapshot = engine.changes.before(actor) as Partial<Parent> | undefined;
  const below = Object.values(snapshot?.children ?? {});
  const own = rowsOf(engine, actor, engine.timers.before(actor));
  return own.concat(below.flatMap((child) => timersBefore(engine, child)));
}

/** An unhandled failure of a child, at which XState has stopped all children. */
const isChildError = (type: string) => type.startsWith('xstate.error.actor.');

function poisonOf(
  event: AnyEventObject | undefined,
  before: Poison | undefined,
): Poison | undefined {
  if (!event || event.type === ACTION_FAILED || event.type === EFFECT_FAILED) return undefined;
  if (isChildError(event.type)) return undefined;
  return { event, count: before?.event === event ? before.count + 1 : 1 };
}

function persisted(engine: Engine, actor: AnyActor, isByChild: boolean): unknown {
  const good = isByChild ? engine.changes.before(actor) : actor.getSnapshot();
  try {
    return good && persist(engine, actor, { ...good, status: 'active', error: undefined });
  } catch {
    // A child that was given inline has no name to come back by: the restart is a clean one.
    return undefined;
  }
}

type Parent = { readonly children: Readonly<Record<string, AnyActor>> };
type Persisted = { readonly children?: Record<string, { snapshot: unknown }> };

/** Children that have ended in this turn are kept as they were before it. */
function persist(engine: Engine, actor: AnyActor, snapshot: unknown): Persisted {
  const kept = actor.logic.getPersistedSnapshot(snapshot as never) as Persisted;
  const { children = {} } = snapshot as Partial<Parent>;
  for (const [id, child] of Object.entries(children)) {
    const before =
      child.getSnapshot().status === 'active' ? undefined : engine.changes.before(child);
    const row = kept.children?.[id];
    if (row && before?.status === 'active') row.snapshot = persist(engine, child, before);
  }
  return kept;
}

/** Sets the timers again that the crash took away, with their old deadlines. */
export function restoreTimers(engine: Engine, { timers }: Memory): void {
  for (const [path, { live: _, order: __, target, ...timer }] of timers) {
    const source = engine.paths.at(path);
    if (!source) continue;
    const to = engine.paths.reference(engine.paths.of(target));
    engine.setTimer({ ...timer, source, target: to });
  }
}
