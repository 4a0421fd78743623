/**
 * A logarithm with the same bits on every machine: `Math.log` may differ between engines. It is
 * right to about one unit in the last place.
 */
import { sumOf } from './scaling.ts';

const view = new DataView(new ArrayBuffer(8));

/** ln 2 in two parts: the first has so few digits that its multiples are exact. */
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

export const ln2 = Math.LN2;

/**
 * Natural logarithm of a finite number above 0.
 *
 * With x = 2^k m and m near 1: ln x = k ln 2 + 2 artanh((m - 1) / (m + 1)), by its series.
 */
export function logarithm(x: number): number {
  const isTiny = x < 2 ** -1022;
  view.setFloat64(0, isTiny ? x * 2 ** 54 : x);
  const high = view.getUint32(0);
  let exponent = (high >>> 20) - 1023 - (isTiny ? 54 : 0);
  view.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  let m = view.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    exponent += 1;
  }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let series = 1 / 23;
  for (let odd = 21; odd >= 3; odd -= 2) series = series * z + 1 / odd;
  return exponent * ln2High + (2 * s + (2 * s * z * series + exponent * ln2Low));
}

/** Sum of -p log2 p over shares p of a whole; a share of 0 adds nothing. */
export function entropyBits(weights: ArrayLike<number>, whole: number): number {
  const terms = Float64Array.from(weights, (weight) => {
    const share = weight / whole;
    return share > 0 ? -share * logarithm(share) : 0;
  });
  // A share that rounds to a little more than 1 would give a little less than nothing.
  return Math.max(0, sumOf(terms)) / ln2;
}
