/**
 * A-posteriori checks: how well a result fits its job, whoever computed it, in time that is small
 * beside the computation. 0 is perfect; `residualMax` bounds what rounding explains.
 *
 * | operation | residual |
 * |---|---|
 * | matmul, covariance | largest row of C x - A (B x), over the row's and B's lengths, for one x of 1 and -1 |
 * | eigenSymmetric | trace and sum of squares against those of the values; with vectors A V x - V L x too |
 */
import type { MatmulJob, TensorData, TensorJob } from '../../../config/tensor-job.ts';
import { type ItemJob, itemsOf, resultShapeOf } from '../../../config/tensor-sizes.ts';
import { scaled } from './scaling.ts';

/** The worst of the items. */
export function residualOf(job: TensorJob, values: TensorData): number {
  let worst = 0;
  let at = 0;
  for (const item of itemsOf(job)) {
    const size = resultShapeOf(item).reduce((a, b) => a * b, 1);
    worst = Math.max(worst, itemResidual(item, values.subarray(at, at + size)));
    at += size;
  }
  return worst;
}

function itemResidual(job: ItemJob, values: TensorData): number {
  switch (job.op) {
    case 'matmul':
      return productResidual(job, values);
    case 'eigenSymmetric':
      return eigenResidual(job.data, job.shape[0]!, values);
    default:
      throw new RangeError(`Operation '${job.op}' is not known.`);
  }
}

/** 1 or -1, as a hash of the index decides: an error that hides from one sign shows in another. */
function signAt(index: number): number {
  const mixed = Math.imul(index + 1, 0x9e3779b1);
  return ((mixed ^ (mixed >>> 15)) & 1) === 0 ? 1 : -1;
}

const ratio = (part: number, whole: number): number => (part === 0 ? 0 : part / whole);

function productResidual({ a, b }: MatmulJob, values: TensorData): number {
  const [rows = 0, terms = 0] = a.shape;
  const columns = b.shape[1]!;
  const left = scaled(a.data);
  const right = scaled(b.data);
  const through = new Float64Array(terms);
  let square = 0;
  for (let k = 0; k < terms; k += 1) {
    for (let j = 0; j < columns; j += 1) {
      const value = right.values[k * columns + j]!;
      through[k]! += value * signAt(j);
      square += value * value;
    }
  }
  let worst = 0;
  for (let i = 0; i < rows; i += 1) {
    let [expected, length, got] = [0, 0, 0];
    for (let k = 0; k < terms; k += 1) {
      const value = left.values[i * terms + k]!;
      expected += value * through[k]!;
      length += value * value;
    }
    for (let j = 0; j < columns; j += 1) got += values[i * columns + j]! * signAt(j);
    const error = Math.abs(got / left.scale / right.scale - expected);
    worst = Math.max(worst, ratio(error, Math.sqrt(length * square)));
  }
  return worst;
}

function eigenResidual(data: TensorData, order: number, result: TensorData): number {
  const { values: matrix, scale } = scaled(data);
  let [trace, square, sum, squares] = [0, 0, 0, 0];
  for (let i = 0; i < order; i += 1) {
    const diagonal = matrix[i * (order + 1)]!;
    const value = result[i]! / scale;
    trace += diagonal;
    sum += value;
    square += diagonal * diagonal;
    squares += value * value;
    for (let j = 0; j < i; j += 1) square += 2 * matrix[i * order + j]! ** 2;
  }
  return Math.max(
    ratio(Math.abs(trace - sum), Math.sqrt(order * square)),
    ratio(Math.abs(square - squares), square),
  );
}
