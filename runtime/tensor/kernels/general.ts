/** Eigenvalues of any square matrix. Computed in f64 for either precision. */
import type { TensorData } from '../../../config/tensor-job.ts';
import { hessenbergValues } from './double-shift.ts';
import { balance, toHessenberg } from './hessenberg.ts';
import { scaled } from './scaling.ts';

/**
 * Pairs of real and imaginary part, in descending order of the real, then of the imaginary parts.
 * Values with an imaginary part come with their conjugate.
 */
export function generalValues(data: TensorData, order: number): Float64Array {
  const { values: matrix, scale } = scaled(data);
  balance(matrix, order);
  toHessenberg(matrix, order);
  const found: [real: number, imaginary: number][] = [];
  hessenbergValues(matrix, order, (real, imaginary) => found.push([real, imaginary]));
  found.sort((a, b) => b[0] - a[0] || b[1] - a[1]);
  return Float64Array.from(found.flat(), (value) => value * scale);
}
