/** Residuals of eigenvalues and singular values, by what they have to add up to. */
import type { SingleTensorJob, TensorData } from '../../../config/tensor-job.ts';
import { shareOf, signAt } from './residual-product.ts';
import { scaled } from './scaling.ts';

type JobOf<Op> = Extract<SingleTensorJob, { op: Op }>;

export function symmetricResidual(job: JobOf<'eigenSymmetric'>, result: TensorData): number {
  const order = job.shape[0]!;
  const { values: matrix, scale } = scaled(job.data);
  let [trace, square, sum, squares] = [0, 0, 0, 0];
  for (let i = 0; i < order; i += 1) {
    const diagonal = matrix[i * (order + 1)]!;
    const value = result[i]! / scale;
    trace += diagonal;
    sum += value;
    square += diagonal * diagonal;
    squares += value * value;
    for (let j = 0; j < i; j += 1) square += 2 * matrix[i * order + j]! * matrix[i * order + j]!;
  }
  return Math.max(
    shareOf(Math.abs(trace - sum), Math.sqrt(order * square)),
    shareOf(Math.abs(square - squares), square),
    job.vectors ? vectorResidual(matrix, order, scale, result, Math.sqrt(square)) : 0,
  );
}

/** A V x against V L x for one x of 1 and -1, and the length of V x, which turning leaves alone. */
function vectorResidual(
  matrix: Float64Array,
  order: number,
  scale: number,
  result: TensorData,
  length: number,
): number {
  const mixed = new Float64Array(order);
  const stretched = new Float64Array(order);
  for (let i = 0; i < order; i += 1) {
    const value = result[i]! / scale;
    for (let j = 0; j < order; j += 1) {
      const part = result[(i + 1) * order + j]! * signAt(i);
      mixed[j]! += part;
      stretched[j]! += value * part;
    }
  }
  let [error, square] = [0, 0];
  for (let i = 0; i < order; i += 1) {
    let image = 0;
    for (let j = 0; j < order; j += 1) {
      // The lower triangle alone counts.
      image += (j <= i ? matrix[i * order + j]! : matrix[j * order + i]!) * mixed[j]!;
    }
    error += (image - stretched[i]!) * (image - stretched[i]!);
    square += mixed[i]! * mixed[i]!;
  }
  return Math.max(shareOf(Math.sqrt(error / order), length), Math.abs(square - order) / order);
}

export function generalResidual(job: JobOf<'eigenGeneral'>, result: TensorData): number {
  const order = job.shape[0]!;
  const { values: matrix, scale } = scaled(job.data);
  let [trace, traceOfSquare, square, sum, squares] = [0, 0, 0, 0, 0];
  for (let i = 0; i < order; i += 1) {
    trace += matrix[i * (order + 1)]!;
    const real = result[2 * i]! / scale;
    const imaginary = result[2 * i + 1]! / scale;
    sum += real;
    squares += real * real - imaginary * imaginary;
    for (let j = 0; j < order; j += 1) {
      const value = matrix[i * order + j]!;
      square += value * value;
      traceOfSquare += value * matrix[j * order + i]!;
    }
  }
  return Math.max(
    shareOf(Math.abs(trace - sum), Math.sqrt(order * square)),
    shareOf(Math.abs(traceOfSquare - squares), square),
  );
}

export function singularResidual(job: JobOf<'singularValues'>, result: TensorData): number {
  const { values: matrix, scale } = scaled(job.data);
  let [square, squares] = [0, 0];
  for (const value of matrix) square += value * value;
  for (const value of result) squares += (value / scale) * (value / scale);
  return shareOf(Math.abs(square - squares), square);
}
