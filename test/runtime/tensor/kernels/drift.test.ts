import { describe, expect, it } from 'vitest';
import { driftProfile } from '../../../../runtime/tensor/kernels/drift.ts';
import { drawer } from '../../../support/matrices.ts';

function profile(reference: readonly number[], current: readonly number[]) {
  const operand = (values: readonly number[]) => ({
    shape: [values.length, 1],
    data: Float64Array.from(values),
  });
  const [shift = 0, spread = 0, distance = 0, stability = 0] = driftProfile({
    op: 'driftProfile',
    dtype: 'f64',
    reference: operand(reference),
    current: operand(current),
  });
  return { shift, spread, distance, stability };
}

const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

describe('driftProfile', () => {
  it('of the same sample in another order is nothing', () => {
    const drawn = range(50).map(drawer(4));
    const none = { shift: 0, spread: 0, distance: 0, stability: 0 };
    expect(profile(drawn, drawn.toReversed())).toEqual(none);
  });

  it('counts the shift of the mean in pooled standard deviations', () => {
    const { shift, spread } = profile([1, 2, 3], [4, 5, 6]);
    expect([shift, spread]).toEqual([3, 0]);
    expect(profile([4, 5, 6], [1, 2, 3]).shift).toBe(-3);
    expect(profile([0, 2], [0, 0]).shift).toBeCloseTo(-1, 15);
  });

  it('compares the standard deviations', () => {
    expect(profile([1, 2, 3], [-1, 2, 5]).spread).toBeCloseTo(0.5, 15);
    expect(profile([1, 2, 3], [2, 2, 2]).spread).toBe(-1);
    expect(profile([2, 2], [1, 3]).spread).toBe(1);
  });

  it('finds the largest distance of the distributions, ties included', () => {
    expect(profile([1, 2], [3, 4]).distance).toBe(1);
    expect(profile([1, 2, 3, 4], [3, 4, 5, 6]).distance).toBe(0.5);
    expect(profile([1, 1, 1, 2], [1, 2, 2, 2]).distance).toBe(0.5);
  });

  it('has the stability index over tenths of the reference', () => {
    // Tenths of 10 values each, half an observation added to each; all of 100 fall into the last.
    const { stability } = profile(range(100), range(100, 500));
    const was = 10.5 / 105;
    const [last, other] = [100.5 / 105, 0.5 / 105];
    const expected =
      (last - was) * Math.log(last / was) + 9 * (other - was) * Math.log(other / was);
    expect(stability).toBeCloseTo(expected, 13);
  });

  it('has a stability index for few and for equal values', () => {
    expect(profile([1, 1], [1]).stability).toBe(0);
    // One edge, at 1: bins of 1 and 1 against 0 and 1, half an observation added to each.
    const expected = (0.25 - 0.5) * Math.log(0.25 / 0.5) + (0.75 - 0.5) * Math.log(0.75 / 0.5);
    expect(profile([1, 2], [2]).stability).toBeCloseTo(expected, 14);
  });

  it.each([
    ['stay', [0.1, 0.1, 0.1], [0.1], { shift: 0, spread: 0, distance: 0 }],
    ['jump', [2, 2], [3, 3], { shift: 1 / 3, spread: 0, distance: 1 }],
    ['jump below zero', [2, 2], [-2, -2], { shift: -2, spread: 0, distance: 1 }],
  ])('is finite for variables that do not vary, and %s', (_, reference, current, expected) => {
    const found = profile(reference, current);
    expect(found).toMatchObject(expected);
    expect(Number.isFinite(found.stability)).toBe(true);
  });

  it.each([1e-300, 1e300])('does not depend on the unit %d', (unit) => {
    const [a, b] = [
      [1, 2, 5, 7, 9],
      [2, 3, 3, 8],
    ];
    const wild = profile(
      a.map((x) => x * unit),
      b.map((x) => x * unit),
    );
    const tame = profile(a, b);
    expect(wild.shift).toBeCloseTo(tame.shift, 13);
    expect(wild.spread).toBeCloseTo(tame.spread, 13);
    expect([wild.distance, wild.stability]).toEqual([tame.distance, tame.stability]);
  });

  it('judges each variable by itself', () => {
    const values = driftProfile({
      op: 'driftProfile',
      dtype: 'f64',
      reference: { shape: [3, 2], data: Float64Array.of(1, 10, 2, 20, 3, 30) },
      current: { shape: [3, 2], data: Float64Array.of(4, 10, 5, 20, 6, 30) },
    });
    expect([...values]).toEqual([3, 0, 1, values[3], 0, 0, 0, 0]);
  });
});
