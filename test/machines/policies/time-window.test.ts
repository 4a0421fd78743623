import { describe, expect, it } from 'vitest';
import {
  bucketStartMs,
  countsOfBuckets,
  emptyTimeRecord,
  rebinned,
  recordAt,
  withTimedResult,
} from '../../../machines/policies/time-window.ts';

const window = { durationMs: 30, bucketCount: 3 };
const good = { isFailure: false, isSlow: false };
const bad = { isFailure: true, isSlow: true };
const of = (...times: number[]) =>
  times.reduce((record, at) => withTimedResult(record, window, at, bad), emptyTimeRecord);
const startsOf = (record: ReturnType<typeof of>) =>
  record.buckets.map(({ startMs, callCount }) => [startMs, callCount]);

describe('a time window', () => {
  it('adds results up by the bucket that they fall into', () => {
    expect(bucketStartMs(window, 29)).toBe(20);
    expect(startsOf(of(0, 9, 10, 29))).toEqual([
      [0, 2],
      [10, 1],
      [20, 1],
    ]);
    expect(countsOfBuckets(of(0, 9))).toEqual({ callCount: 2, failureCount: 2, slowCount: 2 });
  });

  it('forgets a bucket when its whole length has passed, and not earlier', () => {
    expect(startsOf(recordAt(of(5), window, 29))).toEqual([[0, 1]]);
    expect(startsOf(recordAt(of(5), window, 30))).toEqual([]);
    expect(startsOf(of(5, 30))).toEqual([[30, 1]]);
  });

  it('counts a result that is older than the newest bucket there', () => {
    expect(startsOf(withTimedResult(of(25), window, 3, good))).toEqual([[20, 2]]);
  });

  it('sorts its buckets into those of another window, the newest stay', () => {
    const record = of(0, 10, 20);
    expect(startsOf(rebinned(record, { durationMs: 40, bucketCount: 2 }))).toEqual([
      [0, 2],
      [20, 1],
    ]);
    expect(startsOf(rebinned(record, { durationMs: 20, bucketCount: 2 }))).toEqual([
      [10, 1],
      [20, 1],
    ]);
    expect(rebinned(emptyTimeRecord, window)).toEqual(emptyTimeRecord);
  });
});
