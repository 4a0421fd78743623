import { describe, expect, it } from 'vitest';
import type { TensorData, TensorDtype, TensorJob } from '../../../../config/tensor-job.ts';
import { compute } from '../../../../runtime/tensor/kernels/compute.ts';
import { residualMax, residualOf } from '../../../../runtime/tensor/kernels/residual.ts';
import { drawer, filled, inPrecision, symmetrized } from '../../../support/matrices.ts';

const n = 24;
const of = (dtype: TensorDtype, seed: number) => ({
  dtype,
  shape: [n, n],
  data: inPrecision(dtype, filled(n, n, drawer(seed))),
});
const jobsIn = (dtype: TensorDtype): readonly TensorJob[] => {
  const one = of(dtype, 1);
  const mirrored = { ...one, data: inPrecision(dtype, symmetrized(n, one.data)) };
  const positive = mirrored.data.map((value, i) => (i % (n + 1) === 0 ? value + 20 : value));
  const { shape, data } = of(dtype, 2);
  return [
    { op: 'matmul', dtype, a: { shape, data }, b: { shape, data: one.data } },
    { op: 'covariance', ...one },
    { op: 'covariance', ...one, correlation: true },
    { op: 'eigenSymmetric', ...mirrored },
    { op: 'eigenSymmetric', ...mirrored, vectors: true },
    { op: 'eigenGeneral', ...one },
    { op: 'singularValues', ...one },
    { op: 'shannonEntropy', dtype, shape: [n * n], data: one.data.map(Math.abs) },
    { op: 'vonNeumannEntropy', ...mirrored, data: positive },
  ];
};

/** A copy with one number changed by a share of the largest. */
function spoiled(values: TensorData, at: number, share: number): TensorData {
  const copy = values.slice();
  copy[at]! += share * Math.max(...values.map(Math.abs));
  return copy;
}

describe.each(['f64', 'f32'] as const)('the residual of %s', (dtype) => {
  it.each(jobsIn(dtype))('of $op is within what rounding explains', (job) => {
    const { values, residual } = compute(job);
    expect(residual).toBe(residualOf(job, values));
    expect(residual).toBeLessThanOrEqual(residualMax(job));
  });

  it.each(jobsIn(dtype))('of $op shows a wrong number, wherever it is', (job) => {
    const { values } = compute(job);
    const share = dtype === 'f64' ? 1e-6 : 0.2;
    const last = job.op.endsWith('Entropy') ? 1 : values.length;
    for (let at = 0; at < last; at += 1) {
      const residual = residualOf(job, spoiled(values, at, share));
      expect(residual, `number ${at}`).toBeGreaterThan(residualMax(job));
    }
  });

  it.each(jobsIn(dtype).filter(({ op }) => !op.endsWith('Entropy')))(
    'of $op shows zeros',
    (job) => {
      const { values } = compute(job);
      expect(residualOf(job, values.slice().fill(0))).toBeGreaterThan(residualMax(job));
    },
  );
});

describe('the residual', () => {
  it.each([1e-150, 1e150])('does not depend on the unit %d', (unit) => {
    for (const job of jobsIn('f64')) {
      if (!('data' in job) || job.op === 'covariance') continue;
      const scaled = { ...job, data: job.data.map((value) => value * unit) };
      expect(compute(scaled as TensorJob).residual).toBeLessThanOrEqual(residualMax(job));
    }
  });

  it('of swapped rows shows, although all their sums are right', () => {
    const job = jobsIn('f64')[0]!;
    const { values } = compute(job);
    const swapped = values.slice();
    swapped.set(values.subarray(0, n), n);
    swapped.set(values.subarray(n, 2 * n), 0);
    expect(residualOf(job, swapped)).toBeGreaterThan(residualMax(job));
  });

  it('of shifted columns shows, although the sums of all rows are right', () => {
    const job = jobsIn('f64')[0]!;
    const { values } = compute(job);
    const shifted = values.map((_, i) => values[i % n === 0 ? i + n - 1 : i - 1]!);
    expect(residualOf(job, shifted)).toBeGreaterThan(residualMax(job));
  });

  it('of eigenvalues shows that two are wrong, although their sum is right', () => {
    for (const job of jobsIn('f64').filter(({ op }) => op.startsWith('eigen'))) {
      const values = compute(job).values.slice();
      const last = job.op === 'eigenGeneral' ? values.length - 2 : n - 1;
      values[0]! += 0.01;
      values[last]! -= 0.01;
      expect(residualOf(job, values)).toBeGreaterThan(residualMax(job));
    }
  });

  it.each([
    ['more than all bits', [4.1, 1.025]],
    ['less than none', [-0.1, -0.025]],
    ['a ratio of its own', [3, 0.7]],
  ])('of a spectral entropy shows %s', (_, values) => {
    const data = new Float64Array(32).map((_, i) => i);
    const job: TensorJob = { op: 'spectralEntropy', dtype: 'f64', shape: [32], data };
    expect(residualOf(job, Float64Array.from(values))).toBeGreaterThan(residualMax(job));
    expect(residualOf(job, Float64Array.of(3, 0.75))).toBe(0);
  });

  it('of a density shows less entropy than its purity allows', () => {
    const data = filled(4, 4, (i, j) => (i === j ? 1 : 0));
    const job: TensorJob = { op: 'vonNeumannEntropy', dtype: 'f64', shape: [4, 4], data };
    expect(residualOf(job, Float64Array.of(2, 1))).toBeLessThan(residualMax(job));
    expect(residualOf(job, Float64Array.of(1.9, 0.95))).toBeCloseTo(0.1, 12);
  });

  it('of a profile shows numbers out of their bounds', () => {
    const operand = { shape: [2, 1], data: Float64Array.of(1, 2) };
    const job: TensorJob = {
      op: 'driftProfile',
      dtype: 'f64',
      reference: operand,
      current: operand,
    };
    const residual = (...values: number[]) => residualOf(job, Float64Array.from(values));
    expect(residual(-9, 1, 1, 3)).toBe(0);
    expect(residual(0, 1.5, 0, 0)).toBe(0.5);
    expect(residual(0, 0, 1.25, 0)).toBe(0.25);
    expect(residual(0, 0, -0.5, 0)).toBe(0.5);
    expect(residual(0, 0, 0, -2)).toBe(2);
  });

  it('of zeros is zero', () => {
    const data = new Float64Array(n * n);
    for (const op of ['eigenSymmetric', 'eigenGeneral', 'singularValues'] as const) {
      expect(compute({ op, dtype: 'f64', shape: [n, n], data }).residual).toBe(0);
    }
  });
});
