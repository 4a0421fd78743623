/**
 * numpy judges every kernel on random and on ill-conditioned matrices. `KINTSUGI_RUNS=full` takes
 * ten times as many.
 *
 * Tolerances, as shares of the largest value of the matrix: eigenvalues and singular values
 * (n + 4) 2^-51 in f64, and one rounding, 2^-24, more in f32; a general eigenvalue belongs to a
 * matrix that is off by at most (n + 4) 2^-50. Entropies: 1e-12 bits in f64, 1e-6 in f32.
 */
import { describe, expect } from 'vitest';
import { checkJob, type TensorDtype, type TensorJob } from '../../../../config/tensor-job.ts';
import { compute } from '../../../../runtime/tensor/kernels/compute.ts';
import { residualMax } from '../../../../runtime/tensor/kernels/residual.ts';
import {
  type Draw,
  drawer,
  filled,
  inPrecision,
  kinds,
  naiveProduct,
  symmetrized,
} from '../../../support/matrices.ts';
import { askNumpy, needsNumpy, type Question } from '../../../support/numpy.ts';

const seedCount = process.env.KINTSUGI_RUNS === 'full' ? 10 : 1;
const orders = [1, 2, 3, 4, 6, 9, 16, 25, 33];
const dtypes: readonly TensorDtype[] = ['f64', 'f32'];
const it = needsNumpy();

interface Case {
  readonly name: string;
  readonly order: number;
  readonly data: Float64Array;
  readonly draw: Draw;
}

const cases: readonly Case[] = Array.from({ length: seedCount }, (_, seed) =>
  Object.entries(kinds).flatMap(([kind, make], row) =>
    orders.map((order) => {
      const draw = drawer(1_000 * seed + 50 * row + order);
      return { name: `${kind} ${order} seed ${seed}`, order, data: make(order, draw), draw };
    }),
  ),
).flat();

/** Each job is admitted, computed within its residual, and answered by numpy. */
function judged(jobs: readonly TensorJob[], ask = (job: TensorJob): Question => job) {
  const answers = askNumpy(jobs.map(ask));
  return jobs.map((job, index) => {
    const { path, message } = { path: '', message: '', ...issueOf(job) };
    expect(`${index} ${path} ${message}`.trim()).toBe(`${index}`);
    const outcome = compute(job);
    expect(outcome.residual, `residual of job ${index}`).toBeLessThanOrEqual(residualMax(job));
    return { values: Array.from(outcome.values), expected: answers[index]! };
  });
}

function issueOf(job: TensorJob) {
  const check = checkJob(job);
  return check.ok ? undefined : check.issues[0];
}

const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs));

const unit = { f64: 2 ** -52, f32: 2 ** -24 };

/** The largest difference as a share of the largest value. */
function errorOf(values: readonly number[], expected: readonly number[]): number {
  expect(values.length).toBe(expected.length);
  const error = largest(values.map((value, i) => value - expected[i]!));
  return error === 0 ? 0 : error / largest(expected);
}

const bound = (dtype: TensorDtype, order: number) =>
  2 * (order + 4) * unit.f64 + (dtype === 'f32' ? unit.f32 : 0);

