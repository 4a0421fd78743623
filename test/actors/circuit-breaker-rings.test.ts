/** Typed windows hold the same as those that are values, result by result. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ringOf } from '../../actors/circuit-breaker-rings.ts';
import {
  type CallRecord,
  countsOf,
  emptyRecord,
  fitted,
  recordAfter,
  type WindowSettings,
} from '../../machines/policies/call-record.ts';
import { recordAt } from '../../machines/policies/time-window.ts';

const window = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), size: fc.integer({ min: 1, max: 7 }) }),
  fc
    .record({
      bucketMs: fc.integer({ min: 1, max: 20 }),
      bucketCount: fc.integer({ min: 1, max: 5 }),
    })
    .map(({ bucketMs, bucketCount }) => ({
      kind: 'time' as const,
      durationMs: bucketMs * bucketCount,
      bucketCount,
    })),
);
const step = fc.record({
  waitMs: fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 200 })),
  isFailure: fc.boolean(),
  isSlow: fc.boolean(),
  /** Sometimes the settings change. */
  next: fc.option(window, { freq: 6 }),
});

it('count, forget and refit alike', () => {
  fc.assert(
    fc.property(window, fc.array(step, { maxLength: 60 }), (first, steps) => {
      let current: WindowSettings = first;
      let record: CallRecord = emptyRecord(current);
      let ring = ringOf(current, record)!;
      let at = 1_000;
      for (const { waitMs, isFailure, isSlow, next } of steps) {
        at += waitMs;
        if (next) {
          current = next;
          ring = ringOf(current, ring.record())!;
          record = fitted(record, current);
          expect(ring.record()).toEqual(record);
        }
        ring.add(at, isFailure, isSlow);
        record = recordAfter(record, current, at, { isFailure, isSlow });
        expect(ring.record()).toEqual(record);
        const { callCount, failureCount, slowCount } = ring;
        expect({ callCount, failureCount, slowCount }).toEqual(countsOf(record));
      }
      ring.forgetUntil(at + 15);
      if (record?.kind === 'time' && current.kind === 'time') {
        record = recordAt(record, current, at + 15);
      }
      expect(ring.callCount).toBe(countsOf(record).callCount);
    }),
  );
});

it('has none for a run of failures', () => {
  expect(ringOf({ kind: 'consecutive', failureCountMax: 3 }, null)).toBeNull();
});
