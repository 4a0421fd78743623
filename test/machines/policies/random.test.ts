import { describe, expect, it } from 'vitest';
import { drawRatio } from '../../../machines/policies/random.ts';

const draws = (seed: number, from: number, count = 20_000) =>
  Array.from({ length: count }, (_, n) => drawRatio(seed, from + n));

describe('drawRatio', () => {
  it('gives the same draw for the same seed and number, on any machine', () => {
    expect([drawRatio(0, 0), drawRatio(7, 1), drawRatio(0xffffffff, 2 ** 32 + 3)]).toEqual([
      0.3913450762629509, 0.9604430883191526, 0.5816411413252354,
    ]);
  });

  it('stays in [0, 1) and spreads evenly, for consecutive numbers and for seeds alike', () => {
    const bySeed = Array.from({ length: 20_000 }, (_, seed) => drawRatio(seed, 5));
    for (const sample of [draws(0, 0), draws(1, 0), draws(7, 2 ** 33), bySeed]) {
      const buckets = new Array(20).fill(0);
      for (const draw of sample) buckets[Math.floor(draw * 20)] += 1;
      expect(buckets.reduce((sum, count) => sum + count)).toBe(20_000);
      // Chi-squared with 19 degrees of freedom exceeds 43.8 once in a thousand samples.
      expect(buckets.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0)).toBeLessThan(
        43.8,
      );
    }
  });

  it('gives neighbours nothing in common', () => {
    const sample = draws(3, 0);
    const products = sample.slice(1).map((draw, n) => (draw - 0.5) * (sample[n]! - 0.5));
    const correlation =
      (12 * products.reduce((sum, product) => sum + product, 0)) / products.length;
    expect(Math.abs(correlation)).toBeLessThan(0.03);
  });

  it('counts the bits of the number above the 32nd', () => {
    expect(drawRatio(1, 5)).not.toBe(drawRatio(1, 5 + 2 ** 32));
  });
});
