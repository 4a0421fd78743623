/** Residuals of entropies and profiles, by the bounds that their data set. */
import type { SingleTensorJob, TensorData } from '../../../config/tensor-job.ts';
import { logarithm } from '../../../machines/policies/elementary.ts';
import { scaled, sumOf } from './scaling.ts';

/** Bits below `least` or above those of `count` equal shares, and a ratio that does not fit. */
export function rangeResidual(count: number, least: number, values: TensorData): number {
  const [bits = 0, ratio = 0] = values;
  const most = logarithm(count) / Math.LN2;
  return Math.max(0, least - bits, bits - most, count < 2 ? ratio : Math.abs(ratio - bits / most));
}

/** With whole W: log W - (sum of w log w) / W. */
export function shannonResidual({ data, shape }: SingleTensorJob, values: TensorData): number {
  const { values: weights } = scaled(data);
  const whole = sumOf(weights);
  const sum = sumOf(weights.map((weight) => (weight > 0 ? weight * logarithm(weight) : 0)));
  const bits = (logarithm(whole) - sum / whole) / Math.LN2;
  const error = Math.abs(values[0]! - bits) / Math.max(1, bits);
  return Math.max(error, rangeResidual(shape[0]!, 0, values));
}

/** The purity of a density matrix bounds its entropy from below. */
export function densityResidual({ data, shape }: SingleTensorJob, values: TensorData): number {
  const order = shape[0]!;
  const { values: matrix } = scaled(data);
  let [trace, square] = [0, 0];
  for (let i = 0; i < order; i += 1) trace += matrix[i * (order + 1)]!;
  for (const value of matrix) square += value * value;
  const least = -logarithm(square / (trace * trace)) / Math.LN2;
  return rangeResidual(order, Math.max(0, least), values);
}

/** Spread and distance lie within 1; distance and stability are not negative. */
export function driftResidual(values: TensorData): number {
  let worst = 0;
  for (let at = 0; at < values.length; at += 4) {
    const [spread, distance, stability] = [values[at + 1]!, values[at + 2]!, values[at + 3]!];
    worst = Math.max(worst, Math.abs(spread) - 1, -distance, distance - 1, -stability);
  }
  return worst;
}
