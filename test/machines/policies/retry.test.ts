import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nextAttempt, retryPauseMs } from '../../../machines/policies/retry.ts';

const pause = { minMs: 100, factor: 2, maxMs: 1_000 };

it('doubles the pause up to its bound, and draws from all of it', () => {
  const plain = { ...pause, jitter: 'none' as const };
  expect([1, 2, 3, 4, 5, 99].map((n) => retryPauseMs(plain, n, 0, 0.5))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ]);
  const full = { ...pause, jitter: 'full' as const };
  expect([0, 0.5, 0.999].map((draw) => retryPauseMs(full, 2, 0, draw))).toEqual([0, 100, 200]);
});

it('grows a decorrelated pause from the one before it', () => {
  const settings = { ...pause, jitter: 'decorrelated' as const };
  expect([0, 0.5, 0.999].map((draw) => retryPauseMs(settings, 1, 0, draw))).toEqual([
    100, 200, 300,
  ]);
  expect([0, 0.5].map((draw) => retryPauseMs(settings, 2, 200, draw))).toEqual([100, 350]);
  expect(retryPauseMs(settings, 3, 1_000, 0.9)).toBe(1_000);
});

it('never leaves its bounds, and is a whole number', () => {
  const jitter = fc.constantFrom('none' as const, 'full' as const, 'decorrelated' as const);
  const numbers = [fc.nat(5_000), fc.nat(5_000), fc.integer({ min: 1, max: 100 })] as const;
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(jitter, ...numbers, draw, (kind, minMs, more, attempt, drawn) => {
      const settings = { minMs, factor: 2, maxMs: minMs + more, jitter: kind };
      const ms = retryPauseMs(settings, attempt, minMs, drawn);
      expect(ms).toBeLessThanOrEqual(settings.maxMs);
      expect(ms).toBeGreaterThanOrEqual(kind === 'full' ? 0 : minMs);
      expect(Number.isInteger(ms)).toBe(true);
    }),
  );
});

it('says when, or why not', () => {
  const settings = { attemptCountMax: 3, retryAfterMaxMs: 500 };
  const failed = {
    attempt: 1,
    pauseMs: 100,
    retryAfterMs: 0,
    nowMs: 1_000,
    deadlineMs: 1_101,
    budgetCount: 1,
  };
  const next = (changed: object) => nextAttempt(settings, { ...failed, ...changed });
  expect(next({})).toEqual({ dueMs: 1_100 });
  expect(next({ deadlineMs: 1_100 })).toEqual({ refusal: 'deadline' });
  expect(next({ attempt: 2 })).toEqual({ dueMs: 1_100 });
  expect(next({ attempt: 3 })).toEqual({ refusal: 'attempts' });
  expect(next({ budgetCount: 0.9 })).toEqual({ refusal: 'budget' });
  expect(next({ retryAfterMs: 100.5, deadlineMs: 2_000 })).toEqual({ dueMs: 1_101 });
  expect(next({ retryAfterMs: 501 })).toEqual({ refusal: 'retryAfter' });
});
