/** Eigenvalues and singular values that are known in closed form. */
import { describe, expect, it } from 'vitest';
import { generalValues } from '../../../../runtime/tensor/kernels/general.ts';
import { singularValues } from '../../../../runtime/tensor/kernels/singular.ts';
import { symmetricValues, symmetricVectors } from '../../../../runtime/tensor/kernels/symmetric.ts';
import { drawer, filled, naiveProduct, orthogonal } from '../../../support/matrices.ts';

const ascending = (values: ArrayLike<number>) => Array.from(values).toSorted((a, b) => a - b);

function expectClose(values: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-14) {
  const largest = Math.max(...Array.from(expected, Math.abs), Number.MIN_VALUE);
  const errors = Array.from(values, (value, i) => Math.abs(value - expected[i]!) / largest);
  expect(values).toHaveLength(expected.length);
  expect(Math.max(...errors)).toBeLessThanOrEqual(tolerance);
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** -1, 2, -1 on three diagonals: a vibrating string. */
const string = (n: number) =>
  filled(n, n, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0));
const stringValues = (n: number) =>
  range(n).map((k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));

describe('symmetric eigenvalues', () => {
  it.each([1, 2, 3, 10, 100, 257])('of a vibrating string of %i points are its tones', (n) => {
    expectClose(symmetricValues(string(n), n), stringValues(n), 4e-15);
  });

  it.each([
    ['zeros', 5, () => 0, [0, 0, 0, 0, 0]],
    ['ones', 5, () => 1, [0, 0, 0, 0, 5]],
    ['a diagonal', 4, (i: number, j: number) => (i === j ? i - 2 : 0), [-2, -1, 0, 1]],
    ['a mirrored unit', 4, (i: number, j: number) => (i + j === 3 ? 1 : 0), [-1, -1, 1, 1]],
    ['the smallest numbers', 2, () => 5e-324, [0, 1e-323]],
    ['the largest numbers', 1, () => -1.7e308, [-1.7e308]],
  ])('of %s are known', (_, n, at, expected) => {
    expectClose(symmetricValues(filled(n, n, at), n), expected, 1e-15);
  });

  it('come with unit vectors at right angles that are only stretched', () => {
    for (const n of [1, 2, 7, 40]) {
      const draw = drawer(n);
      const lower = filled(n, n, draw);
      const a = filled(n, n, (i, j) => lower[Math.max(i, j) * n + Math.min(i, j)]!);
      const result = symmetricVectors(a, n);
      const vectors = result.subarray(n);
      const turned = filled(n, n, (i, j) => vectors[j * n + i]!);
      const gram = naiveProduct([n, n, n], vectors, turned);
      expectClose(
        gram,
        filled(n, n, (i, j) => (i === j ? 1 : 0)),
        1e-13,
      );
      const images = naiveProduct([n, n, n], vectors, a);
      expectClose(
        images,
        filled(n, n, (i, j) => result[i]! * vectors[i * n + j]!),
        1e-13,
      );
      expectClose(result.subarray(0, n), symmetricValues(a, n));
    }
  });

  it('come with vectors whose largest number is positive, in the order of the values', () => {
    const result = symmetricVectors(Float64Array.of(2, 1, 1, 2), 2);
    const half = Math.SQRT1_2;
    expectClose(result, [1, 3, half, -half, half, half], 4e-16);
  });

  it('read the lower triangle alone', () => {
    expectClose(symmetricValues(Float64Array.of(2, 99, 1, 2), 2), [1, 3]);
  });
});

/** One, and numbers below the diagonal that are nothing beside it. */
const faintChain = (i: number, j: number) =>
  i === 0 && j === 0 ? 1 : i === j + 1 && j > 0 ? 1e-200 : 0;

