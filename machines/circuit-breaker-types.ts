/** What the circuit breaker's chart is given, remembers, hears and says. */
import type { CircuitBreakerSettings } from '../config/circuit-breaker.ts';
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
  readonly isolation: CircuitBreakerIsolation | null;
}

/** What was judged, and the last failure's own words when it gave any. */
export type CircuitBreakerEvidence = (ConsecutiveEvidence | ProbeEvidence) & {
  readonly why: string | null;
};

export interface CircuitBreakerIsolation {
  /** Who ordered it. */
  readonly by: string;
  readonly why: string;
  /** Logical ms; null: until `RESET`. */
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
      readonly why?: string;
    }
  /** A fast path's whole run of failures so far; it replaces the chart's own count. */
  | {
      readonly type: 'CALLS_COUNTED';
      readonly at: number;
      readonly generation: number;
      readonly failureCount: number;
      readonly why?: string;
    }
  | {
      readonly type: 'ISOLATE';
      readonly at: number;
      readonly by: string;
      readonly why: string;
      readonly expiresAtMs?: number;
    }
  | { readonly type: 'RESET'; readonly at: number; readonly by: string; readonly why: string }
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: CircuitBreakerSettings }
  /** Sent by the chart to itself. */
  | { readonly type: 'ISOLATION_EXPIRED'; readonly at: number };

/** Facts for operators. `generation` is the one that the fact begins, or a probe belongs to. */
export type CircuitBreakerEmitted = { readonly at: number; readonly generation: number } & (
  | {
      readonly type: 'breaker.opened';
      /** Failures that were judged: of the run, or of the probes. */
      readonly failureCount: number;
      readonly openCount: number;
      readonly openDurationMs: number;
      readonly openUntilMs: number;
      readonly evidence: CircuitBreakerEvidence | null;
    }
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
  | ({ readonly type: 'breaker.isolated' } & CircuitBreakerIsolation)
);
