import { describe, expect, it } from 'vitest';
import { checkJob, type TensorJob, tensorJobSchema } from '../../config/tensor-job.ts';
import { symmetryTolerance } from '../../config/tensor-numbers.ts';
import { tensorLimits } from '../../config/tensor-shapes.ts';
import { bytesOf } from '../../config/tensor-sizes.ts';

const f64 = (...numbers: number[]) => Float64Array.of(...numbers);
const zeros = (...shape: number[]) => ({
  shape,
  data: new Float64Array(shape.reduce((a, b) => a * b, 1)),
});

const matmul = { op: 'matmul', dtype: 'f64', a: zeros(2, 3), b: zeros(3, 4) };
const symmetric = { op: 'eigenSymmetric', dtype: 'f64', shape: [2, 2], data: f64(2, 1, 1, 2) };
const weights = { op: 'shannonEntropy', dtype: 'f64', shape: [3], data: f64(1, 0, 3) };
const drift = { op: 'driftProfile', dtype: 'f64', reference: zeros(4, 2), current: zeros(1, 2) };
const batch = { op: 'batch', of: 'singularValues', dtype: 'f64', ...zeros(5, 3, 2) };
const products = { op: 'batch', of: 'matmul', dtype: 'f64', a: zeros(5, 3, 2), b: zeros(5, 2, 1) };

const issuesOf = (job: unknown, bytesMax?: number) => {
  const check = checkJob(job, { bytesMax });
  return check.ok ? [] : check.issues.map(({ path, message }) => `${path}: ${message}`);
};

describe('a job', () => {
  it.each([
    matmul,
    symmetric,
    weights,
    drift,
    batch,
    products,
    { op: 'covariance', dtype: 'f64', ...zeros(2, 1), correlation: true },
    { op: 'eigenGeneral', dtype: 'f32', shape: [1, 1], data: Float32Array.of(7) },
    { op: 'singularValues', dtype: 'f64', ...zeros(1, 2_048) },
    { op: 'spectralEntropy', dtype: 'f64', ...zeros(2) },
    { op: 'vonNeumannEntropy', dtype: 'f64', shape: [2, 2], data: f64(1, 0, 0, 0) },
    { ...symmetric, vectors: true },
    { op: 'batch', of: 'eigenSymmetric', dtype: 'f64', ...zeros(2, 3, 3), vectors: true },
  ])('of op $op is admitted in its plainest form', (job) => {
    expect(issuesOf(job)).toEqual([]);
    expect(checkJob(job)).toEqual({ ok: true, bytes: bytesOf(job as TensorJob) });
  });

  it('may share its memory', () => {
    const data = new Float64Array(new SharedArrayBuffer(32));
    expect(issuesOf({ ...symmetric, data })).toEqual([]);
  });

  it('keeps its buffers: nothing is copied by a check', () => {
    const parsed = tensorJobSchema.parse(symmetric);
    expect('data' in parsed && parsed.data).toBe(symmetric.data);
  });
});

describe('the form of a job', () => {
  it.each([
    ['no job', undefined],
    ['an unknown operation', { ...symmetric, op: 'inverse' }],
    ['an unknown precision', { ...symmetric, dtype: 'f16' }],
    ['no data', { op: 'eigenSymmetric', dtype: 'f64', shape: [2, 2] }],
    ['plain lists', { ...symmetric, data: [2, 1, 1, 2] }],
    ['whole numbers', { ...symmetric, data: Int32Array.of(2, 1, 1, 2) }],
    ['a wrong name', { ...symmetric, vector: true }],
    ['an option of another operation', { ...weights, vectors: true }],
    ['an option of another operation in a batch', { ...batch, vectors: true }],
    ['a batch of batches', { ...batch, of: 'batch' }],
    ['a batch of profiles', { ...batch, of: 'driftProfile' }],
    ['a product with one factor', { op: 'matmul', dtype: 'f64', a: zeros(2, 2) }],
    ['a size of 0', { ...symmetric, shape: [0, 0], data: f64() }],
    ['a broken size', { ...symmetric, shape: [2.5, 2] }],
    ['a negative size', { ...symmetric, shape: [-2, -2] }],
    ['four dimensions', { ...symmetric, shape: [1, 1, 2, 2] }],
  ])('is refused with %s', (_, job) => {
    expect(issuesOf(job)).not.toEqual([]);
  });
});

