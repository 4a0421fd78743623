/**
 * Scales by powers of two, which round nothing, so that no square overflows or vanishes; sums that
 * keep what rounding takes.
 */
import type { TensorData } from '../../../config/tensor-job.ts';

/** A copy in f64 whose largest number lies in [1, 2), and what it was divided by. */
export interface Scaled {
  readonly values: Float64Array;
  readonly scale: number;
}

export function largestOf(data: TensorData): number {
  let most = 0;
  for (let i = 0; i < data.length; i += 1) {
    const size = Math.abs(data[i]!);
    if (size > most) most = size;
  }
  return most;
}

/** Zeros are left as they are, with scale 1. */
export function scaled(data: TensorData): Scaled {
  const scale = powerOfTwoBelow(largestOf(data));
  const values = new Float64Array(data.length);
  for (let i = 0; i < data.length; i += 1) values[i] = data[i]! / scale;
  return { values, scale };
}

/** The largest power of two that is at most a number; 1 for 0. */
export function powerOfTwoBelow(value: number): number {
  if (value === 0) return 1;
  let power = 1;
  while (power > value) power /= 2;
  while (power <= value / 2) power *= 2;
  return power;
}

/** Length of the hypotenuse, also where a square would vanish. `Math.hypot` differs by engine. */
export function hypotenuse(a: number, b: number): number {
  const square = a * a + b * b;
  if (square > 1e-280 && square < 1e280) return Math.sqrt(square);
  const large = Math.max(Math.abs(a), Math.abs(b));
  if (large === 0) return 0;
  const ratio = Math.min(Math.abs(a), Math.abs(b)) / large;
  return large * Math.sqrt(1 + ratio * ratio);
}

/**
 * The sum of any number of terms to the last places: what each addition loses is added at the end.
 * @see A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, 1974.
 */
export function sumOf(terms: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < terms.length; i += 1) {
    const term = terms[i]!;
    const next = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum + lost;
}
