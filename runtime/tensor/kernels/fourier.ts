/** The power spectrum of a real series of any length. */
import { pointOnCircle } from './circle.ts';

interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const complex = (length: number): Complex => ({
  re: new Float64Array(length),
  im: new Float64Array(length),
});

/**
 * Power at the frequencies 1 to half the length, both directions of each frequency together. The
 * mean, which is the power at 0, is left out.
 */
export function powerSpectrum(signal: Float64Array): Float64Array {
  const length = signal.length;
  const { re, im } = transform(signal);
  const power = new Float64Array(Math.floor(length / 2));
  for (let k = 1; k <= power.length; k += 1) {
    const directions = 2 * k === length ? 1 : 2;
    power[k - 1] = directions * (re[k]! * re[k]! + im[k]! * im[k]!);
  }
  return power;
}

function transform(signal: Float64Array): Complex {
  const { length } = signal;
  if ((length & (length - 1)) === 0) {
    const values = { re: signal.slice(), im: new Float64Array(length) };
    transformPowerOfTwo(values);
    return values;
  }
  return transformAnyLength(signal);
}

/**
 * Turns a transform of any length into a convolution, which may be padded to a power of two.
 * @see L. Bluestein, A linear filtering approach to the computation of the DFT, 1970.
 */
function transformAnyLength(signal: Float64Array): Complex {
  const { length } = signal;
  let padded = 1;
  while (padded < 2 * length - 1) padded *= 2;
  const chirp = complex(length);
  const values = complex(padded);
  const filter = complex(padded);
  for (let k = 0; k < length; k += 1) {
    const [cos, sin] = pointOnCircle((k * k) % (2 * length), 2 * length);
    chirp.re[k] = cos;
    chirp.im[k] = -sin;
    values.re[k] = signal[k]! * cos;
    values.im[k] = -signal[k]! * sin;
    for (const at of k === 0 ? [0] : [k, padded - k]) {
      filter.re[at] = cos;
      filter.im[at] = sin;
    }
  }
  transformPowerOfTwo(values);
  transformPowerOfTwo(filter);
  for (let i = 0; i < padded; i += 1) {
    const [re, im] = times(values.re[i]!, values.im[i]!, filter.re[i]!, filter.im[i]!);
    values.re[i] = re;
    // The conjugate makes the next transform the inverse one.
    values.im[i] = -im;
  }
  transformPowerOfTwo(values);
  const result = complex(length);
  for (let k = 0; k < length; k += 1) {
    const re = values.re[k]! / padded;
    const im = -values.im[k]! / padded;
    [result.re[k], result.im[k]] = times(re, im, chirp.re[k]!, chirp.im[k]!);
  }
  return result;
}

const times = (a: number, b: number, c: number, d: number): [re: number, im: number] => [
  a * c - b * d,
  a * d + b * c,
];

/** In place, by halves. */
function transformPowerOfTwo({ re, im }: Complex): void {
  const { length } = re;
  reverseBits(re);
  reverseBits(im);
  const turn = complex(length / 2);
  for (let k = 0; k < length / 2; k += 1) {
    const [cos, sin] = pointOnCircle(k, length);
    turn.re[k] = cos;
    turn.im[k] = -sin;
  }
  for (let half = 1; half < length; half *= 2) {
    const stride = length / (2 * half);
    for (let top = 0; top < length; top += 2 * half) {
      for (let k = 0; k < half; k += 1) {
        const low = top + k;
        const high = low + half;
        const c = turn.re[k * stride]!;
        const s = turn.im[k * stride]!;
        const x = re[high]! * c - im[high]! * s;
        const y = re[high]! * s + im[high]! * c;
        re[high] = re[low]! - x;
        im[high] = im[low]! - y;
        re[low]! += x;
        im[low]! += y;
      }
    }
  }
}

function reverseBits(values: Float64Array): void {
  const { length } = values;
  for (let i = 1, j = 0; i < length; i += 1) {
    let bit = length >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [values[i], values[j]] = [values[j]!, values[i]!];
  }
}
