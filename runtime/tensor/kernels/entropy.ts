/**
 * Entropies in bits, each with its share of the largest one: 1 is even chaos, 0 is one certainty.
 * Computed in f64 for either precision.
 */

import type { SingleTensorJob, TensorData } from '../../../config/tensor-job.ts';
import { symmetryTolerance } from '../../../config/tensor-numbers.ts';
import { logarithm } from '../../../machines/policies/elementary.ts';
import { entropyBits } from './entropy-bits.ts';
import { powerSpectrum } from './fourier.ts';
import { scaled, sumOf } from './scaling.ts';
import { symmetricValues } from './symmetric.ts';

/** Entropy, and its share of the entropy of as many equal shares; 0 where only one share exists. */
export type Entropy = readonly [bits: number, ratio: number];

function entropyOf(weights: ArrayLike<number>, whole: number): Entropy {
  const bits = entropyBits(weights, whole);
  if (weights.length < 2) return [bits, 0];
  return [bits, Math.min(1, (bits * Math.LN2) / logarithm(weights.length))];
}

/** Of weights, as shares of their sum. */
export function shannonEntropy(weights: TensorData): Entropy {
  const values = scaled(weights).values;
  return entropyOf(values, sumOf(values));
}

/**
 * Of the power of a series over its frequencies, the mean left out: 1 for white noise, 0 for one
 * wave. A series that does not vary has no spectrum: 0.
 */
export function spectralEntropy(signal: TensorData): Entropy {
  const { values } = scaled(signal);
  if (values.every((value) => value === values[0])) return [0, 0];
  const mean = sumOf(values) / values.length;
  const power = powerSpectrum(values.map((value) => value - mean));
  return entropyOf(power, sumOf(power));
}

/**
 * Of the eigenvalues of a density matrix, as shares of their sum.
 *
 * @throws {RangeError} when an eigenvalue is negative by more than rounding explains.
 */
export function vonNeumannEntropy({ dtype, shape, data }: SingleTensorJob): Entropy {
  const values = symmetricValues(data, shape[0]!);
  const whole = sumOf(values);
  const least = values[0]!;
  if (least < -symmetryTolerance[dtype] * whole) {
    throw new RangeError(`Expected a density matrix without negative eigenvalues, got ${least}.`);
  }
  return entropyOf(
    values.map((value) => Math.max(0, value)),
    whole,
  );
}
