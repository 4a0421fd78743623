/** What a health probe's chart is given, remembers, hears and says. */
import type { HealthSettings, ProbeOptions } from '../config/health.ts';
import type { ComponentState } from './policies/health-score.ts';

export interface HealthProbeInput {
  readonly id: string;
  readonly options: ProbeOptions;
  readonly settings: HealthSettings;
  /** Logical ms. */
  readonly at: number;
  /** A gauge checks nothing: its values are reported. */
  readonly isGauge?: boolean;
  /** Paths of those who are told of each outcome. */
  readonly listeners?: readonly string[];
}

export interface HealthProbeContext {
  readonly id: string;
  readonly options: ProbeOptions;
  readonly settings: HealthSettings;
  readonly isGauge: boolean;
  readonly listeners: readonly string[];
  /** Failures in a row. */
  readonly failureCount: number;
  /** Outcomes since the start; passes that were written together count each. */
  readonly passCount: number;
  readonly failCount: number;
  /** Why the last check failed; null while passing. */
  readonly why: string | null;
  /** Start of the probe and time of the newest outcome, logical ms. */
  readonly startedAtMs: number;
  readonly atMs: number;
  /** Time spent down before the stretch that is running, and the start of that stretch. */
  readonly downMs: number;
  readonly downSinceMs: number | null;
  /** The newest measured values, and how odd the last one was among them. */
  readonly values: readonly number[];
  readonly anomalyScore: number;
  readonly isAnomalous: boolean;
}

/** `at` is logical time in ms. */
export type HealthProbeEvent =
  /** `count`: checks that passed and were not told of before, this one included. */
  | {
      readonly type: 'CHECK_PASSED';
      readonly at: number;
      readonly value?: number;
      readonly count?: number;
    }
  | {
      readonly type: 'CHECK_FAILED';
      readonly at: number;
      readonly why: string;
      /** Passes before it that were not told of. */
      readonly passedCount?: number;
    }
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: HealthSettings };

export type HealthProbeEmitted =
  | {
      readonly type: 'probe.changed';
      readonly at: number;
      readonly id: string;
      readonly to: ComponentState;
      readonly critical: boolean;
      readonly failureCount: number;
      readonly why: string | null;
    }
  | {
      readonly type: 'probe.anomaly';
      readonly at: number;
      readonly id: string;
      readonly value: number;
      readonly anomalyScore: number;
      readonly anomalyScoreMin: number;
    };
