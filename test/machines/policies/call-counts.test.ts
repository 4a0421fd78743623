/**
 * When shares of bad calls are too large: the rules that resilience4j documents, as a table.
 *
 * @see https://resilience4j.readme.io/docs/circuitbreaker
 */
import { describe, expect, it } from 'vitest';
import { neededCallCount, tripReason } from '../../../machines/policies/call-counts.ts';
import { countsOf, recordAfter } from '../../../machines/policies/call-record.ts';

const rule = {
  window: { kind: 'count', size: 100 },
  failureRatioMax: 0.5,
  slowCallMs: 5_000,
  slowCallRatioMax: 0.5,
  callCountMin: 10,
};
const counts = (callCount: number, failureCount: number, slowCount = 0) => ({
  callCount,
  failureCount,
  slowCount,
});
const inTime = { window: { kind: 'time' } };
const fast = { slowCallMs: 0 };

describe('the documented rules of resilience4j', () => {
  it.each([
    ['opens when the failure rate equals the threshold', {}, counts(10, 5), 'failureRatio'],
    ['opens when it is greater', {}, counts(10, 6), 'failureRatio'],
    ['stays closed when it is less', {}, counts(100, 49), null],
    ['opens when the slow call rate equals the threshold', {}, counts(10, 0, 5), 'slowCallRatio'],
    ['opens when the slow call rate is greater', {}, counts(10, 0, 10), 'slowCallRatio'],
    ['stays closed when it is less', {}, counts(100, 0, 49), null],
    ['does not trip by 9 calls, even if all 9 have failed', {}, counts(9, 9), null],
    ['does not trip by 9 calls, even if all 9 were slow', {}, counts(9, 0, 9), null],
    [
      'judges a full window smaller than the minimum',
      { window: { kind: 'count', size: 4 } },
      counts(4, 2),
      'failureRatio',
    ],
    [
      'waits for that window to be full',
      { window: { kind: 'count', size: 4 } },
      counts(3, 3),
      null,
    ],
    ['holds the minimum for a time window too', inTime, counts(9, 9), null],
    ['judges a time window by the same rates', inTime, counts(10, 5), 'failureRatio'],
    ['names failures first when both are too many', {}, counts(10, 10, 10), 'failureRatio'],
    ['knows no slow calls without a duration', fast, counts(10, 0, 10), null],
    ['compares shares exactly', { failureRatioMax: 0.07 }, counts(100, 7), 'failureRatio'],
  ])('%s', (_, changed, given, expected) => {
    expect(tripReason({ ...rule, ...changed }, given)).toBe(expected);
  });

  it('count-based: ten measurements, the oldest is evicted and taken off the total', () => {
    const window = { kind: 'count', size: 10 } as const;
    let record = recordAfter(null, window, 0, { isFailure: true, isSlow: true });
    for (let call = 0; call < 9; call += 1) {
      record = recordAfter(record, window, 0, { isFailure: false, isSlow: false });
    }
    expect(countsOf(record)).toEqual(counts(10, 1, 1));
    record = recordAfter(record, window, 0, { isFailure: false, isSlow: false });
    expect(countsOf(record)).toEqual(counts(10, 0, 0));
  });

  it('time-based: ten buckets of a second each, the oldest is evicted as a whole', () => {
    const window = { kind: 'time', durationMs: 10_000, bucketCount: 10 } as const;
    let record = recordAfter(null, window, 1_000, { isFailure: true, isSlow: false });
    record = recordAfter(record, window, 1_999, { isFailure: true, isSlow: false });
    record = recordAfter(record, window, 10_999, { isFailure: false, isSlow: true });
    expect(countsOf(record)).toEqual(counts(3, 2, 1));
    record = recordAfter(record, window, 11_000, { isFailure: false, isSlow: false });
    expect(countsOf(record)).toEqual(counts(2, 0, 1));
  });

  it('needs as many calls as are configured, or as many as fit', () => {
    expect(neededCallCount(rule)).toBe(10);
    expect(neededCallCount({ ...rule, window: { kind: 'count', size: 3 } })).toBe(3);
    expect(neededCallCount({ ...rule, window: { kind: 'time' } })).toBe(10);
  });
});
