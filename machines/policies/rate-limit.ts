/** When the next call may go. Pure: the caller keeps the times. */
import type { RateLimitSettings } from '../../config/protect.ts';

type Bucket = Pick<RateLimitSettings, 'callCountMax' | 'periodMs' | 'burstCountMax'>;

const intervalMs = ({ callCountMax, periodMs }: Bucket): number => periodMs / callCountMax;

/**
 * Token bucket: the time at which a call may go when `ahead` others go before it.
 *
 * @param fullAtMs when the bucket is full again; that one number is its whole state.
 * @see https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export const bucketDueMs = (bucket: Bucket, fullAtMs: number, ahead: number): number =>
  fullAtMs - (bucket.burstCountMax - 1 - ahead) * intervalMs(bucket);

/** When the bucket is full again after a call has gone at `nowMs`. */
export const bucketFullAtMs = (bucket: Bucket, fullAtMs: number, nowMs: number): number =>
  Math.max(fullAtMs, nowMs) + intervalMs(bucket);

/**
 * Sliding window: the time at which a call may go when `ahead` others go before it, each as soon as
 * it may.
 *
 * @param timeOf the time of admission number `back` before the next one, from 1 to `callCountMax`;
 * -Infinity when there were not so many.
 */
export function slidingDueMs(
  window: Pick<RateLimitSettings, 'callCountMax' | 'periodMs'>,
  timeOf: (back: number) => number,
  ahead: number,
): number {
  const { callCountMax, periodMs } = window;
  const lapCount = Math.floor(ahead / callCountMax) + 1;
  return timeOf(callCountMax - (ahead % callCountMax)) + lapCount * periodMs;
}
