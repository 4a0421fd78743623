import { describe, expect, it } from 'vitest';
import type { TensorKernel } from '../../../config/tensor-kernel.ts';
import { computeKernel } from '../../../runtime/tensor/user-kernel.ts';
import { tensorRuntime } from '../../support/tensor-jobs.ts';

const data = Float32Array.from([1, 2, 3, 4, 5, 6]);
const scaled = {
  source: 'function (a, k) { return a[this.thread.y][this.thread.x] * k; }',
  output: [2, 3],
  args: [{ shape: [2, 3], data }, 0.5],
};
const product: TensorKernel = {
  op: 'kernel',
  dtype: 'f32',
  source: `function (a, b) {
    let sum = 0;
    for (let i = 0; i < 3; i++) { sum += a[this.thread.y][i] * b[i][this.thread.x]; }
    return sum;
  }`,
  output: [2, 2],
  args: [
    { shape: [2, 3], data },
    { shape: [3, 2], data },
  ],
};

describe('kernels of users', () => {
  it('run in a worker thread, row by row as they were given, and say by what', async () => {
    await using t = await tensorRuntime();
    const [end] = await t.all([t.runtime.tensor.kernel(scaled)]);
    expect(end).toMatchObject({
      value: {
        ...{ values: Float32Array.from([0.5, 1, 1.5, 2, 2.5, 3]), shape: [2, 3], kind: 'wasm' },
        ...{ used: 'cpu', residual: null },
      },
    });
  });

  it('are what anybody else computes', async () => {
    const { values } = await computeKernel(product);
    expect([...values]).toEqual([22, 28, 49, 64]);
  });

  it('never run on a GPU, and say so', async () => {
    await using t = await tensorRuntime();
    const [end] = await t.all([t.runtime.tensor.kernel(scaled, { backend: { prefer: 'gpu' } })]);
    const fallbackReason = 'a GPU does not compute kernel here';
    expect(end).toMatchObject({ value: { used: 'cpu', fallbackReason } });
  });

  it('fail with the words of gpu.js when it does not understand them', async () => {
    await using t = await tensorRuntime();
    const [end] = await t.all([t.runtime.tensor.kernel({ ...scaled, source: 'function (' })]);
    expect(end).toMatchObject({ status: 'rejected', reason: { reason: 'FAILED' } });
  });

  it.each([
    [{ ...scaled, output: [] }, 'output'],
    [{ ...scaled, output: [2 ** 13, 2 ** 12] }, 'output: Expected at most 16777216 elements.'],
    [{ ...scaled, args: [{ shape: [2, 2], data }] }, 'args.0.data: Expected 4 numbers, got 6.'],
    [{ ...scaled, source: '' }, 'source'],
  ])('are refused when they have no right form', async (kernel, words) => {
    await using t = await tensorRuntime();
    await expect(t.runtime.tensor.kernel(kernel)).rejects.toThrow(words);
    expect(t.runtime.tensor.metrics()).toBeUndefined();
  });
});
