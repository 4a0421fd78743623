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

/** As many of them. */
const signs = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, index) => signAt(index));

export function productResidual({ a, b }: MatmulJob, values: TensorData): number {
  const [rows = 0, terms = 0] = a.shape;
  const columns = b.shape[1]!;
  return factorResidual(
    { data: a.data, rowStep: terms, columnStep: 1 },
    { data: b.data, rowStep: columns, columnStep: 1 },
    { rows, terms, columns },
    values,
  );
}

export function covarianceResidual(
  job: Extract<SingleTensorJob, { op: 'covariance' }>,
  values: TensorData,
): number {
  const [rows = 0, columns = 0] = job.shape;
  const data = centred(job);
  const product = Float64Array.from(values, job.correlation ? undefined : (x) => x * (rows - 1));
  if (job.correlation) {
    // A variable that does not vary has no length; only its correlation with itself is 1.
    const lengths = new Float64Array(columns);
    for (let i = 0; i < data.length; i += 1) lengths[i % columns]! += Math.abs(data[i]!);
    for (let j = 0; j < columns; j += 1) if (lengths[j] === 0) product[j * (columns + 1)]! -= 1;
  }
  return factorResidual(
    { data, rowStep: 1, columnStep: columns },
    { data, rowStep: columns, columnStep: 1 },
    { rows: columns, terms: rows, columns },
    product,
  );
}

function factorResidual(
  left: Factor,
  right: Factor,
  { rows, terms, columns }: ProductShape,
  values: TensorData,
): number {
  const leftScale = powerOfTwoBelow(largestOf(left.data));
  const rightScale = powerOfTwoBelow(largestOf(right.data));
  const x = signs(columns);
  const through = new Float64Array(terms);
  let square = 0;
  for (let k = 0; k < terms; k += 1) {
    let sum = 0;
    for (let j = 0; j < columns; j += 1) {
      const value = right.data[k * right.rowStep + j * right.columnStep]! / rightScale;
      sum += value * x[j]!;
      square += value * value;
    }
    through[k] = sum;
  }
  let worst = 0;
  for (let i = 0; i < rows; i += 1) {
    let expected = 0;
    let length = 0;
    for (let k = 0; k < terms; k += 1) {
      const value = left.data[i * left.rowStep + k * left.columnStep]! / leftScale;
      expected += value * through[k]!;
      length += value * value;
    }
    let got = 0;
    for (let j = 0; j < columns; j += 1) {
      got += (values[i * columns + j]! / leftScale / rightScale) * x[j]!;
    }
    worst = Math.max(worst, shareOf(Math.abs(got - expected), Math.sqrt(length * square)));
  }
  return worst;
}
