/**
 * Elementary functions with the same bits on every machine: `Math.log`, `**` and their kin may
 * differ between engines, and do between versions of one. Made of the four basic operations and
 * powers of two alone, they are right to about two units in the last place.
 */

const view = new DataView(new ArrayBuffer(8));

/** ln 2 in two parts: the first has so few digits that its multiples are exact. */
const ln2High = 0.6931471803691238;
const ln2Low = 1.9082149292705877e-10;

/**
 * Natural logarithm; NaN below 0.
 *
 * With x = 2^k m and m near 1: ln x = k ln 2 + 2 artanh((m - 1) / (m + 1)), by its series.
 */
export function logarithm(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return x < 0 ? Number.NaN : x;
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

/** 2^k for a whole k; beyond the range of doubles 0 or infinity. */
function scaleOf(k: number): number {
  if (k > 1023) return Number.POSITIVE_INFINITY;
  if (k < -1022) return k < -1074 ? 0 : scaleOf(k + 54) * 2 ** -54;
  view.setUint32(0, (k + 1023) << 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}

/** 2^x; exact for whole x. With x = k + f and |f| up to a half: 2^k e^(f ln 2), by its series. */
export function powerOfTwo(x: number): number {
  if (Number.isNaN(x)) return x;
  const k = Math.round(Math.min(2_000, Math.max(-2_000, x)));
  const r = Math.min(0.5, Math.max(-0.5, x - k)) * Math.LN2;
  let series = 1;
  for (let n = 18; n >= 1; n -= 1) series = 1 + (r * series) / n;
  // The largest powers do not fit before they are multiplied.
  return k > 1023 ? series * 2 * scaleOf(k - 1) : series * scaleOf(k);
}

/** Hyperbolic tangent, from -1 to 1. */
export function hyperbolicTangent(x: number): number {
  const shrunk = powerOfTwo((-2 * Math.abs(x)) / Math.LN2);
  return (Math.sign(x) * (1 - shrunk)) / (1 + shrunk);
}

/** `base` to the power of a whole number from 0 on, by squaring. */
export function wholePower(base: number, exponent: number): number {
  let [result, square] = [1, base];
  for (let left = exponent; left >= 1; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
