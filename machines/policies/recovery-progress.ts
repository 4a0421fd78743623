/**
 * Where each component of a recovery stands, and what begins next: the most urgent step that may.
 *
 * A component is known by its place in the graph, and a smaller place is more urgent. All functions
 * give new values and leave the old ones as they are.
 */
import type { RecoveryGraph } from './recovery-plan.ts';

/** `check` is `validate` once more, when everything is there. */
export type RecoveryStep = 'start' | 'restore' | 'validate' | 'check' | 'rollback';

/**
 * `waiting` for others, `ready` for its next step, `running` it, `pausing` before the next attempt;
 * `validated`, `failed`, or `skipped` because it needs one that failed.
 */
export type PartStatus =
  | 'waiting'
  | 'ready'
  | 'running'
  | 'pausing'
  | 'validated'
  | 'failed'
  | 'skipped';

/** How far one component is. Times are logical ms. */
export interface RecoveryPart {
  readonly status: PartStatus;
  /** The step that runs or is next; the last one of a component that is settled. */
  readonly step: RecoveryStep;
  /** From 1; counts anew for the check. */
  readonly attempt: number;
  /** Attempts to bring it up. */
  readonly attemptCount: number;
  /** When its first step began; null: it was not touched. */
  readonly startedAtMs: number | null;
  /** When it was validated first. */
  readonly validatedAtMs: number | null;
  /** Time of the newest data that was restored. */
  readonly dataAtMs: number | null;
  /** The last failure, or why it was skipped. */
  readonly why: string | null;
  /** Place of the component whose failure cost it: its own when it failed itself. */
  readonly cause: number | null;
  readonly rollback: 'none' | 'due' | 'running' | 'done' | 'failed';
}

export interface RunningStep {
  readonly place: number;
  readonly step: RecoveryStep;
  readonly attempt: number;
}

export interface RecoveryPause {
  readonly place: number;
  readonly dueMs: number;
}

export interface RecoveryProgress {
  readonly parts: readonly RecoveryPart[];
  /** Dependencies of each component that are not validated yet. */
  readonly needCounts: readonly number[];
  /** Places of those that are ready, the most urgent first. */
  readonly ready: readonly number[];
  readonly running: readonly RunningStep[];
  readonly pausing: readonly RecoveryPause[];
  /** Places in the order of their first steps. */
  readonly started: readonly number[];
  /** Places whose rollback is due, in the order in which it is done. */
  readonly undo: readonly number[];
}

const untouched: RecoveryPart = {
  status: 'waiting',
  step: 'start',
  attempt: 1,
  attemptCount: 0,
  startedAtMs: null,
  validatedAtMs: null,
  dataAtMs: null,
  why: null,
  cause: null,
  rollback: 'none',
};

/** Before anything has begun. */
export function newProgress({ needCounts }: RecoveryGraph): RecoveryProgress {
  const ready = [...needCounts.keys()].filter((place) => needCounts[place] === 0);
  return {
    parts: needCounts.map((count) => (count === 0 ? { ...untouched, status: 'ready' } : untouched)),
    needCounts,
    ready,
    running: [],
    pausing: [],
    started: [],
    undo: [],
  };
}

/** Nothing runs, pauses or can begin. */
export const isSettled = ({ ready, running, pausing }: RecoveryProgress): boolean =>
  ready.length === 0 && running.length === 0 && pausing.length === 0;

/** Begins the most urgent steps, as long as fewer than `parallelCountMax` run. */
export function begun(
  progress: RecoveryProgress,
  parallelCountMax: number,
  atMs: number,
): RecoveryProgress {
  const count = Math.min(progress.ready.length, parallelCountMax - progress.running.length);
  if (count <= 0) return progress;
  const parts = progress.parts.slice();
  const running = progress.running.slice();
  const first: number[] = [];
  for (const place of progress.ready.slice(0, count)) {
    const part = parts[place]!;
    if (part.startedAtMs === null) first.push(place);
    parts[place] = {
      ...part,
      status: 'running',
      startedAtMs: part.startedAtMs ?? atMs,
      attemptCount: part.attemptCount + (part.step === 'start' ? 1 : 0),
    };
    running.push({ place, step: part.step, attempt: part.attempt });
  }
  const started = first.length > 0 ? progress.started.concat(first) : progress.started;
  return { ...progress, parts, running, started, ready: progress.ready.slice(count) };
}

