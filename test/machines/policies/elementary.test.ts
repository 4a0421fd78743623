import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hyperbolicTangent,
  logarithm,
  powerOfTwo,
  wholePower,
} from '../../../machines/policies/elementary.ts';

/** The difference as a share of the larger amount. */
function off(found: number, wanted: number): number {
  if (Object.is(found, wanted) || found === wanted) return 0;
  return Math.abs(found - wanted) / Math.max(Math.abs(found), Math.abs(wanted));
}
/** Two units in the last place, and one that the engine's own function may be off. */
const bound = 3 * 2 ** -52;
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

describe('logarithm', () => {
  it('is that of the engine up to its last digits', () => {
    fc.assert(
      fc.property(number(5e-324, Number.MAX_VALUE), (x) => {
        expect(off(logarithm(x), Math.log(x))).toBeLessThan(bound);
      }),
    );
  });

  it.each([
    [0, Number.NEGATIVE_INFINITY],
    [1, 0],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [-1, Number.NaN],
    [Number.NaN, Number.NaN],
  ])('of %d is %d', (x, wanted) => expect(logarithm(x)).toBe(wanted));
});

describe('a power of two', () => {
  it('is that of the engine up to its last digits', () => {
    fc.assert(
      fc.property(number(-1_020, 1_023.9), (x) => {
        expect(off(powerOfTwo(x), 2 ** x)).toBeLessThan(bound);
      }),
    );
  });

  it('is exact for whole numbers, and where doubles end', () => {
    for (let k = -1_074; k <= 1_023; k += 1) expect(powerOfTwo(k)).toBe(2 ** k);
    expect([powerOfTwo(-1_080), powerOfTwo(-1e9), powerOfTwo(Number.NEGATIVE_INFINITY)]).toEqual([
      0, 0, 0,
    ]);
    expect([powerOfTwo(1_024), powerOfTwo(1e9)]).toEqual([Infinity, Infinity]);
    expect(powerOfTwo(Number.NaN)).toBeNaN();
  });

  it('has these bits, whatever the engine', () => {
    expect([-0.5, 0.1, -7.3, 1_023.5].map(powerOfTwo)).toEqual([
      0.7071067811865475, 1.0717734625362931, 0.0063457218465330905, 1.2711610061536462e308,
    ]);
  });
});

it('the hyperbolic tangent is that of the engine up to its last digits', () => {
  fc.assert(
    fc.property(number(-40, 40), (x) => {
      expect(Math.abs(hyperbolicTangent(x) - Math.tanh(x))).toBeLessThan(bound);
    }),
  );
  expect([hyperbolicTangent(0), hyperbolicTangent(1e9), hyperbolicTangent(-1e9)]).toEqual([
    0, 1, -1,
  ]);
});

it('a whole power is the product', () => {
  fc.assert(
    fc.property(number(-8, 8), fc.nat(40), (base, exponent) => {
      let product = 1;
      for (let i = 0; i < exponent; i += 1) product *= base;
      expect(off(wholePower(base, exponent), product)).toBeLessThan(40 * bound);
    }),
  );
  expect([wholePower(2, 10), wholePower(0, 0), wholePower(2, 5_000)]).toEqual([1_024, 1, Infinity]);
});
