/**
 * Residuals of products, by one random vector.
 * @see R. Freivalds, Probabilistic machines can use less running time, 1977.
 */
import type { MatmulJob, SingleTensorJob, TensorData } from '../../../config/tensor-job.ts';
import { centred } from './covariance.ts';
import type { Factor, ProductShape } from './panels.ts';
import { largestOf, powerOfTwoBelow } from './scaling.ts';

/** 1 or -1, as a hash of the index decides: the same vector on every machine. */
export function signAt(index: number): number {
  const mixed = Math.imul(index + 1, 0x9e3779b1);
  return ((mixed ^ (mixed >>> 15)) & 1) === 0 ? 1 : -1;
}

/** An error as a share; no error is no share of anything. */
export const shareOf = (error: number, whole: number): number => (error === 0 ? 0 : error / whole);

export function productResidual({ a, b }: MatmulJob, values: TensorData): number {
  const [rows = 0, terms = 0] = a.shape;
  const columns = b.shape[1]!;
  const left: Factor = { data: a.data, rowStep: terms, columnStep: 1 };
  const right: Factor = { data: b.data, rowStep: columns, columnStep: 1 };
  return factorResidual(left, right, { rows, terms, columns }, (i, j) => values[i * columns + j]!);
}

export function covarianceResidual(
  job: Extract<SingleTensorJob, { op: 'covariance' }>,
  values: TensorData,
): number {
  const [rows = 0, columns = 0] = job.shape;
  const data = centred(job);
  // A variable that does not vary has no length; only its correlation with itself is 1.
  const flat = new Uint8Array(columns).fill(job.correlation ? 1 : 0);
  data.forEach((value, index) => {
    if (value !== 0) flat[index % columns] = 0;
  });
  const freedom = job.correlation ? 1 : rows - 1;
  return factorResidual(
    { data, rowStep: 1, columnStep: columns },
    { data, rowStep: columns, columnStep: 1 },
    { rows: columns, terms: rows, columns },
    (i, j) =>
      i === j && flat[i] === 1 ? values[i * columns + j]! - 1 : values[i * columns + j]! * freedom,
  );
}

function factorResidual(
  left: Factor,
  right: Factor,
  { rows, terms, columns }: ProductShape,
  resultAt: (i: number, j: number) => number,
): number {
  const leftScale = powerOfTwoBelow(largestOf(left.data));
  const rightScale = powerOfTwoBelow(largestOf(right.data));
  const through = new Float64Array(terms);
  let square = 0;
  for (let k = 0; k < terms; k += 1) {
    let sum = 0;
    for (let j = 0; j < columns; j += 1) {
      const value = right.data[k * right.rowStep + j * right.columnStep]! / rightScale;
      sum += value * signAt(j);
      square += value * value;
    }
    through[k] = sum;
  }
  let worst = 0;
  for (let i = 0; i < rows; i += 1) {
    let [expected, length, got] = [0, 0, 0];
    for (let k = 0; k < terms; k += 1) {
      const value = left.data[i * left.rowStep + k * left.columnStep]! / leftScale;
      expected += value * through[k]!;
      length += value * value;
    }
    for (let j = 0; j < columns; j += 1) {
      got += (resultAt(i, j) / leftScale / rightScale) * signAt(j);
    }
    worst = Math.max(worst, shareOf(Math.abs(got - expected), Math.sqrt(length * square)));
  }
  return worst;
}