describe.each(dtypes)('numpy agrees in %s', (dtype) => {
  const square = (order: number, data: ArrayLike<number>) => ({
    dtype,
    shape: [order, order],
    data: inPrecision(dtype, data),
  });

  it.each([
    ['eigenSymmetric', (one: Case) => symmetrized(one.order, one.data)],
    ['singularValues', (one: Case) => one.data],
  ] as const)('on %s', (op, dataOf) => {
    const jobs = cases.map((one): TensorJob => ({ op, ...square(one.order, dataOf(one)) }));
    for (const [index, { values, expected }] of judged(jobs).entries()) {
      const { name, order } = cases[index]!;
      expect(errorOf(values, expected), name).toBeLessThanOrEqual(bound(dtype, order));
    }
  });

  it('on singular values of tall and of wide matrices', () => {
    const shapes = [3, 17, 40].flatMap((m) =>
      [1, 5, 16].flatMap((n) => [
        [m, n],
        [n, m],
      ]),
    );
    const jobs = shapes.map(([m = 0, n = 0]): TensorJob => {
      const draw = drawer(m * 100 + n);
      return {
        op: 'singularValues',
        dtype,
        shape: [m, n],
        data: inPrecision(dtype, filled(m, n, draw)),
      };
    });
    for (const { values, expected } of judged(jobs)) {
      expect(errorOf(values, expected)).toBeLessThanOrEqual(bound(dtype, 40));
    }
  });

  it('that general eigenvalues belong to a matrix nearby, and that none is missing', () => {
    const jobs = cases.map(
      (one): TensorJob => ({ op: 'eigenGeneral', ...square(one.order, one.data) }),
    );
    const pairsOf = (job: TensorJob) => {
      const { values } = compute(job);
      return Array.from({ length: values.length / 2 }, (_, i) => [
        values[2 * i]!,
        values[2 * i + 1]!,
      ]);
    };
    const ask = (job: TensorJob): Question =>
      'data' in job ? { ...job, op: 'backwardError', pairs: pairsOf(job) } : job;
    for (const [index, { expected }] of judged(jobs, ask).entries()) {
      const { name, order } = cases[index]!;
      const allowed = 4 * (order + 4) * unit.f64 + (dtype === 'f32' ? 2 * unit.f32 : 0);
      expect(expected[0], name).toBeLessThanOrEqual(allowed);
    }
  });

  it('on general eigenvalues of matrices that determine them well', () => {
    const even = cases.filter(({ name }) => name.startsWith('even'));
    const jobs = even.map(
      (one): TensorJob => ({ op: 'eigenGeneral', ...square(one.order, one.data) }),
    );
    const tolerance = dtype === 'f64' ? 1e-12 : 2 * unit.f32;
    for (const { values, expected } of judged(jobs)) {
      expect(errorOf(values, expected)).toBeLessThanOrEqual(tolerance);
    }
  });

  it.each(['shannonEntropy', 'spectralEntropy'] as const)('on %s', (op) => {
    const lengths = [2, 3, 7, 16, 100, 128, 365, 1_000, 1_024];
    const jobs = lengths.map((length): TensorJob => {
      const draw = drawer(length);
      const data = Float64Array.from({ length }, () => draw() ** (op === 'shannonEntropy' ? 4 : 1));
      return { op, dtype, shape: [length], data: inPrecision(dtype, data) };
    });
    for (const { values, expected } of judged(jobs)) {
      expect(Math.abs(values[0]! - expected[0]!)).toBeLessThanOrEqual(
        dtype === 'f64' ? 1e-12 : 1e-6,
      );
    }
  });

  it('on von Neumann entropies of covariances', () => {
    const wellScaled = cases.filter(({ name }) => !/badly|large|small n/.test(name));
    const jobs = wellScaled.map(({ order, data }): TensorJob => {
      const turned = filled(order, order, (i, j) => data[j * order + i]!);
      const gram = naiveProduct([order, order, order], data, turned);
      gram.forEach((_, i) => {
        if (i % (order + 1) === 0) gram[i]! += 1e-9;
      });
      return { op: 'vonNeumannEntropy', ...square(order, symmetrized(order, gram)) };
    });
    const tolerance = dtype === 'f64' ? 1e-12 : 1e-6;
    for (const [index, { values, expected }] of judged(jobs).entries()) {
      expect(Math.abs(values[0]! - expected[0]!), wellScaled[index]!.name).toBeLessThan(tolerance);
    }
  });
});

describe('numpy agrees', () => {
  it('on products of any shape, within what rounding explains', () => {
    const jobs = [1, 3, 4, 5, 8, 9, 31, 130].flatMap((m) =>
      [1, 4, 7, 16, 257, 515].flatMap((k) =>
        dtypes.map((dtype, n): TensorJob => {
          const draw = drawer(m * k);
          const columns = 1 + ((m * k) % 13) + 4 * n;
          const a = { shape: [m, k], data: inPrecision(dtype, filled(m, k, draw)) };
          const b = { shape: [k, columns], data: inPrecision(dtype, filled(k, columns, draw)) };
          return { op: 'matmul', dtype, a, b };
        }),
      ),
    );
    for (const [index, { values, expected }] of judged(jobs).entries()) {
      const job = jobs[index]!;
      const terms = job.op === 'matmul' ? job.a.shape[1]! : 0;
      const error = largest(values.map((value, i) => value - expected[i]!));
      expect(error).toBeLessThanOrEqual(terms * (job.dtype === 'f64' ? 2 ** -53 : 2 ** -24));
    }
  });

  it.each([false, true])('on covariances, as correlations: %s', (correlation) => {
    const shapes = [
      [2, 1],
      [3, 3],
      [10, 4],
      [300, 7],
      [50, 60],
    ];
    const jobs = shapes.flatMap(([rows = 0, columns = 0]) =>
      dtypes.map((dtype): TensorJob => {
        const draw = drawer(rows);
        const data = inPrecision(
          dtype,
          filled(rows, columns, (_, j) => 100 * j + draw()),
        );
        return { op: 'covariance', dtype, shape: [rows, columns], data, correlation };
      }),
    );
    for (const [index, { values, expected }] of judged(jobs).entries()) {
      const tolerance = jobs[index]!.dtype === 'f64' ? 1e-13 : 1e-5;
      expect(largest(values.map((value, i) => value - expected[i]!))).toBeLessThan(tolerance);
    }
  });

  it('on shift, spread and distance of profiles', () => {
    const jobs = [5, 40, 300].flatMap((rows) =>
      [2, 33, 500].map((more): TensorJob => {
        const draw = drawer(rows + more);
        const operand = (count: number, by: number) => ({
          shape: [count, 3],
          data: filled(count, 3, (_, j) => Math.round(50 * draw() * (1 + j * by) + 10 * by)),
        });
        const [reference, current] = [operand(rows, 0), operand(more, 0.3)];
        return { op: 'driftProfile', dtype: 'f64', reference, current };
      }),
    );
    for (const { values, expected } of judged(jobs)) {
      const profile = values.filter((_, i) => i % 4 !== 3);
      expect(errorOf(profile, expected)).toBeLessThan(1e-13);
    }
  });
});
