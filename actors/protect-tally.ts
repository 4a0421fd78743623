/** What a protection counts for operators. Nothing is decided by these numbers. */

/** How a call ended that was begun: its callee was called at least once. */
export type FailedBy = 'error' | 'retriesExhausted' | 'timeout' | 'aborted' | 'stopped';

/** Why a call was never begun: its callee was not called. */
export type RejectedBy =
  | 'bulkheadFull'
  | 'rateLimited'
  | 'circuitOpen'
  | 'timeout'
  | 'aborted'
  | 'stopped';

/**
 * `startedCount` is `succeededCount + failedCount + rejectedCount + inFlightCount` at any time; the
 * reasons add up to their sums. Fallbacks are counted beside that: they change what a caller sees,
 * not what happened.
 */
export interface ProtectionMetrics {
  /** Calls that were asked for. */
  readonly startedCount: number;
  readonly succeededCount: number;
  readonly failedCount: number;
  readonly rejectedCount: number;
  /** Calls that have not ended; those that wait are among them. */
  readonly inFlightCount: number;
  readonly failed: Readonly<Record<FailedBy, number>>;
  readonly rejected: Readonly<Record<RejectedBy, number>>;
  /** Calls of the callee. */
  readonly attemptCount: number;
  /** Attempts after a failed one. */
  readonly retryCount: number;
  /** Callees that still run although their attempt has ended: they do not obey their signal. */
  readonly abandonedCount: number;
  /** Calls that wait for a place in the bulkhead, and for the rate limit. */
  readonly queuedCount: number;
  readonly limitedCount: number;
  /** Places taken in the bulkhead; 0 without one. */
  readonly runningCount: number;
  /** Retries that the budget holds; 0 without retries. */
  readonly retryBudgetCount: number;
  /** Failures that a fallback answered. */
  readonly fallbackCount: number;
  readonly fallbackFailedCount: number;
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

export class ProtectionTally {
  startedCount = 0;
  succeededCount = 0;
  attemptCount = 0;
  retryCount = 0;
  abandonedCount = 0;
  fallbackCount = 0;
  fallbackFailedCount = 0;
  /** Counted by hand: taken from the sums, it could hide a call that never ends. */
  inFlightCount = 0;
  readonly failed: Record<FailedBy, number> = {
    error: 0,
    retriesExhausted: 0,
    timeout: 0,
    aborted: 0,
    stopped: 0,
  };
  readonly rejected: Record<RejectedBy, number> = {
    bulkheadFull: 0,
    rateLimited: 0,
    circuitOpen: 0,
    timeout: 0,
    aborted: 0,
    stopped: 0,
  };

  metrics(
    gauges: Pick<
      ProtectionMetrics,
      'queuedCount' | 'limitedCount' | 'runningCount' | 'retryBudgetCount'
    >,
  ): ProtectionMetrics {
    const { failed, rejected, ...counts } = this;
    return {
      ...counts,
      ...gauges,
      failedCount: sum(failed),
      rejectedCount: sum(rejected),
      failed: { ...failed },
      rejected: { ...rejected },
    };
  }
}
