/** Matrices to compute with: harmless and ill-conditioned ones, the same for the same seed. */
import type { TensorData, TensorDtype } from '../../config/tensor-job.ts';
import { seededRandom } from '../../runtime/random.ts';

/** Draws evenly from -1 to 1. */
export type Draw = () => number;

export function drawer(seed: number): Draw {
  const stream = seededRandom(seed).stream('matrices');
  return () => 2 * stream.next() - 1;
}

export function filled(
  rows: number,
  columns: number,
  at: (i: number, j: number) => number,
): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, index) =>
    at(Math.floor(index / columns), index % columns),
  );
}

/** The same numbers as a job of a precision takes them. */
export const inPrecision = (dtype: TensorDtype, data: ArrayLike<number>): TensorData =>
  dtype === 'f64' ? Float64Array.from(data) : Float32Array.from(data);

export const symmetrized = (order: number, data: TensorData): Float64Array =>
  filled(order, order, (i, j) => data[Math.max(i, j) * order + Math.min(i, j)]!);

/** Plain product, one sum after the other. */
export function naiveProduct(
  [rows, terms, columns]: readonly [number, number, number],
  a: ArrayLike<number>,
  b: ArrayLike<number>,
): Float64Array {
  return filled(rows, columns, (i, j) => {
    let sum = 0;
    for (let k = 0; k < terms; k += 1) sum += a[i * terms + k]! * b[k * columns + j]!;
    return sum;
  });
}

/** A matrix of orthonormal columns: a reflection for each, multiplied. */
export function orthogonal(order: number, draw: Draw): Float64Array {
  let q = filled(order, order, (i, j) => (i === j ? 1 : 0));
  for (let k = 0; k < order; k += 1) {
    const v = Array.from({ length: order }, draw);
    const half = v.reduce((sum, x) => sum + x * x, 0) / 2;
    const h = filled(order, order, (i, j) => (i === j ? 1 : 0) - (v[i]! * v[j]!) / half);
    q = naiveProduct([order, order, order], q, h);
  }
  return q;
}

type Make = (order: number, draw: Draw) => Float64Array;

const even: Make = (order, draw) => filled(order, order, () => draw());

/** U diag(values) V' for given singular values. */
function withValues(values: (i: number, order: number) => number): Make {
  return (order, draw) => {
    const u = orthogonal(order, draw);
    const v = orthogonal(order, draw);
    const stretched = filled(order, order, (i, j) => values(j, order) * v[i * order + j]!);
    const turned = filled(order, order, (i, j) => stretched[j * order + i]!);
    return naiveProduct([order, order, order], u, turned);
  };
}

/** Square matrices by kind. */
export const kinds: Readonly<Record<string, Make>> = {
  even,
  'graded over 12 digits': withValues((i, order) => 10 ** ((-12 * i) / Math.max(1, order - 1))),
  'of half the rank': withValues((i, order) => (2 * i < order ? 1 : 0)),
  'with clustered values': withValues((i) => (i % 2 === 0 ? 1 : 1 + 1e-10)),
  'with one huge value': withValues((i) => (i === 0 ? 1e8 : 1)),
  Hilbert: (order) => filled(order, order, (i, j) => 1 / (i + j + 1)),
  Wilkinson: (order) =>
    filled(order, order, (i, j) =>
      i === j ? Math.abs(i - (order - 1) / 2) : Math.abs(i - j) === 1 ? 1 : 0,
    ),
  'badly scaled': (order, draw) =>
    filled(order, order, (i, j) => draw() * 10 ** (((8 * (i - j)) / order) | 0)),
  'large numbers': (order, draw) => filled(order, order, () => draw() * 2 ** 100),
  'small numbers': (order, draw) => filled(order, order, () => draw() * 2 ** -100),
  sparse: (order, draw) => filled(order, order, () => (draw() > 0.6 ? draw() : 0)),
  'of small whole numbers': (order, draw) => filled(order, order, () => Math.round(3 * draw())),
};
