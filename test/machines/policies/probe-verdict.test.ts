import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isPassCertain,
  isPassImpossible,
  neededSuccessCount,
} from '../../../machines/policies/probe-verdict.ts';

const rule = (probeCount: number, probeSuccessRatioMin: number) => ({
  probeCount,
  probeSuccessRatioMin,
});

describe('probe verdict', () => {
  it.each([
    [1, 1, 1],
    [10, 0.8, 8],
    [10, 0.75, 8],
    [3, 0.01, 1],
    [100, 0.07, 7],
  ])('needs, of %i probes at a ratio of %d, %i successes', (count, ratio, needed) => {
    expect(neededSuccessCount(rule(count, ratio))).toBe(needed);
  });

  it('is certain at the last needed success, and impossible at the first failure too many', () => {
    const eightOfTen = rule(10, 0.8);
    expect([7, 8].map((count) => isPassCertain(eightOfTen, count))).toEqual([false, true]);
    expect([2, 3].map((count) => isPassImpossible(eightOfTen, count))).toEqual([false, true]);
  });

  it('is one of the two, and never both, once all probes have answered', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 100 }),
        fc.nat(),
        (count, percent, drawn) => {
          const successes = drawn % (count + 1);
          const judged = rule(count, percent / 100);
          expect(isPassCertain(judged, successes)).toBe(
            !isPassImpossible(judged, count - successes),
          );
        },
      ),
    ));
});