describe('the shape of a job', () => {
  const { elementCountMax, productOrderMax, decompositionOrderMax } = tensorLimits;
  it.each([
    ['of another precision', { ...symmetric, dtype: 'f32' }, /^data: Expected a Float32Array/],
    ['with data missing', { ...symmetric, data: f64(1, 2, 3) }, /^data: Expected 4 .* got 3/],
    ['with data left over', { ...batch, data: new Float64Array(31) }, /^data: Expected 30/],
    ['of one dimension', { ...symmetric, shape: [4] }, /^shape: Expected 2 dimensions, got \[4\]/],
    ['of a series in rows', { ...weights, shape: [1, 3] }, /^shape: Expected 1 dimensions/],
    ['of a batch without count', { ...batch, shape: [5, 6] }, /^shape: Expected 3 dimensions/],
    ['not square', { ...symmetric, ...zeros(2, 3) }, /^shape: Expected a square .* \[2, 3\]/],
    ['of items not square', { ...batch, of: 'eigenGeneral' }, /^shape: Expected a square/],
    ['of factors that do not fit', { ...matmul, b: zeros(4, 3) }, /^b.shape: Expected 3 rows/],
    ['of uneven batches', { ...products, b: zeros(4, 2, 1) }, /^b.shape: Expected a batch of 5/],
    ['of one observation', { op: 'covariance', dtype: 'f64', ...zeros(1, 3) }, /^shape: .* 2 obs/],
    ['of one value', { op: 'spectralEntropy', dtype: 'f64', ...zeros(1) }, /^shape: .* 2 values/],
    ['of other variables', { ...drift, current: zeros(4, 3) }, /^current.shape: Expected 2 var/],
    ['of a lone reference', { ...drift, reference: zeros(1, 2) }, /^reference.shape: Expected at/],
  ])('is refused when it is %s', (_, job, message) => {
    expect(issuesOf(job)).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ['numbers', { ...matmul, a: { shape: [elementCountMax + 1, 1], data: f64(1) } }],
    ['rows of a factor', { ...matmul, a: zeros(productOrderMax + 1, 1), b: zeros(1, 1) }],
    ['columns of a factor', { ...matmul, a: zeros(1, 1), b: zeros(1, productOrderMax + 1) }],
    ['variables', { op: 'covariance', dtype: 'f64', ...zeros(2, productOrderMax + 1) }],
    [
      'rows of a decomposition',
      { op: 'singularValues', dtype: 'f64', ...zeros(decompositionOrderMax + 1, 1) },
    ],
    [
      'columns of a decomposition',
      { op: 'singularValues', dtype: 'f64', ...zeros(1, decompositionOrderMax + 1) },
    ],
    [
      'values of a series',
      { op: 'spectralEntropy', dtype: 'f64', ...zeros(tensorLimits.signalLengthMax + 1) },
    ],
    ['items of a batch', { ...batch, ...zeros(tensorLimits.batchCountMax + 1, 1, 1) }],
    ['an absurd size', { ...symmetric, shape: [1e9, 1e9] }],
  ])('is refused with too many %s', (_, job) => {
    expect(issuesOf(job)).toEqual([expect.stringMatching(/shape: Expected at most \d+/)]);
  });

  it.each([
    { op: 'singularValues', dtype: 'f64', ...zeros(decompositionOrderMax, 1) },
    { ...matmul, a: zeros(productOrderMax, 1), b: zeros(1, 2) },
    { op: 'spectralEntropy', dtype: 'f64', ...zeros(tensorLimits.signalLengthMax) },
    { ...batch, ...zeros(tensorLimits.batchCountMax, 1, 1) },
  ])('is admitted at the limit: $op', (job) => {
    expect(issuesOf(job)).toEqual([]);
  });
});

