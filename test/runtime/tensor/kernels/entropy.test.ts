import { describe, expect, it } from 'vitest';
import { logarithm } from '../../../../machines/policies/elementary.ts';
import { pointOnCircle } from '../../../../runtime/tensor/kernels/circle.ts';
import {
  shannonEntropy,
  spectralEntropy,
  vonNeumannEntropy,
} from '../../../../runtime/tensor/kernels/entropy.ts';
import { powerSpectrum } from '../../../../runtime/tensor/kernels/fourier.ts';
import { drawer, filled, naiveProduct, orthogonal } from '../../../support/matrices.ts';

const series = (length: number, at: (i: number) => number) => filled(length, 1, at);

describe('shannonEntropy', () => {
  it.each([
    ['one certainty', [0, 7, 0], [0, 0]],
    ['a coin', [1, 1], [1, 1]],
    ['halves of halves', [4, 2, 1, 1], [1.75, 0.875]],
    ['a single weight', [3], [0, 0]],
    ['the largest numbers', [1.7e308, 1.7e308], [1, 1]],
    ['the smallest numbers', [5e-324, 5e-324, 5e-324, 5e-324], [2, 1]],
  ])('of %s is known', (_, weights, expected) => {
    const [bits, ratio] = shannonEntropy(Float64Array.from(weights));
    expect(bits).toBeCloseTo(expected[0]!, 14);
    expect(ratio).toBeCloseTo(expected[1]!, 14);
  });

  it.each([3, 10, 1_000, 4_096])('of %i equal weights is their binary logarithm', (count) => {
    const [bits, ratio] = shannonEntropy(new Float64Array(count).fill(0.1));
    expect(bits).toBeCloseTo(Math.log2(count), 13);
    expect(ratio).toBeCloseTo(1, 14);
    expect(ratio).toBeLessThanOrEqual(1);
  });
});

describe('the share of the largest entropy', () => {
  it('never rounds to more than all of it', () => {
    for (let count = 2; count < 50; count += 1) {
      expect(shannonEntropy(new Float64Array(count).fill(1))[1]).toBeLessThanOrEqual(1);
    }
  });
});

describe('spectralEntropy', () => {
  it('of one wave is nothing, whatever its mean', () => {
    for (const length of [64, 90]) {
      const wave = series(length, (i) => 5 + Math.sin((2 * Math.PI * 9 * i) / length));
      expect(spectralEntropy(wave)[0]).toBeLessThan(1e-20);
    }
  });

  it('of two waves of one strength is one bit', () => {
    const wave = (times: number) => (i: number) => Math.cos((2 * Math.PI * times * i) / 100);
    const [bits, ratio] = spectralEntropy(series(100, (i) => wave(3)(i) + wave(20)(i)));
    expect(bits).toBeCloseTo(1, 12);
    expect(ratio).toBeCloseTo(1 / Math.log2(50), 12);
  });

  it.each([63, 101])('of a single pulse in %i values is even', (length) => {
    const [, ratio] = spectralEntropy(series(length, (i) => (i === 5 ? 1 : 0)));
    expect(ratio).toBeCloseTo(1, 13);
  });

  it.each([0, 1.1578947368421053, -1e300])('of a series that stays at %d is nothing', (value) => {
    // The mean of seven of the second one rounds to something else.
    expect(spectralEntropy(series(7, () => value))).toEqual([0, 0]);
  });

  it('of two values has one frequency', () => {
    expect(spectralEntropy(Float64Array.of(1, 3))).toEqual([0, 0]);
  });
});

describe('vonNeumannEntropy', () => {
  const density = (shape: number[], data: Float64Array) =>
    vonNeumannEntropy({ op: 'vonNeumannEntropy', dtype: 'f64', shape, data });

  it('of a pure state is nothing', () => {
    const v = [0.6, 0, 0.8];
    const [bits] = density(
      [3, 3],
      filled(3, 3, (i, j) => v[i]! * v[j]!),
    );
    expect(Math.abs(bits)).toBeLessThan(1e-13);
  });

  it('of even chaos is the binary logarithm of its order, whatever the trace', () => {
    const [bits, ratio] = density(
      [8, 8],
      filled(8, 8, (i, j) => (i === j ? 5 : 0)),
    );
    expect([bits, ratio]).toEqual([3, 1]);
  });

  it('does not change when the matrix is turned', () => {
    const turn = orthogonal(4, drawer(9));
    const stretched = filled(4, 4, (i, j) => [4, 2, 1, 1][i]! * turn[j * 4 + i]!);
    const turned = naiveProduct([4, 4, 4], turn, stretched);
    expect(density([4, 4], turned)[0]).toBeCloseTo(1.75, 13);
  });

  it('refuses a matrix that is no density', () => {
    const message = 'without negative eigenvalues, got -1';
    expect(() => density([2, 2], Float64Array.of(2, 0, 0, -1))).toThrow(message);
  });
});

describe('powerSpectrum', () => {
  it.each([2, 3, 8, 12, 15])('of %i values is that of the sum over all of them', (length) => {
    const draw = drawer(length);
    const signal = series(length, draw);
    const expected = Array.from({ length: Math.floor(length / 2) }, (_, index) => {
      const k = index + 1;
      const part = (turn: (angle: number) => number) =>
        signal.reduce((sum, x, i) => sum + x * turn((2 * Math.PI * k * i) / length), 0);
      return (part(Math.cos) ** 2 + part(Math.sin) ** 2) * (2 * k === length ? 1 : 2);
    });
    powerSpectrum(signal).forEach((power, i) => {
      expect(power).toBeCloseTo(expected[i]!, 12);
    });
  });
});

describe('numbers of our own', () => {
  it('have the logarithm of every size of number to the last places', () => {
    const draw = drawer(5);
    for (let i = 0; i < 20_000; i += 1) {
      const x = (1.001 + draw()) * 2 ** Math.round(1_000 * draw() - 20);
      const error = Math.abs(logarithm(x) - Math.log(x));
      expect(error / Math.max(Math.abs(Math.log(x)), 1e-300)).toBeLessThan(5e-16);
    }
    expect(logarithm(1)).toBe(0);
    expect(logarithm(2)).toBe(Math.LN2);
    expect(logarithm(5e-324)).toBeCloseTo(Math.log(5e-324), 12);
    expect(logarithm(Number.MAX_VALUE)).toBeCloseTo(Math.log(Number.MAX_VALUE), 12);
  });

  it('have the points of the circle to the last places', () => {
    for (const whole of [1, 2, 3, 5, 8, 12, 100, 1_023, 65_536]) {
      for (let i = 0; i < 50; i += 1) {
        const part = Math.round((i * whole) / 17);
        const [cos, sin] = pointOnCircle(part, whole);
        const angle = (2 * Math.PI * (part % whole)) / whole;
        expect(Math.abs(cos - Math.cos(angle))).toBeLessThan(1e-15);
        expect(Math.abs(sin - Math.sin(angle))).toBeLessThan(1e-15);
      }
    }
    expect(pointOnCircle(1, 4).map((x) => x + 0)).toEqual([0, 1]);
    expect(pointOnCircle(1, 2).map((x) => x + 0)).toEqual([-1, 0]);
  });
});
