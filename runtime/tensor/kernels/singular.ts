/**
 * Singular values through the bidiagonal form, never through A'A, which would lose half the digits.
 * Computed in f64 for either precision.
 */
import type { TensorData } from '../../../config/tensor-job.ts';
import { diagonalize } from './implicit-ql.ts';
import { type RowStep, reflect, turnRow } from './reflections.ts';
import { scaled } from './scaling.ts';

/** Singular values in descending order. */
export function singularValues(data: TensorData, rows: number, columns: number): Float64Array {
  const { values, scale } = scaled(data);
  const isTall = rows >= columns;
  const tall = isTall ? values : transposed(values, rows, columns);
  const count = Math.min(rows, columns);
  const { diagonal, above } = bidiagonalize(tall, Math.max(rows, columns), count);
  // The bidiagonal form B has the singular values of A, and [0 B'; B 0] has them as eigenvalues,
  // each with both signs. Its rows can be ordered so that it is tridiagonal with a zero diagonal.
  const both = new Float64Array(2 * count);
  const beside = new Float64Array(2 * count);
  for (let i = 0; i < count; i += 1) {
    beside[2 * i + 1] = diagonal[i]!;
    if (i + 1 < count) beside[2 * i + 2] = above[i]!;
  }
  diagonalize(both, beside);
  const largest = both.sort().subarray(count).reverse();
  return largest.map((value) => Math.max(0, value) * scale);
}

function transposed(data: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(data.length);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) result[j * rows + i] = data[i * columns + j]!;
  }
  return result;
}

interface Bidiagonal {
  readonly diagonal: Float64Array;
  /** `above[i]` is right of `diagonal[i]`. */
  readonly above: Float64Array;
}

/** Reduces a matrix with at least as many rows as columns; overwrites it. */
function bidiagonalize(matrix: Float64Array, rows: number, columns: number): Bidiagonal {
  const diagonal = new Float64Array(columns);
  const above = new Float64Array(columns);
  const left = new Float64Array(rows);
  const right = new Float64Array(columns);
  let across: Float64Array = new Float64Array(columns);
  let gathered = firstProduct(matrix, rows, columns);
  for (let k = 0; k < columns; k += 1) {
    for (let i = k; i < rows; i += 1) left[i] = matrix[i * columns + k]!;
    const fromLeft = reflect(left, k, rows);
    diagonal[k] = fromLeft.target;
    if (k + 1 === columns) break;
    const at = k * columns;
    const { target, half } = fromLeft;
    for (let j = k + 1; j < columns; j += 1) {
      gathered[j] = half === 0 ? 0 : (gathered[j]! - target * matrix[at + j]!) / half;
      right[j] = matrix[at + j]! - left[k]! * gathered[j]!;
    }
    [across, gathered] = [gathered, across];
    const fromRight = reflect(right, k + 1, columns);
    above[k] = fromRight.target;
    gathered.fill(0);
    const step: RowStep = { columns, from: k + 1, across, right, half: fromRight.half, gathered };
    for (let i = k + 1; i < rows; i += 1) turnRow(matrix, i, left[i]!, step, true);
  }
  return { diagonal, above };
}

/** Product of the first column with the rows. */
function firstProduct(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const product = new Float64Array(columns);
  for (let i = 0; i < rows; i += 1) {
    const x = matrix[i * columns]!;
    for (let j = 1; j < columns; j += 1) product[j]! += x * matrix[i * columns + j]!;
  }
  return product;
}
