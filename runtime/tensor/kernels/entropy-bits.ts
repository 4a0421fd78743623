/** Entropy in bits, of weights that need not add up to one. */
import { logarithm } from '../../../machines/policies/elementary.ts';
import { sumOf } from './scaling.ts';

/** Sum of -p log2 p over shares p of a whole; a share of 0 adds nothing. */
export function entropyBits(weights: ArrayLike<number>, whole: number): number {
  const terms = Float64Array.from(weights, (weight) => {
    const share = weight / whole;
    return share > 0 ? -share * logarithm(share) : 0;
  });
  // A share that rounds to a little more than 1 would give a little less than nothing.
  return Math.max(0, sumOf(terms)) / Math.LN2;
}
