import { describe, expect, it } from 'vitest';
import type { TensorJob } from '../../../config/tensor-job.ts';
import { type Computable, hold } from '../../../runtime/tensor/operands.ts';
import { SharedBuffers } from '../../../runtime/tensor/shared-buffers.ts';
import { product } from '../../support/tensor-jobs.ts';

type Product = Extract<TensorJob, { op: 'matmul' }>;
const operands = (job: Computable) => [(job as Product).a.data, (job as Product).b.data];

describe('the numbers of a job', () => {
  it('are copied into shared memory: the caller may go on with his own', () => {
    const job = product(3, 4) as Product;
    const { job: held, transfers } = hold(job, 'copy');
    job.a.data[0] = 9;
    expect(operands(held).map(([value]) => value)).toEqual([3, 4]);
    expect(operands(held).every(({ buffer }) => buffer instanceof SharedArrayBuffer)).toBe(true);
    expect(transfers).toEqual([]);
  });

  it('are copied into memory that was used before, and whole', () => {
    const buffers = new SharedBuffers();
    const before = hold(product(1, 2), 'copy', buffers);
    for (const buffer of before.lent) buffers.give(buffer);
    const { job, lent } = hold(product(3, 4), 'copy', buffers);
    expect(new Set(lent)).toEqual(new Set(before.lent));
    expect(operands(job).map(([value]) => value)).toEqual([3, 4]);
    expect(hold(product(3, 4), 'move', buffers).lent).toEqual([]);
  });

  it('are taken over when moved: the caller has none any more', () => {
    const job = product(3, 4);
    const { job: held, transfers } = hold(job, 'move');
    expect(operands(job).map(({ length }) => length)).toEqual([0, 0]);
    expect(operands(held).map(([value]) => value)).toEqual([3, 4]);
    expect(transfers).toHaveLength(2);
  });

  it('are copied when they are a part of a larger buffer, which others may use', () => {
    const all = new Float64Array([1, 2, 3]);
    const job = { ...product(0, 4), a: { shape: [1, 1], data: all.subarray(1, 2) } } as Product;
    const { job: held } = hold(job, 'move');
    expect(operands(held)[0]).toEqual(new Float64Array([2]));
    expect(all).toEqual(new Float64Array([1, 2, 3]));
  });

  it('stay where they are when they are shared already', () => {
    const data = new Float32Array(new SharedArrayBuffer(4));
    const job = { op: 'shannonEntropy', dtype: 'f32', shape: [1], data } as const;
    for (const how of ['copy', 'move'] as const) {
      const { job: held, transfers } = hold(job, how);
      expect((held as typeof job).data).toBe(data);
      expect(transfers).toEqual([]);
    }
  });

  it('keep their precision and the rest of the job', () => {
    const data = new Float32Array([0.5]);
    const job = { op: 'eigenSymmetric', dtype: 'f32', shape: [1, 1], data, vectors: true } as const;
    const { job: held } = hold(job, 'copy');
    expect(held).toMatchObject({
      op: 'eigenSymmetric',
      dtype: 'f32',
      shape: [1, 1],
      vectors: true,
    });
    expect((held as typeof job).data).toBeInstanceOf(Float32Array);
  });
});
