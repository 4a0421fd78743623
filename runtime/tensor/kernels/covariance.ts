/** Covariances and correlations of variables in columns, in the precision of the job. */
import type { TensorData } from '../../../config/tensor-job.ts';
import { multiply, type PanelKernel } from './panels.ts';
import { largestOf, powerOfTwoBelow, sumOf } from './scaling.ts';

interface Sample {
  readonly shape: readonly number[];
  readonly data: TensorData;
  readonly correlation?: boolean;
}

/**
 * The sample without its means, whose product with itself is the result, but for the division of
 * covariances by the degrees of freedom. A variable that does not vary is 0: its correlation with
 * others is 0.
 */
export function centred({ shape, data, correlation }: Sample): TensorData {
  const [rows = 0, columns = 0] = shape;
  const result = data.slice();
  const values = new Float64Array(rows);
  for (let j = 0; j < columns; j += 1) {
    for (let i = 0; i < rows; i += 1) values[i] = data[i * columns + j]!;
    const scale = centre(values);
    let square = 0;
    for (const value of values) square += value * value;
    const unit = correlation && square > 0 ? Math.sqrt(square) : 1 / scale;
    for (let i = 0; i < rows; i += 1) result[i * columns + j] = values[i]! / unit;
  }
  return result;
}

/** Takes the mean from one variable, scaled by the power of two that it returns. */
function centre(values: Float64Array): number {
  const scale = powerOfTwoBelow(largestOf(values));
  if (values.every((value) => value === values[0])) {
    // The mean of equal values would round.
    values.fill(0);
    return scale;
  }
  for (let i = 0; i < values.length; i += 1) values[i]! /= scale;
  const mean = sumOf(values) / values.length;
  for (let i = 0; i < values.length; i += 1) values[i]! -= mean;
  return scale;
}

/** Writes the symmetric matrix of all pairs; the correlation of a variable with itself is 1. */
export function covariance(sample: Sample, result: TensorData, kernel: PanelKernel): void {
  const [rows = 0, columns = 0] = sample.shape;
  const data = centred(sample);
  multiply(
    { data, rowStep: 1, columnStep: columns },
    { data, rowStep: columns, columnStep: 1 },
    { rows: columns, terms: rows, columns },
    result,
    kernel,
  );
  finish(sample, result);
}

/** Makes covariances or correlations of the product of a centred sample with itself, in place. */
export function finish({ shape, correlation }: Sample, result: TensorData): void {
  const [rows = 0, columns = 0] = shape;
  if (!correlation) {
    for (let i = 0; i < result.length; i += 1) result[i]! /= rows - 1;
    return;
  }
  for (let i = 0; i < result.length; i += 1) result[i] = Math.min(1, Math.max(-1, result[i]!));
  for (let i = 0; i < columns; i += 1) result[i * (columns + 1)] = 1;
}
