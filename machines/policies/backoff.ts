/** Growing waits between tries. Pure: the caller brings the draw. */
import { wholePower } from './elementary.ts';

export interface Backoff {
  /** Wait of attempt 0, ms. */
  readonly baseMs: number;
  /** Growth from one attempt to the next, from 1. */
  readonly factor: number;
  /** No wait is longer, ms. */
  readonly maxMs: number;
  /** Largest share by which a wait is shortened, 0 to 1. */
  readonly jitterRatio: number;
}

/**
 * The wait before try number `attempt` (from 0), in whole milliseconds.
 *
 * Jitter only shortens, so that `maxMs` is a promise: the wait lies between
 * `(1 - jitterRatio) * nominal` and `nominal`, and is at least 1 ms when `baseMs` is.
 * Example: base 60,000, factor 2, max 600,000, no jitter: 60 s, 120 s, 240 s, 480 s, 600 s, 600 s.
 *
 * @param draw a random number in [0, 1); 0 gives the nominal wait.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(backoff: Backoff, attempt: number, draw: number): number {
  // Zero times an overflowed power would be NaN.
  if (backoff.baseMs === 0) return 0;
  const nominalMs = Math.min(backoff.maxMs, backoff.baseMs * wholePower(backoff.factor, attempt));
  const jitteredMs = Math.round(nominalMs * (1 - backoff.jitterRatio * draw));
  return Math.max(1, jitteredMs);
}
