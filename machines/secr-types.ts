/** What the coordinator of SECR is given, remembers, hears and says. */
import type { SecrSettings } from '../config/secr.ts';
import type { Settings } from '../config/settings.ts';
import type { PatchChanged, PatchState } from './patch-types.ts';
import type { Pressures } from './policies/failure-pressure.ts';
import type { AdaptiveThreshold, MarketCondition } from './policies/icap-threshold.ts';
import type {
  OutcomeScore,
  PerformanceSample,
  PerformanceTotals,
} from './policies/outcome-score.ts';
import type { Resolvers, SettingChange } from './policies/resolver-matrix.ts';
import type { Trusts } from './policies/resolver-trust.ts';
import type { Envelopes, SettingValues } from './policies/setting-envelope.ts';

/** What comes with the program; own resolvers and envelopes of the settings go before. */
export interface SecrCatalogue {
  readonly resolvers: Resolvers;
  readonly envelopes: Envelopes;
  /** Subgroups by group. */
  readonly taxonomy: Readonly<Record<string, readonly string[]>>;
}

export interface SecrInput {
  /** All settings: values are read from them. */
  readonly settings: Settings;
  readonly catalogue: SecrCatalogue;
  readonly paths: { readonly secr: string; readonly failures: string; readonly alerts: string };
  /** Seed of the actor's own random stream. */
  readonly seed: number;
  /** Logical ms. */
  readonly at: number;
}

/** A patch that has not ended. */
export interface ActivePatch {
  readonly id: string;
  /** Id of its actor: another one after a crash. */
  readonly actor: string;
  readonly crashCount: number;
  readonly state: PatchState;
  readonly resolver: string;
  readonly group: string;
  readonly subgroup: string;
  readonly failureKey: string | null;
  readonly severity: number;
  /** Of the subgroup when it was proposed. */
  readonly pressure: number;
  readonly operations: readonly SettingChange[];
  readonly from: SettingValues;
  readonly before: PerformanceTotals;
  readonly proposedAtMs: number;
}

/** One verdict as training data. Means over the samples; null without any. */
export interface TrainingRecord {
  readonly id: string;
  /** When the patch ended, logical ms, and how long it was under way. */
  readonly at: number;
  readonly durationMs: number;
  readonly failureKey: string | null;
  readonly group: string;
  readonly subgroup: string;
  readonly severity: number;
  readonly pressure: number;
  readonly resolver: string;
  readonly operations: readonly SettingChange[];
  readonly from: SettingValues;
  readonly before: PerformanceSample | null;
  readonly after: PerformanceSample | null;
  readonly outcome: OutcomeScore | null;
  readonly verdict: 'kept' | 'rolledBack' | 'rejected';
  /** From 0 to 1; null when nothing is to be learned from it. */
  readonly reward: number | null;
}

export interface Pin {
  readonly by: string;
  readonly why: string;
  readonly atMs: number;
}

export interface SecrContext {
  readonly settings: SecrSettings;
  readonly catalogue: SecrCatalogue;
  readonly paths: SecrInput['paths'];
  readonly seed: number;
  /** Latest time known, logical ms. */
  readonly at: number;
  /** Every setting that has an envelope, as it is now. */
  readonly values: SettingValues;
  /** By subgroup. */
  readonly pressures: Pressures;
  /** Failures so far; numbers their keys. */
  readonly failureCount: number;
  /** Reports and proposals that were refused. */
  readonly refusedCount: number;
  /** The newest word on performance, as many as the baseline needs. */
  readonly samples: readonly PerformanceSample[];
  /** By id. */
  readonly active: Readonly<Record<string, ActivePatch>>;
  /** Own answers so far, and proposals of hosts. */
  readonly patchCount: number;
  readonly proposalCount: number;
  readonly pins: Readonly<Record<string, Pin>>;
  readonly coolingUntilMs: Readonly<Record<string, number>>;
  /** Of each setting that a patch has changed and kept: what it was before. */
  readonly origins: SettingValues;
  /** When the newest patches began. */
  readonly begunAtMs: readonly number[];
  /** By subgroup, then by resolver. */
  readonly trusts: Readonly<Record<string, Trusts>>;
  readonly threshold: AdaptiveThreshold;
  readonly records: readonly TrainingRecord[];
  /** Who reset it, and why; null while it works. */
  readonly resetBy: { readonly by: string; readonly why: string } | null;
}

