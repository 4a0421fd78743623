/** The window of the newest results, as a value: a chart keeps and journals it. */
import type { CallCounts, CallResult } from './call-counts.ts';

export interface CountRecord {
  readonly kind: 'count';
  /** A digit for each result, the newest last: 0 is good, 1 failed, 2 slow, 3 both. */
  readonly results: string;
}

export const emptyCountRecord: CountRecord = { kind: 'count', results: '' };

export function withResult(record: CountRecord, size: number, result: CallResult): CountRecord {
  const digit = (result.isFailure ? 1 : 0) + (result.isSlow ? 2 : 0);
  return resized({ kind: 'count', results: record.results + digit }, size);
}

/** Keeps the newest results. */
export function resized(record: CountRecord, size: number): CountRecord {
  return record.results.length <= size
    ? record
    : { ...record, results: record.results.slice(-size) };
}

export function countsOfResults({ results }: CountRecord): CallCounts {
  let failureCount = 0;
  let slowCount = 0;
  for (const digit of results) {
    if (digit === '1' || digit === '3') failureCount += 1;
    if (digit === '2' || digit === '3') slowCount += 1;
  }
  return { callCount: results.length, failureCount, slowCount };
}