/** A step has done its work: the next one is ready, or the component is validated. */
export function stepDone(
  graph: RecoveryGraph,
  progress: RecoveryProgress,
  place: number,
  { at, dataAtMs }: { readonly at: number; readonly dataAtMs?: number | undefined },
): RecoveryProgress {
  const part = progress.parts[place]!;
  const running = progress.running.filter((run) => run.place !== place);
  const known = dataAtMs === undefined ? part : { ...part, dataAtMs };
  const step = nextStep(graph, place, part.step);
  if (step) {
    const parts = withPart(progress.parts, place, { ...known, status: 'ready', step });
    return { ...progress, parts, running, ready: withPlace(progress.ready, place) };
  }
  const validatedAtMs = part.validatedAtMs ?? at;
  const validated = { ...known, status: 'validated', validatedAtMs, why: null } as const;
  const parts = withPart(progress.parts, place, validated);
  const next = { ...progress, parts, running };
  return part.step === 'check' ? next : withFreed(graph, next, place);
}

function nextStep(
  { components }: RecoveryGraph,
  place: number,
  step: RecoveryStep,
): RecoveryStep | undefined {
  const { steps } = components[place]!;
  if (step === 'start' && steps.includes('restore')) return 'restore';
  const isUp = step === 'start' || step === 'restore';
  return isUp && steps.includes('validate') ? 'validate' : undefined;
}

/** Whoever needed only this one is ready now. */
function withFreed(
  { dependents }: RecoveryGraph,
  progress: RecoveryProgress,
  place: number,
): RecoveryProgress {
  const waiting = dependents[place]!;
  if (waiting.length === 0) return progress;
  const parts = progress.parts.slice();
  const needCounts = progress.needCounts.slice();
  let { ready } = progress;
  for (const other of waiting) {
    needCounts[other]! -= 1;
    if (needCounts[other] !== 0 || parts[other]!.status !== 'waiting') continue;
    parts[other] = { ...parts[other]!, status: 'ready' };
    ready = withPlace(ready, other);
  }
  return { ...progress, parts, needCounts, ready };
}

/** A copy with another part: `slice` is many times faster than `with`. */
function withPart(
  parts: readonly RecoveryPart[],
  place: number,
  part: RecoveryPart,
): readonly RecoveryPart[] {
  const copy = parts.slice();
  copy[place] = part;
  return copy;
}

/** Puts a place where its urgency belongs. */
function withPlace(places: readonly number[], place: number): readonly number[] {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]! < place) low = middle + 1;
    else high = middle;
  }
  const copy = places.slice();
  copy.splice(low, 0, place);
  return copy;
}

/** A step has failed and is tried again: a check alone, else the component from its start. */
export function stepPaused(
  progress: RecoveryProgress,
  place: number,
  { why, dueMs }: { readonly why: string; readonly dueMs: number },
): RecoveryProgress {
  const part = progress.parts[place]!;
  const step = part.step === 'check' ? 'check' : 'start';
  const paused = { ...part, status: 'pausing', step, attempt: part.attempt + 1, why } as const;
  return {
    ...progress,
    parts: withPart(progress.parts, place, paused),
    running: progress.running.filter((run) => run.place !== place),
    pausing: [...progress.pausing, { place, dueMs }],
  };
}

/** The pause of a component is over. */
export function pauseOver(progress: RecoveryProgress, place: number): RecoveryProgress {
  const pausing = progress.pausing.filter((pause) => pause.place !== place);
  if (pausing.length === progress.pausing.length) return progress;
  const part = progress.parts[place]!;
  const parts = withPart(progress.parts, place, { ...part, status: 'ready' });
  return { ...progress, parts, pausing, ready: withPlace(progress.ready, place) };
}

/** Everything that is validated, and can be, is looked at once more. */
export function checksReady(
  { components }: RecoveryGraph,
  progress: RecoveryProgress,
): RecoveryProgress {
  const ready: number[] = [];
  const parts = progress.parts.map((part, place): RecoveryPart => {
    const { steps } = components[place]!;
    if (part.status !== 'validated' || !steps.includes('validate')) return part;
    ready.push(place);
    return { ...part, status: 'ready', step: 'check', attempt: 1 };
  });
  return { ...progress, parts, ready };
}
