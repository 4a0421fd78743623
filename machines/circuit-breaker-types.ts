/** What the circuit breaker's chart is given, remembers, hears and says. */
import type { CircuitBreakerSettings } from '../config/circuit-breaker.ts';
import type { CallRecord, RatioEvidence, WindowSettings } from './policies/call-record.ts';
import type { ConsecutiveEvidence } from './policies/consecutive-window.ts';
import type { ProbeEvidence } from './policies/probe-verdict.ts';

export interface CircuitBreakerInput {
  readonly settings: CircuitBreakerSettings;
  /** Seed of the jitter, an unsigned 32-bit integer. */
  readonly seed: number;
  /** Where generations start, default 0. A restart begins above all earlier ones. */
  readonly generation?: number;
}

export interface CircuitBreakerContext {
  readonly settings: CircuitBreakerSettings;
  readonly seed: number;
  /** Grows by one with each state that is entered: a result of an older one is late. */
  readonly generation: number;
  /** Failures in a row while closed, as far as this chart was told; kept until it closes again. */
  readonly failureCount: number;
  /**
   * What a count or time window holds while closed, as far as this chart was told; kept until it
   * closes again. Null for the consecutive window.
   */
  readonly calls: CallRecord;
  /** Outcomes of the probes since the breaker became half open. */
  readonly probeSuccessCount: number;
  readonly probeFailureCount: number;
  /** Opens since the breaker was last closed. Stops growing once the open time does. */
  readonly openCount: number;
  /** Length of the current or last open period, ms. */
  readonly openDurationMs: number;
  /** Start and end of the current or last open period, logical ms; 0 before the first. */
  readonly openedAtMs: number;
  readonly openUntilMs: number;
  /** Why the breaker last opened. */
  readonly evidence: CircuitBreakerEvidence | null;
  /** The order that holds it in `isolated`, `disabled` or `metricsOnly`. */
  readonly order: CircuitBreakerOrder | null;
}

/** What was judged, and the last failure's own words when it gave any. */
export type CircuitBreakerEvidence = (ConsecutiveEvidence | RatioEvidence | ProbeEvidence) & {
  readonly why: string | null;
};

export interface CircuitBreakerOrder {
  /** Who ordered it. */
  readonly by: string;
  readonly why: string;
  /** Logical ms; null: until another order. */
  readonly expiresAtMs: number | null;
}

/** `at` is logical time in ms. A `generation` of the past marks a late result. */
export type CircuitBreakerEvent =
  | {
      readonly type: 'CALL_SUCCEEDED';
      readonly at: number;
      readonly generation?: number;
      readonly durationMs?: number;
    }
  | {
      readonly type: 'CALL_FAILED';
      readonly at: number;
      readonly generation?: number;
      readonly durationMs?: number;
      readonly why?: string;
    }
  /**
   * All that a fast path has counted so far, its whole run of failures or its whole window; it
   * replaces the chart's own. The chart judges it, and opens or not.
   */
  | {
      readonly type: 'CALLS_COUNTED';
      readonly at: number;
      readonly generation: number;
      readonly failureCount: number;
      readonly calls?: CallRecord;
      readonly why?: string;
    }
  /**
   * `ISOLATE` refuses every call, `DISABLE` admits and counts none, `METRICS_ONLY` admits every
   * call and only says what it would have done.
   */
  | {
      readonly type: 'ISOLATE' | 'DISABLE' | 'METRICS_ONLY';
      readonly at: number;
      readonly by: string;
      readonly why: string;
      readonly expiresAtMs?: number;
    }
  /** `RESET` closes it from any state, `ENABLE` from `disabled` and `metricsOnly`. */
  | {
      readonly type: 'RESET' | 'ENABLE';
      readonly at: number;
      readonly by: string;
      readonly why: string;
    }
  | {
      readonly type: 'SETTINGS_CHANGED';
      readonly at: number;
      readonly settings: CircuitBreakerSettings;
    }
  /** A function of the host that classifies results has thrown: its result counts as a failure. */
  | {
      readonly type: 'PREDICATE_FAILED';
      readonly at: number;
      readonly predicate: 'isFailure' | 'isFailedResult';
      readonly why: string;
    }
  /** Sent by the chart to itself. */
  | { readonly type: 'ORDER_EXPIRED'; readonly at: number };

export interface Opening {
  /** Failures that were judged: of the run, of the window, or of the probes. */
  readonly failureCount: number;
  readonly openCount: number;
  readonly openDurationMs: number;
  readonly openUntilMs: number;
  readonly evidence: CircuitBreakerEvidence | null;
}

/** Facts for operators. `generation` is the one that the fact begins, or a probe belongs to. */
export type CircuitBreakerEmitted = {
  readonly at: number;
  readonly generation: number;
} /** `wouldOpen` and `wouldClose`: in `metricsOnly`. */ & (
  | ({ readonly type: 'breaker.opened' | 'breaker.wouldOpen' } & Opening)
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
      readonly durationMs: number | null;
      readonly why: string | null;
      /** Outcomes so far, this one included. */
      readonly successCount: number;
      readonly failureCount: number;
    }
  | {
      readonly type: 'breaker.closed';
      /** Opens that it took since the breaker was last closed. */
      readonly openCount: number;
      /** The operator who reset it; null when its probes did. */
      readonly by: string | null;
      readonly why: string | null;
    }
  | ({
      readonly type: 'breaker.isolated' | 'breaker.disabled' | 'breaker.setMetricsOnly';
    } & CircuitBreakerOrder)
  /** Closed after `disabled` or `metricsOnly`; by nobody when that has expired. */
  | { readonly type: 'breaker.enabled'; readonly by: string | null; readonly why: string | null }
  /** The kind of its window has changed: counts of the old kind mean nothing to the new one. */
  | {
      readonly type: 'breaker.countedAnew';
      readonly from: WindowSettings['kind'];
      readonly to: WindowSettings['kind'];
    }
  | {
      readonly type: 'breaker.predicateFailed';
      readonly predicate: 'isFailure' | 'isFailedResult';
      readonly why: string;
    }
);
