/** Eigenvalues of symmetric matrices, and their vectors. Computed in f64 for either precision. */
import type { TensorData } from '../../../config/tensor-job.ts';
import { diagonalize } from './implicit-ql.ts';
import { scaled } from './scaling.ts';
import { reflectionRows, tridiagonalize } from './tridiagonal.ts';

/** Eigenvalues in ascending order. Only the lower triangle is read. */
export function symmetricValues(data: TensorData, order: number): Float64Array {
  const { values, scale } = scaled(data);
  const { diagonal, offDiagonal } = tridiagonalize(values, order);
  diagonalize(diagonal, offDiagonal);
  return diagonal.sort().map((value) => value * scale);
}

/**
 * The values as row 0, and the unit vector of value i as row i + 1. The largest number of each
 * vector is positive, the first of several, because a vector is known only up to its sign.
 */
export function symmetricVectors(data: TensorData, order: number): Float64Array {
  const { values: matrix, scale } = scaled(data);
  const form = tridiagonalize(matrix, order);
  const rows = reflectionRows(matrix, order, form);
  const { diagonal, offDiagonal } = form;
  diagonalize(diagonal, offDiagonal, rows);
  const ascending = Array.from(diagonal.keys()).sort(
    (a, b) => diagonal[a]! - diagonal[b]! || a - b,
  );
  const result = new Float64Array((order + 1) * order);
  for (const [place, index] of ascending.entries()) {
    result[place] = diagonal[index]! * scale;
    const vector = rows.subarray(index * order, (index + 1) * order);
    const sign = signOf(vector);
    for (let j = 0; j < order; j += 1) result[(place + 1) * order + j] = sign * vector[j]!;
  }
  return result;
}

function signOf(vector: Float64Array): number {
  let largest = 0;
  for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest < 0 ? -1 : 1;
}
