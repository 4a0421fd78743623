import { describe, expect, it } from 'vitest';
import type { Product } from '../../../../runtime/tensor/gpu/engine.ts';
import { padded, withoutPadding, withPadding } from '../../../../runtime/tensor/gpu/padding.ts';
import { selfTestErrorMax, selfTestOf } from '../../../../runtime/tensor/gpu/self-test.ts';
import { compute } from '../../../../runtime/tensor/kernels/compute.ts';

const right = ({ a, b, rows, inner, columns }: Product): Float32Array =>
  compute({
    op: 'matmul',
    dtype: 'f32',
    a: { shape: [rows, inner], data: a },
    b: { shape: [inner, columns], data: b },
  }).values as Float32Array;

describe('the known answer of a GPU', () => {
  it('is exact for whoever computes it', async () => {
    expect(await selfTestOf(async (products) => products.map(right))).toBe(0);
  });

  it.each<[string, (values: Float32Array) => void]>([
    ['a last element that is off', (values) => values.set([values.at(-1)! + 1], values.length - 1)],
    ['no number', (values) => values.set([Number.NaN], 3)],
    ['an infinite number', (values) => values.set([Number.POSITIVE_INFINITY], 3)],
    ['zeros', (values) => values.fill(0)],
  ])('is wrong with %s', async (_, spoil) => {
    const error = await selfTestOf(async (products) => {
      const results = products.map(right);
      for (const values of results) spoil(values);
      return results;
    });
    expect(error).toBeGreaterThan(selfTestErrorMax);
    expect(error).toBeLessThanOrEqual(1);
  });

  it('is wrong when nothing comes', async () => {
    expect(await selfTestOf(async () => [])).toBe(1);
  });
});

describe('matrices on a grid of blocks', () => {
  it.each([
    [1, 1],
    [4, 4],
    [5, 3],
    [3, 8],
  ])('come back as they were: %i by %i', (rows, columns) => {
    const data = Float32Array.from({ length: rows * columns }, (_, at) => at + 1);
    const all = withPadding(data, rows, columns);
    expect(all).toHaveLength(padded(rows) * padded(columns));
    expect(all.reduce((sum, value) => sum + value, 0)).toBe(
      data.reduce((sum, value) => sum + value, 0),
    );
    expect(withoutPadding(all, rows, columns)).toEqual(data);
  });
});
