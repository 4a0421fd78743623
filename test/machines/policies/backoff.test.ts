import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../machines/policies/backoff.ts';

const backoff = fc.record({
  baseMs: fc.integer({ min: 1, max: 600_000 }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  maxMs: fc.integer({ min: 600_000, max: 3_600_000 }),
  jitterRatio: fc.double({ min: 0, max: 1, noNaN: true }),
});
const attempt = fc.nat({ max: 2_000 });
const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoff', () => {
  it('grows by its factor until it reaches its limit', () => {
    const series = { baseMs: 60_000, factor: 2, maxMs: 600_000, jitterRatio: 0 };
    expect([0, 1, 2, 3, 4, 5].map((n) => backoffMs(series, n, 0.5))).toEqual([
      60_000, 120_000, 240_000, 480_000, 600_000, 600_000,
    ]);
  });

  it('shortens the wait by at most the jitter ratio', () => {
    const series = { baseMs: 1_000, factor: 1, maxMs: 1_000, jitterRatio: 0.1 };
    expect([0, 0.5, 1].map((drawn) => backoffMs(series, 3, drawn))).toEqual([1_000, 950, 900]);
  });

  it('stays between its bounds, in whole milliseconds', () =>
    fc.assert(
      fc.property(backoff, attempt, draw, (series, n, drawn) => {
        const waitMs = backoffMs(series, n, drawn);
        const nominalMs = backoffMs({ ...series, jitterRatio: 0 }, n, drawn);
        expect(Number.isInteger(waitMs)).toBe(true);
        expect(waitMs).toBeLessThanOrEqual(nominalMs);
        expect(waitMs).toBeGreaterThanOrEqual(
          Math.max(1, Math.floor(nominalMs * (1 - series.jitterRatio)) - 1),
        );
        expect(nominalMs).toBeLessThanOrEqual(series.maxMs);
      }),
    ));

  it('never shrinks from one attempt to the next', () =>
    fc.assert(
      fc.property(backoff, attempt, (series, n) => {
        expect(backoffMs(series, n + 1, 0)).toBeGreaterThanOrEqual(backoffMs(series, n, 0));
      }),
    ));

  it('is zero for ever when it starts at zero', () => {
    expect(backoffMs({ baseMs: 0, factor: 100, maxMs: 9, jitterRatio: 0 }, 2_000, 0)).toBe(0);
  });

  it('reaches its limit even where the power overflows', () => {
    expect(backoffMs({ baseMs: 1, factor: 100, maxMs: 9, jitterRatio: 0 }, 2_000, 0)).toBe(9);
  });
});
