/** What the chart of a breaker on a signal is given, remembers, hears and says. */
import type { SignalBreakerSettings, SignalKind } from '../config/signal-breaker.ts';
import type { Threshold, ThresholdMove } from './policies/adaptive-threshold.ts';
import type { Confirmation, SignalEvidence } from './policies/signal-evidence.ts';
import type { SignalGauge, SignalHistory } from './policies/signal-gauge.ts';

/** Where the others live; under plain XState nobody is found there, and nothing is sent. */
export interface SignalBreakerPaths {
  /** Its own. */
  readonly self: string;
  readonly tradingMode: string;
  readonly alerts: string;
}

export interface SignalBreakerInput {
  /** Its name: the scope of a reset, and of what it asks of the trading mode. */
  readonly name: string;
  readonly settings: SignalBreakerSettings;
  /** Seed of the jitter, an unsigned 32-bit integer. */
  readonly seed: number;
  /** Logical ms. */
  readonly at: number;
  readonly paths: SignalBreakerPaths;
}

export interface SignalOrder {
  readonly by: string;
  readonly why: string;
  /** Logical ms; null: until another order. */
  readonly expiresAtMs: number | null;
}

export interface SignalBreakerContext extends Omit<SignalBreakerInput, 'at'> {
  /** Logical ms. */
  readonly startedAtMs: number;
  readonly gauge: SignalGauge;
  readonly history: SignalHistory;
  /** The limit in force, and how it follows the baseline. */
  readonly threshold: Threshold;
  /** The last reading; null before the first. */
  readonly measured: number | null;
  /** The last good sample, and its time, ms; null before the first. */
  readonly value: number | null;
  readonly sampledAtMs: number | null;
  /** Bad samples so far, and in a row. */
  readonly rejectedCount: number;
  readonly rejectedRunCount: number;
  /** Readings in a row at the limit or beyond, while closed. */
  readonly confirmations: readonly Confirmation[];
  /** Outcomes of the probes since it became half open. */
  readonly probeSuccessCount: number;
  readonly probeFailureCount: number;
  /** Opens so far: numbers the draws of the jitter. */
  readonly generation: number;
  /** Opens since it was last closed. Stops growing once the open time does. */
  readonly openCount: number;
  /** Length, start and end of the current or last open period, ms; 0 before the first. */
  readonly openDurationMs: number;
  readonly openedAtMs: number;
  readonly openUntilMs: number;
  /** Why it last opened. */
  readonly evidence: SignalEvidence | null;
  /** Why it has opened for good, until a reset that names it; null when it has not. */
  readonly latchedBy: SignalEvidence | null;
  /** The order that holds it in `isolated`, `disabled` or `metricsOnly`. */
  readonly order: SignalOrder | null;
  /** What it has asked of others, until it closes. */
  readonly asked: SignalBreakerSettings['whenOpen'] | null;
  /** When it looks next although no sample comes, logical ms; null: never. */
  readonly lookAtMs: number | null;
}

interface Signed {
  readonly at: number;
  readonly by: string;
  readonly why: string;
}

/** `at` is logical time in ms. */
export type SignalBreakerEvent =
  | {
      readonly type: 'SIGNAL_SAMPLED';
      readonly at: number;
      readonly value: number;
      /** The sample's own time, ms; `at` without it. It never goes back. */
      readonly sampledAtMs?: number;
    }
  | ({
      readonly type: 'ISOLATE' | 'DISABLE' | 'METRICS_ONLY';
      readonly expiresAtMs?: number;
    } & Signed)
  | ({ readonly type: 'ENABLE' } & Signed)
  /** `scope` is the breaker's own name, or `all`. Anything else is refused. */
  | ({ readonly type: 'RESET'; readonly scope: string } & Signed)
  | {
      readonly type: 'SETTINGS_CHANGED';
      readonly at: number;
      readonly settings: SignalBreakerSettings;
    }
  /** Sent by the chart to itself. */
  | { readonly type: 'LOOK_DUE' | 'ORDER_EXPIRED'; readonly at: number };

export interface SignalOpening {
  readonly evidence: SignalEvidence | null;
  readonly openCount: number;
  /** Null: it latches. */
  readonly openDurationMs: number | null;
  readonly openUntilMs: number | null;
  readonly whenOpen: SignalBreakerSettings['whenOpen'];
}

/** Facts for operators. `wouldOpen` and `wouldClose`: in `metricsOnly`. */
export type SignalBreakerEmitted = { readonly at: number } & (
  | ({ readonly type: 'breaker.opened' | 'breaker.wouldOpen' } & SignalOpening)
  | { readonly type: 'breaker.wouldClose'; readonly openCount: number }
  | {
      readonly type: 'breaker.halfOpened';
      readonly openCount: number;
      readonly probeCount: number;
      readonly probeSuccessRatioMin: number;
    }
  | {
      readonly type: 'breaker.probed';
      readonly ok: boolean;
      readonly measured: number;
      readonly limit: number;
      /** Outcomes so far, this one included. */
      readonly successCount: number;
      readonly failureCount: number;
    }
  | {
      readonly type: 'breaker.closed';
      readonly openCount: number;
      /** The operator who reset it; null when its probes did. */
      readonly by: string | null;
      readonly why: string | null;
    }
  | ({
      readonly type: 'breaker.isolated' | 'breaker.disabled' | 'breaker.setMetricsOnly';
    } & SignalOrder)
  | { readonly type: 'breaker.enabled'; readonly by: string | null; readonly why: string | null }
  /** Measured from `to` on; null for signals that have no reference. */
  | {
      readonly type: 'breaker.rebased';
      readonly scope: string;
      readonly by: string;
      readonly why: string;
      readonly from: number | null;
      readonly to: number | null;
    }
  | {
      readonly type: 'breaker.resetRefused';
      readonly scope: unknown;
      readonly by: string;
      readonly why: string;
      readonly refusal: string;
    }
  | ({ readonly type: 'breaker.thresholdMoved' } & ThresholdMove)
  | {
      readonly type: 'breaker.sampleRejected';
      readonly value: number;
      readonly why: string;
      readonly rejectedCount: number;
    }
  /** Another signal is measured: what was known of the old one means nothing to it. */
  | { readonly type: 'breaker.countedAnew'; readonly from: SignalKind; readonly to: SignalKind }
);
