/** Matrices on a grid of whole blocks: what is added is zero, and adds nothing to a product. */
import { blockSize } from './matmul-wgsl.ts';

export const padded = (size: number): number => Math.ceil(size / blockSize) * blockSize;

/** Row-major numbers with zeros on the right and below; the same ones when nothing is missing. */
export function withPadding(data: Float32Array, rows: number, columns: number): Float32Array {
  const [tall, wide] = [padded(rows), padded(columns)];
  if (tall === rows && wide === columns) return data;
  const all = new Float32Array(tall * wide);
  for (let row = 0; row < rows; row += 1) {
    all.set(data.subarray(row * columns, (row + 1) * columns), row * wide);
  }
  return all;
}

export function withoutPadding(all: Float32Array, rows: number, columns: number): Float32Array {
  const wide = padded(columns);
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    data.set(all.subarray(row * wide, row * wide + columns), row * columns);
  }
  return data;
}
