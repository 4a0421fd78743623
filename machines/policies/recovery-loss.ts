/** What a recovery loses when a component fails, whether it can go on, and what is undone. */
import type { RecoveryGraph } from './recovery-plan.ts';
import type { PartStatus, RecoveryPart, RecoveryProgress } from './recovery-progress.ts';

/** Why a recovery has failed as a whole. */
export interface RecoveryFailure {
  /** The component that failed; null: an operator ended it. */
  readonly component: string | null;
  readonly why: string;
  /** Critical components that are not there, and no reduced mode does without. */
  readonly without: readonly string[];
}

const lostStatuses: readonly PartStatus[] = ['failed', 'skipped'];
const underWay: readonly PartStatus[] = ['ready', 'running', 'pausing'];

export const isLost = ({ status }: RecoveryPart): boolean => lostStatuses.includes(status);

/** The component and all that needs it, directly or through others, in the order of the graph. */
export function lostWith({ dependents }: RecoveryGraph, place: number): readonly number[] {
  const lost = new Set([place]);
  // Whoever needs something stands behind it: those found first are looked at first.
  for (const one of lost) for (const other of dependents[one]!) lost.add(other);
  return [...lost].sort((a, b) => a - b);
}

/**
 * A component does not come up: whatever needs it is skipped, or no longer counts as validated.
 * It has failed when it was begun; else it was skipped itself.
 */
export function withLoss(
  graph: RecoveryGraph,
  progress: RecoveryProgress,
  place: number,
  why: string,
): RecoveryProgress {
  const parts = progress.parts.slice();
  for (const one of lostWith(graph, place)) {
    const part = parts[one]!;
    if (isLost(part)) continue;
    const isCause = one === place;
    const hasFailed = isCause && part.startedAtMs !== null;
    parts[one] = {
      ...part,
      status: hasFailed ? 'failed' : 'skipped',
      why: isCause ? why : `needs '${graph.components[place]!.id}', which is not there`,
      cause: place,
    };
  }
  return withoutSettled({ ...progress, parts });
}

/** Takes those that are settled out of all lines. */
function withoutSettled(progress: RecoveryProgress): RecoveryProgress {
  const { parts, ready, running, pausing } = progress;
  const isOn = (place: number) => underWay.includes(parts[place]!.status);
  return {
    ...progress,
    ready: ready.filter(isOn),
    running: running.filter(({ place }) => isOn(place)),
    pausing: pausing.filter(({ place }) => isOn(place)),
  };
}

/**
 * Nothing more may run: whatever is not validated is lost. A check that has not failed so far
 * takes nothing away from its component.
 */
export function broughtToEnd(
  graph: RecoveryGraph,
  progress: RecoveryProgress,
  why: string,
): RecoveryProgress {
  const parts = progress.parts.map(
    (part): RecoveryPart => (isFirstCheck(part) ? { ...part, status: 'validated' } : part),
  );
  let next = withoutSettled({ ...progress, parts });
  for (const [place, part] of parts.entries()) {
    if (underWay.includes(part.status)) next = withLoss(graph, next, place, why);
  }
  return next;
}

const isFirstCheck = ({ status, step, attempt }: RecoveryPart): boolean =>
  step === 'check' && attempt === 1 && underWay.includes(status);

/** Modes in which the system does without what it has lost, each once. */
export function reducedModesOf(
  { components }: RecoveryGraph,
  { parts }: RecoveryProgress,
): readonly string[] {
  const modes = parts.flatMap((part, place) => {
    if (!isLost(part)) return [];
    const own = components[place]!.reducedMode;
    const mode = own ?? components[part.cause ?? place]!.reducedMode;
    return mode === null ? [] : [mode];
  });
  return [...new Set(modes)];
}

/** Whether the system cannot do without what it has lost; null: it can. */
export function failureOf(
  { components }: RecoveryGraph,
  { parts }: RecoveryProgress,
): RecoveryFailure | null {
  const missing = parts.flatMap((part, place) => {
    const { priority, reducedMode } = components[place]!;
    if (!isLost(part) || priority !== 'critical' || reducedMode !== null) return [];
    return components[part.cause ?? place]!.reducedMode === null ? [place] : [];
  });
  const [first] = missing;
  if (first === undefined) return null;
  const cause = parts[first]!.cause ?? first;
  return {
    component: components[cause]!.id,
    why: parts[cause]!.why ?? '',
    without: missing.map((place) => components[place]!.id),
  };
}

/**
 * What has to be undone: whatever was started and is lost, the last one first. A component that is
 * validated and needs nothing that was lost stays.
 */
export function undoReady(graph: RecoveryGraph, progress: RecoveryProgress): RecoveryProgress {
  const undo = progress.started
    .filter((place) => isLost(progress.parts[place]!))
    .filter((place) => graph.components[place]!.steps.includes('rollback'))
    .toReversed();
  const parts = progress.parts.slice();
  for (const place of undo) parts[place] = { ...parts[place]!, rollback: 'due' };
  return { ...progress, parts, undo };
}

/** Begins the next rollback, one at a time. */
export function undoBegun(progress: RecoveryProgress): RecoveryProgress {
  const [place] = progress.undo;
  if (place === undefined || progress.running.length > 0) return progress;
  const part = { ...progress.parts[place]!, rollback: 'running' } as const;
  const parts = progress.parts.with(place, part);
  const { attempt } = part;
  return { ...progress, parts, running: [{ place, step: 'rollback', attempt }] };
}

/** A rollback has ended, and is not tried again: what it undoes may be half undone. */
export function undoEnded(
  progress: RecoveryProgress,
  rollback: 'done' | 'failed',
): RecoveryProgress {
  const [run] = progress.running;
  if (run === undefined) return progress;
  const parts = progress.parts.with(run.place, { ...progress.parts[run.place]!, rollback });
  return { ...progress, parts, running: [], undo: progress.undo.slice(1) };
}

/** The time for rollbacks is over: those that are left have failed. */
export function undoExpired(progress: RecoveryProgress): RecoveryProgress {
  const parts = progress.parts.slice();
  for (const place of progress.undo) parts[place] = { ...parts[place]!, rollback: 'failed' };
  return { ...progress, parts, running: [], undo: [] };
}
