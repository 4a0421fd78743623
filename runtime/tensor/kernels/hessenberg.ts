/** Balanced Hessenberg form of a square matrix, with the same eigenvalues. */
import { type RowStep, reflect, turnRow } from './reflections.ts';

/**
 * Scales rows and columns against each other by powers of two, which round nothing, until their
 * lengths are alike: eigenvalues of badly scaled matrices keep their digits.
 * @see B. Parlett and C. Reinsch, Balancing a matrix for calculation of eigenvalues, 1969.
 */
export function balance(matrix: Float64Array, order: number): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 0; i < order; i += 1) {
      const factor = balanceFactor(matrix, order, i);
      if (factor === 1) continue;
      changed = true;
      for (let j = 0; j < order; j += 1) matrix[i * order + j]! /= factor;
      for (let j = 0; j < order; j += 1) matrix[j * order + i]! *= factor;
    }
  }
}

/** What column i is multiplied and row i divided by; 1 when that would gain little. */
function balanceFactor(matrix: Float64Array, order: number, i: number): number {
  let row = 0;
  let column = 0;
  for (let j = 0; j < order; j += 1) {
    if (j === i) continue;
    row += Math.abs(matrix[i * order + j]!);
    column += Math.abs(matrix[j * order + i]!);
  }
  if (row === 0 || column === 0) return 1;
  let factor = 1;
  let grown = column;
  for (; grown < row / 2; grown *= 4) factor *= 2;
  for (; grown >= row * 2; grown /= 4) factor /= 2;
  return (grown + row) / factor < 0.95 * (column + row) ? factor : 1;
}

/** Overwrites the matrix; below the first subdiagonal all is 0. */
export function toHessenberg(matrix: Float64Array, order: number): void {
  const u = new Float64Array(order);
  let across = new Float64Array(order);
  let gathered = new Float64Array(order);
  for (let k = 0; k + 2 < order; k += 1) {
    for (let i = k + 1; i < order; i += 1) u[i] = matrix[i * order + k]!;
    const { target, half } = reflect(u, k + 1, order);
    if (k === 0) firstProduct(matrix, order, gathered);
    const at = (k + 1) * order;
    for (let j = k + 1; j < order; j += 1) {
      gathered[j] = half === 0 ? 0 : (gathered[j]! - target * matrix[at + j]!) / half;
    }
    [across, gathered] = [gathered, across];
    gathered.fill(0);
    const step: RowStep = { columns: order, from: k + 1, across, right: u, half, gathered };
    for (let i = 0; i <= k; i += 1) turnRow(matrix, i, 0, step, false);
    for (let i = k + 1; i < order; i += 1) turnRow(matrix, i, u[i]!, step, i > k + 1);
    matrix[at + k] = target;
    for (let i = k + 2; i < order; i += 1) matrix[i * order + k] = 0;
  }
}

/** Product of the first column, without its first number, with the rows below the first. */
function firstProduct(matrix: Float64Array, order: number, product: Float64Array): void {
  for (let i = 1; i < order; i += 1) {
    const x = matrix[i * order]!;
    for (let j = 1; j < order; j += 1) product[j]! += x * matrix[i * order + j]!;
  }
}
