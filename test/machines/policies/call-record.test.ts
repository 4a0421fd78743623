import { describe, expect, it } from 'vitest';
import { circuitBreakerSettingsSchema } from '../../../config/circuit-breaker.ts';
import {
  countsOf,
  emptyRecord,
  fitted,
  isSlow,
  ratioEvidence,
} from '../../../machines/policies/call-record.ts';

const consecutive = { kind: 'consecutive', failureCountMax: 5 } as const;
const count = (size: number) => ({ kind: 'count', size }) as const;
const time = { kind: 'time', durationMs: 60, bucketCount: 3 } as const;

describe('a record', () => {
  it('is empty for a new window, and nothing for a run', () => {
    expect(emptyRecord(consecutive)).toBeNull();
    expect(emptyRecord(count(2))).toEqual({ kind: 'count', results: '' });
    expect(emptyRecord(time)).toEqual({ kind: 'time', buckets: [] });
    expect(countsOf(null)).toEqual({ callCount: 0, failureCount: 0, slowCount: 0 });
  });

  it('keeps its newest results in a smaller window, and all of them in a larger one', () => {
    const record = { kind: 'count', results: '01230' } as const;
    expect(fitted(record, count(3))).toEqual({ kind: 'count', results: '230' });
    expect(fitted(record, count(9))).toBe(record);
  });

  it('begins anew with a window of another kind', () => {
    expect(fitted({ kind: 'count', results: '11' }, time)).toEqual(emptyRecord(time));
    expect(fitted({ kind: 'time', buckets: [] }, count(2))).toEqual(emptyRecord(count(2)));
    expect(fitted({ kind: 'count', results: '11' }, consecutive)).toBeNull();
  });

  it('trips with evidence that holds its numbers and the limits', () => {
    const settings = circuitBreakerSettingsSchema.parse({
      window: count(4),
      callCountMin: 2,
      slowCallMs: 9,
    });
    expect(ratioEvidence(settings, { kind: 'count', results: '0' })).toBeNull();
    expect(ratioEvidence(settings, null)).toBeNull();
    expect(ratioEvidence(settings, { kind: 'count', results: '0321' })).toEqual({
      kind: 'ratio',
      reason: 'failureRatio',
      callCount: 4,
      failureCount: 2,
      slowCount: 2,
      failureRatio: 0.5,
      slowCallRatio: 0.5,
      window: count(4),
      failureRatioMax: 0.5,
      slowCallMs: 9,
      slowCallRatioMax: 1,
      callCountMin: 2,
    });
  });

  it('calls slow what takes longer than allowed, not what takes as long', () => {
    expect([isSlow({ slowCallMs: 5 }, 5), isSlow({ slowCallMs: 5 }, 6)]).toEqual([false, true]);
    expect(isSlow({ slowCallMs: 0 }, 99)).toBe(false);
  });
});