describe('general eigenvalues', () => {
  const pairs = (values: Float64Array) =>
    range(values.length / 2).map((i) => [values[2 * i]!, values[2 * i + 1]!]);

  it.each([3, 4, 12])('of a ring of %i shifts are the roots of one', (n) => {
    const ring = filled(n, n, (i, j) => (j === (i + 1) % n ? 1 : 0));
    for (const [real = 0, imaginary = 0] of pairs(generalValues(ring, n))) {
      expect(real ** 2 + imaginary ** 2).toBeCloseTo(1, 13);
      const turns = (Math.atan2(imaginary, real) / (2 * Math.PI)) * n;
      expect(Math.abs(turns - Math.round(turns))).toBeLessThan(1e-12);
    }
    const sum = generalValues(ring, n).reduce((a, b) => a + b, 0);
    expect(Math.abs(sum)).toBeLessThan(1e-13);
  });

  it('of a shifted ring, which needs a shift from elsewhere, are shifted', () => {
    const ring = (by: number) => filled(5, 5, (i, j) => (i === j ? by : j === (i + 1) % 5 ? 1 : 0));
    const still = generalValues(ring(0), 5);
    expectClose(
      generalValues(ring(3), 5),
      still.map((value, i) => (i % 2 === 0 ? value + 3 : value)),
    );
  });

  it('of one real part are in the order of their imaginary parts', () => {
    const turns = filled(4, 4, (i, j) => (i >> 1 === j >> 1 ? (i - j) * (1 + (i >> 1)) : 0));
    expectClose(generalValues(turns, 4), [0, 2, 0, 1, 0, -1, 0, -2]);
  });

  it('of a rotation are conjugate, the positive imaginary part first', () => {
    const [c, s] = [Math.cos(1), Math.sin(1)];
    expectClose(generalValues(Float64Array.of(c, -s, s, c), 2), [c, s, c, -s]);
  });

  it.each([2, 5, 20])('of a triangle of order %i are its diagonal', (n) => {
    const draw = drawer(n);
    const triangle = filled(n, n, (i, j) => (i === j ? n - i : j > i ? draw() : 0));
    expectClose(
      generalValues(triangle, n),
      range(n).flatMap((i) => [n - i, 0]),
    );
  });

  it('of a companion matrix are the roots of its polynomial', () => {
    // (x - 1)(x - 2)(x - 3)(x - 4)(x² + 1)
    const coefficients = [24, -50, 59, -60, 36, -10];
    const companion = filled(6, 6, (i, j) => (j === 5 ? -coefficients[i]! : i === j + 1 ? 1 : 0));
    expectClose(generalValues(companion, 6), [4, 0, 3, 0, 2, 0, 1, 0, 0, 1, 0, -1], 1e-13);
  });

  it('of a matrix of units far apart survive the units', () => {
    const tame = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 10);
    const wild = filled(3, 3, (i, j) => tame[3 * i + j]! * 2 ** (40 * (i - j)));
    expectClose(generalValues(wild, 3), generalValues(tame, 3), 1e-15);
  });

  it('of a matrix on which two plain shifts wander without end are found', () => {
    const draw = drawer(8_004);
    const values = generalValues(filled(4, 4, draw), 4);
    expect(pairs(values).map(([real]) => real!.toFixed(8))).toEqual([
      ...['1.02034996', '1.02034996', '-0.71398318', '-0.71398318'],
    ]);
  });

  it.each([
    ['zeros', 3, () => 0, [0, 0, 0, 0, 0, 0]],
    ['one number', 1, () => -3, [-3, 0]],
    ['a faint chain beside one', 4, faintChain, [1, 0, 0, 0, 0, 0, 0, 0]],
    ['a nilpotent chain', 3, (i: number, j: number) => (j === i + 1 ? 1 : 0), [0, 0, 0, 0, 0, 0]],
  ])('of %s are known', (_, n, at, expected) => {
    expectClose(generalValues(filled(n, n, at), n), expected);
  });
});

describe('singular values', () => {
  it('of an orthogonal matrix are ones', () => {
    expectClose(singularValues(orthogonal(12, drawer(1)), 12, 12), new Array(12).fill(1), 4e-15);
  });

  it.each([
    [4, 3],
    [3, 4],
    [6, 1],
    [1, 6],
  ])('of a product of a column and a row, %i by %i, are its length and zeros', (rows, columns) => {
    const a = filled(rows, columns, (i, j) => (i + 1) * (j + 2));
    const length = Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));
    const expected = [length, 0, 0, 0].slice(0, Math.min(rows, columns));
    expectClose(singularValues(a, rows, columns), expected, 2e-15);
  });

  it('of a symmetric matrix are the sizes of its eigenvalues, the largest first', () => {
    const n = 20;
    const shifted = string(n).map((x, at) => (at % (n + 1) === 0 ? x - 1 : x));
    const sizes = ascending(stringValues(n).map((x) => Math.abs(x - 1))).toReversed();
    expectClose(singularValues(shifted, n, n), sizes, 4e-15);
  });

  it('keep the digits that the squared matrix would lose', () => {
    const tiny = 1e-9;
    const lauchli = Float64Array.of(1, 1, tiny, 0, 0, tiny);
    expectClose(singularValues(lauchli, 3, 2), [Math.sqrt(2 + tiny ** 2), tiny], 1e-15);
    expect(singularValues(lauchli, 3, 2)[1]! / tiny).toBeCloseTo(1, 6);
  });

  it('of zeros are zeros, never below', () => {
    expect(singularValues(new Float64Array(6), 3, 2)).toEqual(new Float64Array(2));
    const least = singularValues(
      filled(8, 8, (i, j) => i + j),
      8,
      8,
    ).at(-1)!;
    expect(least).toBeGreaterThanOrEqual(0);
  });
});
