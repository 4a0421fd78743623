/** What a patch's chart is given, remembers, asks for, hears and says. */

import type { PatchSettings, ScoreSettings } from '../config/secr.ts';
import type { SettingEnvelope } from '../config/secr-resolver.ts';
import type {
  OutcomeScore,
  PerformanceSample,
  PerformanceTotals,
} from './policies/outcome-score.ts';
import type { Change, SettingChange } from './policies/resolver-matrix.ts';
import type { SettingValues } from './policies/setting-envelope.ts';

/** A change of settings and what it answers. */
export interface Proposal extends Change {
  readonly resolver: string;
  readonly group: string;
  readonly subgroup: string;
  /** The failure that it answers; null when somebody proposed it without one. */
  readonly failureKey: string | null;
  readonly by: string;
  readonly why: string;
}

export interface PatchInput {
  /** As in `p-3`. */
  readonly id: string;
  /** Paths of the coordinator and of the book of alerts. */
  readonly paths: { readonly secr: string; readonly alerts: string };
  /** Logical ms. */
  readonly at: number;
  readonly proposal: Proposal;
  /** Of each key that it changes. */
  readonly envelopes: Readonly<Record<string, SettingEnvelope>>;
  /** As they were when it was proposed: a patch is judged by the same rules to its end. */
  readonly settings: { readonly patch: PatchSettings; readonly score: ScoreSettings };
  readonly baseline: {
    readonly totals: PerformanceTotals;
    /** How much of the failure came in each ms before. */
    readonly severityPerMs: number;
  };
  /** Why a person has to approve it first; null when nobody has to. */
  readonly doubt: string | null;
  /** The actor of this patch crashed, and why: all that is left to do is to roll it back. */
  readonly crash: string | null;
}

/** A change that is to be looked at. */
export interface OperationsRequest {
  readonly id: string;
  readonly operations: readonly SettingChange[];
}

/** Settings that are to be remembered. */
export interface KeysRequest {
  readonly id: string;
  readonly keys: readonly string[];
}

/** What a rehearsal on the recent past came to. */
export type Rehearsal =
  | {
      readonly kind: 'evaluated';
      /** The recent past would have been worse. */
      readonly isWorse: boolean;
      /** What was compared, in words with numbers. */
      readonly text: string;
    }
  /** Nobody can say. */
  | { readonly kind: 'notEvaluable'; readonly text: string };

export interface Validation {
  readonly at: number;
  /** Why schemas or rules of the host refuse it; none: it may go on. */
  readonly issues: readonly string[];
}

export interface RehearsalOutcome {
  readonly at: number;
  readonly rehearsal: Rehearsal;
}

export interface SettingsSnapshot {
  readonly at: number;
  /** SHA-256 of all settings as canonical JSON, in hex. */
  readonly hash: string;
  /** Of the keys of the patch. */
  readonly values: SettingValues;
}

/** What a change of settings came to. All of it was made, or none. */
export interface ChangeOutcome {
  readonly at: number;
  readonly isDone: boolean;
  /** Why it was not made; null when it was. */
  readonly why: string | null;
  /** Of all settings afterwards. */
  readonly hash: string;
  /** Keys that somebody else has changed, and that were left alone. */
  readonly overridden: readonly string[];
}

/** A change to make: each key from one of the values that the patch gave it, or none at all. */
export interface ChangeRequest {
  readonly id: string;
  readonly operations: readonly SettingChange[];
  /** By key: values that the patch may find there. */
  readonly expected: Readonly<Record<string, readonly number[]>>;
  /**
   * `all`: nothing is changed when a key holds anything else. `own`: such keys are left alone.
   */
  readonly scope: 'all' | 'own';
  readonly why: string;
}

export interface PatchContext extends PatchInput {
  /** Latest time known, and when the stage began, logical ms. */
  readonly sinceMs: number;
  /** How much of the change is in force. */
  readonly inForce: 'nothing' | 'canary' | 'whole';
  readonly canary: readonly SettingChange[];
  /** Tries of the step, so far. */
  readonly tryCount: number;
  readonly isValid: boolean;
  readonly rehearsal: Rehearsal | null;
  readonly snapshot: Omit<SettingsSnapshot, 'at'> | null;
  /** Since the stage began. */
  readonly after: PerformanceTotals;
  readonly seenSeverity: number;
  readonly outcome: OutcomeScore | null;
  /** Hash of all settings after the last change of this patch. */
  readonly hash: string | null;
  readonly overridden: readonly string[];
  /** Why the resolver is to blame for a rejection: against the rules, or worse in rehearsal. */
  readonly fault: 'invalid' | 'worse' | null;
  /** Somebody ended it: its end says nothing about the resolver. */
  readonly isWithdrawn: boolean;
  /** Why the patch is where it is, in words. */
  readonly reason: string;
}

type Order = { readonly at: number; readonly by: string; readonly why: string };

/** `at` is logical time in ms. */
export type PatchEvent =
  | ({ readonly type: 'APPROVE' } & Order)
  | ({ readonly type: 'REJECT' } & Order)
  /** Ends it at once: what is applied is rolled back, but for `keys`, which others have changed. */
  | ({ readonly type: 'WITHDRAW'; readonly keys?: readonly string[] } & Order)
  | ({ readonly type: 'PERFORMED'; readonly at: number } & PerformanceSample)
  /** The failure that it answers has come again. */
  | { readonly type: 'FAILED_AGAIN'; readonly at: number; readonly severity: number };

export type PatchState =
  | 'proposed'
  | 'validated'
  | 'rehearsed'
  | 'snapshotted'
  | 'canary'
  | 'applied'
  | 'observing'
  | 'rollingBack'
  | 'kept'
  | 'rolledBack'
  | 'rejected'
  | 'quarantined';

/** To the coordinator, at each new state. */
export interface PatchChanged {
  readonly type: 'PATCH_CHANGED';
  readonly at: number;
  readonly id: string;
  readonly state: PatchState;
  readonly why: string;
  readonly outcome: OutcomeScore | null;
  readonly after: PerformanceTotals;
  readonly fault: PatchContext['fault'];
  readonly isWithdrawn: boolean;
}

/** What every fact of a patch says. */
interface PatchFact {
  readonly at: number;
  readonly id: string;
  readonly resolver: string;
  readonly subgroup: string;
  readonly why: string;
}

export type PatchEmitted = PatchFact &
  (
    | {
        readonly type: 'patch.proposed';
        readonly failureKey: string | null;
        readonly by: string;
        readonly operations: readonly SettingChange[];
        readonly from: SettingValues;
      }
    | { readonly type: 'patch.validated' | 'patch.rejected' | 'patch.quarantined' }
    | { readonly type: 'patch.rehearsed'; readonly rehearsal: Rehearsal }
    | { readonly type: 'patch.snapshotted'; readonly hash: string }
    | {
        readonly type: 'patch.canaryStarted' | 'patch.applied';
        readonly operations: readonly SettingChange[];
        readonly hash: string;
      }
    | {
        readonly type: 'patch.judged';
        readonly isKept: boolean;
        readonly outcome: OutcomeScore;
        readonly keepScoreMin: number;
        readonly abortScoreMax: number;
      }
    | { readonly type: 'patch.kept'; readonly hash: string }
    | {
        readonly type: 'patch.rolledBack';
        readonly hash: string;
        /** Of all settings when it was snapshotted. */
        readonly hashBefore: string;
        readonly overridden: readonly string[];
      }
  );
