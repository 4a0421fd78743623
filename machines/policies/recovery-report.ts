/** What a recovery came to: order, times against objectives, age of data against objectives. */
import { reducedModesOf } from './recovery-loss.ts';
import {
  objectiveMs,
  type RecoveryGraph,
  type RecoveryObjectives,
  type RecoveryPriority,
} from './recovery-plan.ts';
import type { PartStatus, RecoveryPart, RecoveryProgress } from './recovery-progress.ts';

/** `reduced`: something is missing, and the system does without it. */
export type RecoveryOutcome = 'recovered' | 'reduced' | 'failed';

/** Times are ms; `At` is logical time. */
export interface ComponentRecovery {
  readonly id: string;
  readonly priority: RecoveryPriority;
  readonly status: PartStatus;
  readonly attemptCount: number;
  readonly startedAtMs: number | null;
  /** From the outage to its validation; null: it is not there. */
  readonly recoveryMs: number | null;
  /** Its recovery time objective (RTO). */
  readonly objectiveMs: number;
  readonly isInTime: boolean;
  /** How much older than the outage its newest restored data is; null: nothing was restored. */
  readonly dataAgeMs: number | null;
  /** Its recovery point objective (RPO); null: none. */
  readonly dataAgeMaxMs: number | null;
  /** Null when there is no objective. */
  readonly isDataFresh: boolean | null;
  readonly why: string | null;
  readonly rollback: RecoveryPart['rollback'];
}

export interface RecoveryReport {
  readonly outcome: RecoveryOutcome;
  readonly why: string | null;
  /** Modes in which the system does without what is missing. */
  readonly reducedModes: readonly string[];
  readonly outageAtMs: number;
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** Time for which operators held it. */
  readonly heldMs: number;
  /** Components in the order of their first steps. */
  readonly order: readonly string[];
  /** Those that were rolled back, in that order. */
  readonly rolledBack: readonly string[];
  /** Components that are there, and those that were there within their objective. */
  readonly validatedCount: number;
  readonly inTimeCount: number;
  readonly components: readonly ComponentRecovery[];
}

/** What the report is made of beside graph and progress. */
export interface RecoveryTimes {
  readonly outageAtMs: number;
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  readonly heldMs: number;
}

export function reportOf(
  graph: RecoveryGraph,
  progress: RecoveryProgress,
  {
    objectives,
    times,
    outcome,
    why,
  }: {
    readonly objectives: RecoveryObjectives;
    readonly times: RecoveryTimes;
    readonly outcome: RecoveryOutcome;
    readonly why: string | null;
  },
): RecoveryReport {
  const idOf = (place: number) => graph.components[place]!.id;
  const components = progress.parts.map((part, place) =>
    componentOf(graph, part, place, objectives, times.outageAtMs),
  );
  return {
    outcome,
    why,
    reducedModes: reducedModesOf(graph, progress),
    ...times,
    order: progress.started.map(idOf),
    rolledBack: progress.started
      .filter((place) => progress.parts[place]!.rollback === 'done')
      .toReversed()
      .map(idOf),
    validatedCount: components.filter(({ recoveryMs }) => recoveryMs !== null).length,
    inTimeCount: components.filter(({ isInTime }) => isInTime).length,
    components,
  };
}

function componentOf(
  graph: RecoveryGraph,
  part: RecoveryPart,
  place: number,
  objectives: RecoveryObjectives,
  outageAtMs: number,
): ComponentRecovery {
  const { id, priority, dataAgeMaxMs } = graph.components[place]!;
  const isThere = part.status === 'validated' && part.validatedAtMs !== null;
  const recoveryMs = isThere ? part.validatedAtMs! - outageAtMs : null;
  const limitMs = objectiveMs(objectives, priority);
  const dataAgeMs = part.dataAtMs === null ? null : Math.max(0, outageAtMs - part.dataAtMs);
  return {
    id,
    priority,
    status: part.status,
    attemptCount: part.attemptCount,
    startedAtMs: part.startedAtMs,
    recoveryMs,
    objectiveMs: limitMs,
    isInTime: recoveryMs !== null && recoveryMs <= limitMs,
    dataAgeMs,
    dataAgeMaxMs,
    isDataFresh: dataAgeMaxMs === null ? null : dataAgeMs !== null && dataAgeMs <= dataAgeMaxMs,
    why: part.why,
    rollback: part.rollback,
  };
}
