/** What a breaker's handle counts for operators. Nothing is decided by these numbers. */
import type { CallCounts } from '../machines/policies/call-counts.ts';
import type { CircuitBreakerState } from './circuit-breaker-period.ts';

export class CircuitBreakerTally {
  /** Calls made since the handle exists. */
  callCount = 0;
  /** Results that counted. */
  successCount = 0;
  failureCount = 0;
  /** Failures because no result came in time. */
  timeoutCount = 0;
  /** Calls that their callers gave up. */
  abortCount = 0;
  /** Calls refused. */
  rejectionCount = 0;
  /** Results that came after the period in which their call was admitted, and were dropped. */
  lateCount = 0;
  /** Results of calls that were admitted without being counted: disabled, or in a dry run. */
  uncountedCount = 0;
  /** Times that the handle saw the breaker open. */
  openedCount = 0;
}

export interface CircuitBreakerMetrics extends Readonly<CircuitBreakerTally> {
  readonly state: CircuitBreakerState;
  /** -1 while the actor is down. */
  readonly generation: number;
  /** Failures in a row while closed, by a consecutive window. */
  readonly consecutiveFailureCount: number;
  /** What a count or time window holds now; all 0 for a consecutive one. */
  readonly window: CallCounts;
  /** Calls that were made and have no end yet. */
  readonly inFlightCount: number;
  readonly probesInFlightCount: number;
  /** End of the current open period, logical ms; null in other states. */
  readonly openUntilMs: number | null;
}
