import { describe, expect, it } from 'vitest';
import { median, robustScore, withValue } from '../../../machines/policies/robust-score.ts';

describe('robustScore', () => {
  it('is the modified z-score of the literature', () => {
    // Iglewicz and Hoaglin: 0.6745 times the distance from the median over the MAD.
    const values = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3];
    expect(median(values)).toBeCloseTo(2.45, 12);
    expect(robustScore(values, 8.2)).toBeCloseTo((0.6745 * 5.75) / 0.15, 9);
  });

  it('falls back on the mean deviation when most values are equal, and is bounded', () => {
    expect(robustScore([5, 5, 5, 5, 9], 9)).toBeCloseTo(4 / (0.8 * 1.253314), 9);
    expect(robustScore([5, 5, 5], 5.1)).toBe(1_000);
    expect(robustScore([5, 5, 5], 5)).toBe(0);
    expect(robustScore([], 5)).toBe(0);
  });

  it('is as odd below the middle as above it', () => {
    expect(robustScore([1, 2, 3, 4, 5], 0)).toBe(robustScore([1, 2, 3, 4, 5], 6));
  });

  it('keeps the newest values', () => {
    expect(withValue([1, 2, 3], 4, 3)).toEqual([2, 3, 4]);
    expect(withValue([1], 2, 3)).toEqual([1, 2]);
    expect(median([])).toBeNaN();
  });
});
