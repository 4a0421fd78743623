import { describe, expect, it } from 'vitest';
import { nearestRank } from '../../../machines/policies/sample-quantile.ts';

describe('a quantile of samples', () => {
  it('is the value of the nearest rank, whatever their order', () => {
    const values = [40, 10, 30, 20];
    const of = (quantile: number) => nearestRank(values, quantile);
    expect([0, 0.25, 0.26, 0.5, 0.75, 0.76, 1].map(of)).toEqual([10, 10, 20, 20, 30, 40, 40]);
    expect(values).toEqual([40, 10, 30, 20]);
  });
});