describe('the numbers of a job', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'may not be %s',
    (x) => {
      const b = { shape: [3, 4], data: new Float64Array(12).fill(1) };
      b.data[11] = x;
      const message = `b.data: Expected finite numbers, got ${x} at index 11.`;
      expect(issuesOf({ ...matmul, b })).toEqual([message]);
      expect(issuesOf({ ...symmetric, data: f64(1, 2, x, 3) })).toEqual([
        expect.stringContaining('at index 2'),
      ]);
    },
  );

  it('are found wherever they stand, however many there are', () => {
    for (let length = 1; length <= 9; length += 1) {
      for (let at = 0; at < length; at += 1) {
        const data = new Float64Array(length).fill(Number.MAX_VALUE);
        data[at] = Number.NaN;
        const message = `data: Expected finite numbers, got NaN at index ${at}.`;
        expect(issuesOf({ ...weights, shape: [length], data })).toEqual([message]);
      }
    }
  });

  it.each(['f64', 'f32'] as const)('are symmetric to within the tolerance of %s', (dtype) => {
    const order = 20;
    const data = new (dtype === 'f64' ? Float64Array : Float32Array)(order * order).fill(4);
    const job = { op: 'eigenSymmetric', dtype, shape: [order, order], data };
    data[17 * order + 3] = 4 * (1 + symmetryTolerance[dtype] / 2);
    expect(issuesOf(job)).toEqual([]);
    data[17 * order + 3] = 4 * (1 + symmetryTolerance[dtype] * 2);
    const message = /^data: Expected a symmetric matrix, got 4.0\d+ and 4 at \[17, 3\] and its/;
    expect(issuesOf(job)).toEqual([expect.stringMatching(message)]);
    expect(issuesOf({ ...job, op: 'eigenGeneral' })).toEqual([]);
    expect(issuesOf({ ...job, op: 'vonNeumannEntropy' })).toHaveLength(1);
  });

  it('are symmetric in every item of a batch', () => {
    const data = f64(1, 2, 2, 1, 1, 2, 3, 1);
    const job = { op: 'batch', of: 'eigenSymmetric', dtype: 'f64', shape: [2, 2, 2], data };
    expect(issuesOf(job)).toEqual([expect.stringMatching(/\[1, 0\] and its mirror in item 1\.$/)]);
  });

  it.each([
    ['negative weights', { ...weights, data: f64(1, -1e-300, 3) }, /got -1e-300 at index 1/],
    ['weights without a sum', { ...weights, data: f64(0, 0, 0) }, /a finite sum above 0, got 0/],
    ['an endless sum', { ...weights, data: f64(1e308, 1e308, 0) }, /above 0, got Infinity/],
    [
      'a density without a trace',
      { ...symmetric, op: 'vonNeumannEntropy', data: f64(1, 0, 0, -1) },
      /a trace above 0, got 0/,
    ],
  ])('may not be %s', (_, job, message) => {
    expect(issuesOf(job)).toEqual([expect.stringMatching(message)]);
  });
});

describe('the bytes of a job', () => {
  it('hold its operands, its result and its working memory', () => {
    const data = new Float64Array(200 * 200);
    const job = { op: 'eigenSymmetric', dtype: 'f64', shape: [200, 200], data } as const;
    expect(bytesOf(job)).toBeGreaterThan(2 * data.byteLength);
    expect(bytesOf({ ...job, vectors: true })).toBeGreaterThan(5 * data.byteLength);
    expect(bytesOf({ op: 'batch', of: 'matmul', dtype: 'f64', ...pair(50) })).toBeLessThan(
      50 * bytesOf({ op: 'matmul', dtype: 'f64', a: zeros(3, 3), b: zeros(3, 3) }),
    );
  });

  it('are held against a budget, the last byte included', () => {
    const check = checkJob(symmetric);
    const bytes = check.ok ? check.bytes : 0;
    expect(issuesOf(symmetric, bytes)).toEqual([]);
    const message = `: Expected a job that holds at most ${bytes - 1} bytes, got ${bytes}.`;
    expect(issuesOf(symmetric, bytes - 1)).toEqual([message]);
  });

  it('are judged before the numbers are read', () => {
    const job = { ...symmetric, data: f64(Number.NaN, 0, 0, 0) };
    expect(issuesOf(job, 1)).toEqual([expect.stringContaining('at most 1 bytes')]);
  });
});

const pair = (count: number) => ({ a: zeros(count, 3, 3), b: zeros(count, 3, 3) });
