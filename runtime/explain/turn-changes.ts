/** What a turn changed, with the values before and after; timers that it set or took away. */
import { type AnyActor, isMachineSnapshot } from 'xstate';
import type { Core } from '../core.ts';
import type { Turn } from '../engine/engine.ts';
import type { Timer } from '../engine/timers.ts';
import type { ChangeRow, InputLine } from '../journal/format.ts';
import { timerWords } from './entry-words.ts';
import type { ChangeView, EffectView, TimerView } from './explanation.ts';
import { machineNameOf } from './machine-names.ts';
import { stateOf, timeText, viewOf } from './values.ts';

type Snapshot = ReturnType<AnyActor['getSnapshot']>;

/** How a tree was before a turn. */
export interface Before {
  readonly snapshots: ReadonlyMap<AnyActor, Snapshot>;
  readonly timers: ReadonlySet<Timer>;
}

export function takeBefore(core: Core): Before {
  const snapshots = new Map<AnyActor, Snapshot>();
  for (const [, actor] of core.engine.paths.entries()) snapshots.set(actor, actor.getSnapshot());
  return { snapshots, timers: new Set(timersOf(core)) };
}

function* timersOf({ engine }: Core): Iterable<Timer> {
  for (const [, actor] of engine.paths.entries()) yield* engine.timers.of(actor);
}

export function changesOf(core: Core, { line, actors }: Turn, before: Before): ChangeView[] {
  return (line.changed ?? []).map((row, index) => {
    const actor = actors[index]!;
    return changeView(core, row, actor, before.snapshots.get(actor));
  });
}

function changeView(
  core: Core,
  row: ChangeRow,
  actor: AnyActor,
  before: Snapshot | undefined,
): ChangeView {
  const { refs } = core.engine;
  const [old, now] = [before && valuesOf(before), valuesOf(actor.getSnapshot())];
  const fields = Object.keys(row.fields ?? {}).map((name) => ({
    name,
    ...(old && name in old ? { before: viewOf(old[name], refs) } : {}),
    ...(name in now ? { after: viewOf(now[name], refs) } : {}),
  }));
  return {
    path: row.path,
    machine: machineNameOf(actor),
    ...(row.incarnation === undefined ? {} : { incarnation: row.incarnation }),
    ...(before && row.to !== undefined ? { from: stateOf(before) } : {}),
    ...(row.to === undefined ? {} : { to: row.to }),
    fields,
  };
}

/** The fields by the names that a turn's record gives them. */
function valuesOf(snapshot: Snapshot): Record<string, unknown> {
  const { context, output, error } = snapshot as Record<string, unknown>;
  const isObject = typeof context === 'object' && context !== null && !Array.isArray(context);
  return {
    ...(isObject ? context : isMachineSnapshot(snapshot) ? {} : { context }),
    ...(output === undefined ? {} : { $output: output }),
    ...(error === undefined ? {} : { $error: error }),
  };
}

/** Timers that are set now and were not before, and those that were cancelled, not fired. */
export function timerChanges(
  core: Core,
  input: InputLine,
  before: Before,
  later: readonly InputLine[],
): { readonly set: TimerView[]; readonly cancelled: TimerView[] } {
  const now = new Set(timersOf(core));
  const view = (timer: Timer) => timerView(core, timer, later);
  const isFired = ({ path, id }: TimerView) =>
    input.kind === 'timer' && input.path === path && input.event === id;
  return {
    set: [...now].filter((timer) => !before.timers.has(timer)).map(view),
    cancelled: [...before.timers]
      .filter((timer) => !now.has(timer))
      .map(view)
      .filter((timer) => !isFired(timer)),
  };
}

function timerView({ engine }: Core, timer: Timer, later: readonly InputLine[]): TimerView {
  const { id, deadlineMs, event, source, target, cause } = timer;
  const path = engine.paths.of(source);
  const fired = later.find(
    (entry) =>
      entry.kind === 'timer' && entry.path === path && entry.event === id && entry.cause === cause,
  );
  return {
    path,
    to: engine.paths.of(target),
    id,
    what: timerWords(id),
    dueAt: deadlineMs,
    due: timeText(deadlineMs),
    event: viewOf(event, engine.refs),
    ...(fired ? { firedBy: fired.seq } : {}),
  };
}

/** Effects that a turn asked for, and the later entries with their outcomes. */
export function effectsOf(core: Core, { line }: Turn, later: readonly InputLine[]): EffectView[] {
  const { engine } = core;
  const pathById = new Map(
    engine.effects.waiting().map(({ id, actor }) => [id, engine.paths.of(actor)]),
  );
  return (line.effects ?? []).map(({ id, port, request }) => {
    const path = pathById.get(id);
    const outcomes = later
      .filter((entry) => entry.kind === 'outcome' && entry.path === path)
      .filter(({ cause }) => cause === line.turn)
      .map(({ seq }) => seq);
    return {
      id,
      port,
      ...(request === undefined ? {} : { request }),
      ...(path === undefined ? {} : { path }),
      outcomes,
    };
  });
}
