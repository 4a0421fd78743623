import { expect, it } from 'vitest';
import {
  bucketDueMs,
  bucketFullAtMs,
  slidingDueMs,
} from '../../../machines/policies/rate-limit.ts';

it('a bucket gives as many turns at once as it holds, then one in each interval', () => {
  const bucket = { callCountMax: 4, periodMs: 100, burstCountMax: 2 };
  let fullAtMs = Number.NEGATIVE_INFINITY;
  expect(bucketDueMs(bucket, fullAtMs, 0)).toBe(Number.NEGATIVE_INFINITY);
  fullAtMs = bucketFullAtMs(bucket, fullAtMs, 1_000);
  expect([0, 1, 2].map((ahead) => bucketDueMs(bucket, fullAtMs, ahead))).toEqual([
    1_000, 1_025, 1_050,
  ]);
  fullAtMs = bucketFullAtMs(bucket, fullAtMs, 1_000);
  expect(bucketDueMs(bucket, fullAtMs, 0)).toBe(1_025);
});

it('a window gives a turn when the oldest one that counts has left it', () => {
  const window = { callCountMax: 3, periodMs: 100 };
  const times = [30, 20, Number.NEGATIVE_INFINITY];
  const due = (ahead: number) => slidingDueMs(window, (back) => times[back - 1]!, ahead);
  expect([0, 1, 2, 3, 4].map(due)).toEqual([
    Number.NEGATIVE_INFINITY,
    120,
    130,
    Number.NEGATIVE_INFINITY,
    220,
  ]);
});
