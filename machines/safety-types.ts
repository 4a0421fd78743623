/** What the safety manager is told, remembers and says. */
import type { SafetySettings } from '../config/safety.ts';
import type { EmergencyOutcome } from './emergency-plan-types.ts';
import type { EmergencyReports } from './policies/emergency-confirmation.ts';
import type { Calm, ComponentHealth, Health, SafetyLevel } from './policies/safety-level.ts';
import type { SafetyMetrics } from './policies/safety-metrics.ts';

/** Where the others live; under plain XState nobody is found there, and nothing is sent. */
export type SafetyPaths = {
  /** Its own. */
  readonly safety: string;
  readonly health: string;
  readonly plan: string;
  readonly alerts: string;
  readonly posture: string;
  readonly tradingMode: string;
};

export type SafetyInput = {
  readonly settings: SafetySettings;
  readonly paths: SafetyPaths;
  /** Logical ms. */
  readonly at: number;
};

/** What a state was last decided by. */
export type SafetyEvidence =
  | { readonly kind: 'health'; readonly score: number; readonly notPassing: readonly string[] }
  | { readonly kind: 'healthSilent'; readonly forMs: number }
  | {
      readonly kind: 'reports';
      /** The sources with their counts and words at that moment. */
      readonly reports: EmergencyReports;
    }
  | { readonly kind: 'operator'; readonly by: string; readonly why: string }
  | { readonly kind: 'reset'; readonly scope: string; readonly by: string; readonly why: string };

export type SafetyContext = {
  readonly settings: SafetySettings;
  readonly paths: SafetyPaths;
  /** Latest logical time that any event told, ms. */
  readonly at: number;
  readonly level: SafetyLevel;
  readonly calm: Calm;
  readonly reports: EmergencyReports;
  /** The newest score, and who did not pass; null before the first. */
  readonly health: { readonly score: number; readonly notPassing: readonly string[] } | null;
  /** The level that the newest evidence alone gives, an emergency not confirmed counts critical. */
  readonly judged: SafetyLevel;
  readonly evidence: SafetyEvidence | null;
  readonly metrics: SafetyMetrics;
  /** Trading was halted without an emergency, until a reset. */
  readonly halt: { readonly at: number; readonly why: string } | null;
  /** The emergency that is latched. */
  readonly emergency: { readonly at: number; readonly by: string; readonly why: string } | null;
  /** How the plan of the last emergency ended; null while it runs, and before the first. */
  readonly outcome: EmergencyOutcome | null;
  /** Resets that were refused, and why the last one was. */
  readonly refusedCount: number;
  readonly refusal: string | null;
};

export type SafetyEvent =
  | ({
      readonly type: 'HEALTH_SCORED';
      readonly at: number;
      readonly components: readonly ComponentHealth[];
      /** The next score comes by then, logical ms; null: nothing is promised. Default: `at`. */
      readonly nextAtMs?: number | null;
    } & Pick<Health, 'score'>)
  /** A source other than health sees an emergency; three in a row start one. */
  | {
      readonly type: 'EMERGENCY_REPORTED';
      readonly at: number;
      readonly source: string;
      readonly why: string;
    }
  | { readonly type: 'EMERGENCY_WITHDRAWN'; readonly at: number; readonly source: string }
  | { readonly type: 'AUTHENTICATION_FAILED'; readonly at: number; readonly why: string }
  | { readonly type: 'EMERGENCY'; readonly at: number; readonly by: string; readonly why: string }
  | {
      readonly type: 'RESET';
      readonly at: number;
      /** What is reset; whatever somebody wrote. */
      readonly scope: unknown;
      readonly by: string;
      readonly why: string;
    }
  /** From the plan: it may have been started without its manager. */
  | {
      readonly type: 'PLAN_STARTED';
      readonly at: number;
      readonly by: string;
      readonly why: string;
    }
  | {
      readonly type: 'PLAN_ENDED';
      readonly at: number;
      readonly outcome: EmergencyOutcome;
    }
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: SafetySettings }
  /** Asks for the state, to be told as `REGION_CHANGED`. */
  | { readonly type: 'REGION_ASKED' }
  /** Asks whether the plan has to run; it is told `START`. */
  | { readonly type: 'EMERGENCY_ASKED' }
  /** Asks for a halt, to be told as `HALT`. */
  | { readonly type: 'RESTRICTION_ASKED' }
  /** Sent by the chart to itself. */
  | { readonly type: 'HEALTH_SILENT'; readonly at: number };

export type SafetyEmitted = { readonly at: number } & (
  | {
      readonly type: 'safety.changed';
      readonly to: SafetyLevel;
      readonly evidence: SafetyEvidence | null;
    }
  | {
      readonly type: 'safety.tradingHalted';
      readonly why: string;
    }
  | {
      readonly type: 'safety.emergencyReported';
      readonly source: string;
      readonly count: number;
      readonly confirmCount: number;
      readonly why: string;
    }
  | {
      readonly type: 'safety.reset';
      readonly scope: string;
      readonly by: string;
      readonly why: string;
      /** What was released, and what begins anew. */
      readonly released: readonly string[];
      readonly rebased: readonly string[];
    }
  | {
      readonly type: 'safety.resetRefused';
      readonly by: string;
      readonly refusal: string;
    }
);
