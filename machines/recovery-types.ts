/** What a recovery's chart is given, remembers, asks for, hears and says. */
import type { RecoverySettings } from '../config/recovery.ts';
import type { RecoveryFailure } from './policies/recovery-loss.ts';
import type { PlannedComponent, PlanProblem, RecoveryGraph } from './policies/recovery-plan.ts';
import type { PartStatus, RecoveryProgress, RecoveryStep } from './policies/recovery-progress.ts';
import type { RecoveryReport } from './policies/recovery-report.ts';

/** A plan without its functions, all defaults filled in. */
export interface RecoveryPlan {
  readonly id: string;
  /** Logical ms; null: the beginning of the recovery. */
  readonly outageAtMs: number | null;
  readonly deadlineMs: number;
  readonly components: readonly PlannedComponent[];
}

export interface RecoveryInput {
  readonly plan: RecoveryPlan;
  readonly settings: RecoverySettings;
  /** Of the pauses between attempts: an unsigned 32-bit integer. */
  readonly seed: number;
  /** Logical ms. */
  readonly at: number;
  /** Path of this actor, for alerts; default: the id of the plan. */
  readonly path?: string;
  /** Paths of those who are told of alerts. */
  readonly listeners?: readonly string[];
}

export interface RecoveryHold {
  readonly by: string;
  readonly why: string;
  readonly sinceMs: number;
}

export interface RecoveryContext {
  readonly plan: RecoveryPlan;
  readonly settings: RecoverySettings;
  readonly seed: number;
  readonly path: string;
  readonly listeners: readonly string[];
  readonly graph: RecoveryGraph;
  /** Why the plan was refused; null: it is carried out. */
  readonly problem: PlanProblem | null;
  readonly progress: RecoveryProgress;
  readonly beganAtMs: number;
  /** Time of the newest event, logical ms. */
  readonly atMs: number;
  /** No step but a rollback begins or runs from this time on; a hold puts it off. */
  readonly deadlineAtMs: number;
  /** No rollback runs from this time on; null before there are any. */
  readonly rollbackEndsAtMs: number | null;
  readonly hold: RecoveryHold | null;
  /** Time of the holds that have ended. */
  readonly heldMs: number;
  /** Whether all has been brought up, and is looked at once more. */
  readonly isChecking: boolean;
  /** Why it has failed as a whole; null: it may still succeed. */
  readonly failure: RecoveryFailure | null;
}

/** What the port `step` is asked for. */
export interface StepRequest {
  readonly plan: string;
  readonly component: string;
  readonly step: RecoveryStep;
  readonly attempt: number;
  /** Logical ms: by then it has to be done. */
  readonly deadlineAtMs: number;
}

/** How a step ended; `at` is logical ms. `dataAtMs`: time of the newest data that it restored. */
export type StepOutcome =
  | { readonly kind: 'done'; readonly at: number; readonly dataAtMs?: number }
  | { readonly kind: 'failed'; readonly at: number; readonly why: string };

type Order = { readonly at: number; readonly by: string; readonly why: string };

/** `at` is logical time in ms; `place` is that of a component in the graph. */
export type RecoveryEvent =
  /** No new step begins, and the deadline waits. Not while it rolls back. */
  | ({ readonly type: 'HOLD' } & Order)
  | ({ readonly type: 'RESUME' } & Order)
  /** Ends it: what is under way is rolled back. */
  | ({ readonly type: 'CANCEL' } & Order)
  /** From the port. */
  | { readonly type: `xstate.done.actor.${string}`; readonly output: StepOutcome }
  | { readonly type: `xstate.error.actor.${string}`; readonly error: unknown }
  /** Sent by the chart to itself. */
  | {
      readonly type: 'STEP_TIMED_OUT';
      readonly at: number;
      readonly place: number;
      readonly step: RecoveryStep;
      readonly attempt: number;
    }
  | { readonly type: 'RETRY_DUE'; readonly at: number; readonly place: number }
  | { readonly type: 'DEADLINE_PASSED'; readonly at: number }
  | { readonly type: 'ROLLBACK_TIME_OVER'; readonly at: number }
  | { readonly type: 'HOLD_EXPIRED'; readonly at: number };

type Fact<T extends string, F> = {
  readonly type: `recovery.${T}`;
  readonly at: number;
  readonly id: string;
} & Readonly<F>;

export type RecoveryEmitted =
  /** `order`: as the components would start one by one. */
  | Fact<'planned', { order: readonly string[]; deadlineAtMs: number; parallelCountMax: number }>
  | Fact<'refused', { problem: PlanProblem; why: string }>
  | Fact<
      'progressed',
      {
        component: string;
        to: PartStatus | 'rolledBack' | 'notRolledBack';
        attempt: number;
        why: string | null;
        settledCount: number;
        componentCount: number;
        remainingMs: number;
      }
    >
  /** The system cannot do without what it has lost, or an operator ended it. */
  | Fact<'doomed', RecoveryFailure>
  | Fact<'held', { by: string; why: string }>
  | Fact<'resumed', { by: string; why: string; heldMs: number }>
  | Fact<'ended', RecoveryReport>;
