import { describe, expect, it } from 'vitest';
import type { TensorJob } from '../../../../config/tensor-job.ts';
import { compute } from '../../../../runtime/tensor/kernels/compute.ts';
import { drawer, filled } from '../../../support/matrices.ts';

const sample = (
  rows: number,
  columns: number,
  data: Float64Array,
  correlation = false,
): TensorJob => ({
  op: 'covariance',
  dtype: 'f64',
  shape: [rows, columns],
  data,
  correlation,
});

describe('covariance', () => {
  it('is that of a small sample by hand', () => {
    const job = sample(3, 2, Float64Array.of(1, 10, 2, 20, 3, 60));
    expect([...compute(job).values]).toEqual([1, 25, 25, 700]);
  });

  it('does not lose its digits to a large mean', () => {
    const data = Float64Array.of(1e9 + 1, 1e9 + 2, 1e9 + 3);
    expect(compute(sample(3, 1, data)).values[0]).toBe(1);
  });

  it('is symmetric to the last bit', () => {
    const n = 30;
    const { values } = compute(sample(50, n, filled(50, n, drawer(2))));
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j < i; j += 1) expect(values[i * n + j]).toBe(values[j * n + i]);
    }
  });
});

describe('correlation', () => {
  it('is one with itself, and one or minus one with what moves alike', () => {
    const data = filled(40, 3, (i, j) => [1, 0.3, -7][j]! * Math.sin(i) + j);
    const { values } = compute(sample(40, 3, data, true));
    const expected = [1, 1, -1, 1, 1, -1, -1, -1, 1];
    values.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 14);
      expect(Math.abs(value)).toBeLessThanOrEqual(1);
    });
    expect([values[0], values[4], values[8]]).toEqual([1, 1, 1]);
  });

  it('of a variable that does not vary is zero with all others', () => {
    // The mean of three of the first ones rounds to something else.
    const flat = 1.3358395989974938;
    const data = filled(3, 3, (i, j) => [flat, i, 2 * flat][j]!);
    const { values, residual } = compute(sample(3, 3, data, true));
    expect([...values]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(residual).toBeLessThan(1e-15);
  });

  it.each([1e300, 1e-300])('of numbers around %d is that of others', (unit) => {
    const data = filled(5, 2, (i, j) => unit * [1, 2, 4, 5, 7, 3, 1, 9, 2, 6][2 * i + j]!);
    const plain = data.map((value) => value / unit);
    const [wild, tame] = [data, plain].map((one) => compute(sample(5, 2, one, true)).values[1]!);
    expect(wild).toBeCloseTo(tame!, 14);
  });
});
