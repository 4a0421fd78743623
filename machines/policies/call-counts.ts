/** What windows count of calls, and when that is too much. */

/** One result, as a window sees it. */
export interface CallResult {
  readonly isFailure: boolean;
  readonly isSlow: boolean;
}

export interface CallCounts {
  readonly callCount: number;
  readonly failureCount: number;
  /** Slow ones, whether they failed or not. */
  readonly slowCount: number;
}

export interface RatioRule {
  readonly window: { readonly kind: string; readonly size?: number };
  readonly failureRatioMax: number;
  readonly slowCallMs: number;
  readonly slowCallRatioMax: number;
  readonly callCountMin: number;
}

/** Which share was too large. */
export type RatioReason = 'failureRatio' | 'slowCallRatio';

/** Calls without which nothing is judged: a count window that is full has seen enough. */
export function neededCallCount({ window, callCountMin }: RatioRule): number {
  return window.size === undefined ? callCountMin : Math.min(callCountMin, window.size);
}

/**
 * Why these counts trip a breaker; null when they do not. A share that equals its limit trips.
 *
 * @see https://resilience4j.readme.io/docs/circuitbreaker "Failure rate and slow call rate
 * thresholds"
 */
export function tripReason(rule: RatioRule, counts: CallCounts): RatioReason | null {
  const { callCount } = counts;
  if (callCount < neededCallCount(rule)) return null;
  if (counts.failureCount / callCount >= rule.failureRatioMax) return 'failureRatio';
  if (rule.slowCallMs === 0) return null;
  return counts.slowCount / callCount >= rule.slowCallRatioMax ? 'slowCallRatio' : null;
}