type Order = { readonly at: number; readonly by: string; readonly why: string };

export interface FailureReported {
  readonly type: 'FAILURE_REPORTED';
  readonly at: number;
  /** Its number when the reporter has given it a key; else the next one. */
  readonly number?: number;
  readonly group: string;
  readonly subgroup: string;
  /** From 0 to 1. */
  readonly severity: number;
  /** The breaker or protected call that it is about. */
  readonly target?: string | null;
  /** Whatever the reporter knows, as JSON. */
  readonly context?: unknown;
}

export interface PatchProposed extends Order {
  readonly type: 'PATCH_PROPOSED';
  /** Its number among the proposals of hosts: `h-` and this is its id. */
  readonly number: number;
  readonly resolver: string;
  readonly group: string;
  readonly subgroup: string;
  readonly failureKey: string | null;
  readonly operations: readonly SettingChange[];
}

/** `at` is logical time in ms. */
export type SecrEvent =
  | FailureReported
  | PatchProposed
  | ({ readonly type: 'PERFORMED'; readonly at: number } & PerformanceSample)
  | ({ readonly type: 'MARKET_SEEN'; readonly at: number } & MarketCondition)
  | ({ readonly type: 'PIN' | 'UNPIN'; readonly key: string } & Order)
  | ({ readonly type: 'APPROVE' | 'REJECT' | 'WITHDRAW'; readonly id: string } & Order)
  /** Rolls everything back that SECR has changed, and pauses it. */
  | ({ readonly type: 'RESET' | 'RESUME' } & Order)
  | {
      readonly type: 'SETTINGS_CHANGED';
      readonly at: number;
      readonly settings: Settings;
      /** Who asked for it: `secr` for patches. */
      readonly by: string;
    }
  | PatchChanged
  | { readonly type: `xstate.done.actor.${string}`; readonly actorId: string }
  | {
      readonly type: `xstate.error.actor.${string}`;
      readonly actorId: string;
      readonly error: unknown;
    };

export type SecrEmitted = { readonly at: number } & (
  | {
      readonly type: 'secr.failureReported';
      readonly key: string;
      readonly group: string;
      readonly subgroup: string;
      readonly severity: number;
      readonly target: string | null;
      /** Of the subgroup, this failure included, in severities. */
      readonly pressure: number;
      readonly pressureBefore: number;
      readonly halfLifeMs: number;
    }
  | { readonly type: 'secr.refused'; readonly what: string; readonly why: string }
  | {
      readonly type: 'secr.answered';
      readonly id: string;
      readonly key: string;
      readonly resolver: string;
      /** Resolvers that could have answered, each with its trust, 0 to 1. */
      readonly candidates: Readonly<Record<string, number>>;
      readonly doubt: string | null;
    }
  | {
      readonly type: 'secr.patchCrashed';
      readonly id: string;
      readonly why: string;
      readonly crashCount: number;
    }
  | { readonly type: 'secr.unanswered'; readonly key: string; readonly why: string }
  | {
      readonly type: 'secr.resolved';
      readonly id: string;
      readonly key: string | null;
      readonly resolver: string;
      readonly subgroup: string;
      readonly verdict: TrainingRecord['verdict'];
      readonly why: string;
      readonly score: number | null;
      readonly reward: number | null;
      readonly trustBefore: number;
      readonly trust: number;
    }
  | {
      readonly type: 'secr.thresholdChanged';
      readonly from: number;
      readonly to: number;
      readonly target: number;
      /** Of all ENTROPY failures. */
      readonly pressure: number;
    }
  | {
      readonly type: 'secr.pinned' | 'secr.unpinned';
      readonly key: string;
      readonly by: string;
      readonly why: string;
    }
  | { readonly type: 'secr.reset' | 'secr.resumed'; readonly by: string; readonly why: string }
  | { readonly type: 'secr.restored'; readonly isDone: boolean; readonly why: string | null }
);
