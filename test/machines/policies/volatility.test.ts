import { describe, expect, it } from 'vitest';
import {
  emptyVolatility,
  realised,
  type Volatility,
  type VolatilityHistory,
  volatilityAfter,
  volatilityFitted,
} from '../../../machines/policies/volatility.ts';

const rule = { windowCount: 4, historyCount: 3, historyCountMin: 2 };

function fed(prices: readonly number[], given = rule) {
  let gauge: Volatility = emptyVolatility;
  let history: VolatilityHistory = [];
  const measured = prices.map((price) => {
    const after = volatilityAfter(given, gauge, history, price);
    ({ gauge, history } = after);
    return after.measured;
  });
  return { gauge, history, measured };
}

/** Up and down by a share, again and again. */
const zigzag = (share: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => 100 * (1 + (i % 2) * share));

describe('volatility', () => {
  it('is the root of the sum of squares without the two largest', () => {
    expect(realised([0.5, -0.03, 0.04, -0.6])).toBeCloseTo(0.05);
    expect(realised([0.1, 0.1])).toBe(0);
  });

  it('is judged once enough windows, side by side, say what is usual', () => {
    const { gauge, history, measured } = fed(zigzag(0.01, 10));
    const usual = Math.log(1.01) * Math.SQRT2;
    expect(history).toEqual([expect.closeTo(usual), expect.closeTo(usual)]);
    expect(gauge).toMatchObject({ usual: expect.closeTo(usual), sinceCount: 1 });
    expect(measured).toEqual([...Array(9).fill(null), expect.closeTo(1)]);
  });

  it('is a multiple of the usual', () => {
    const prices = [...zigzag(0.01, 9), ...zigzag(0.03, 5)];
    const { measured } = fed(prices);
    expect(measured.at(-1)).toBeCloseTo(Math.log(1.03) / Math.log(1.01));
  });

  it('forgets the oldest window: its memory is fixed', () => {
    const { history, gauge } = fed([...zigzag(0.01, 13), ...zigzag(0.05, 40)]);
    expect([history.length, gauge.returns.length]).toEqual([3, 4]);
    expect(gauge.usual).toBeCloseTo(Math.log(1.05) * Math.SQRT2);
  });

  it('is not judged where nothing ever moves', () => {
    const { measured, gauge } = fed(Array(20).fill(100));
    expect([new Set(measured), gauge.usual]).toEqual([new Set([null]), 0]);
  });

  it('keeps what is usual under new settings, but not for a window of another length', () => {
    const { gauge, history } = fed(zigzag(0.01, 20));
    const shorter = { ...rule, historyCount: 2, historyCountMin: 1 };
    expect(volatilityFitted(rule, shorter, gauge, history)).toEqual({
      gauge,
      history: history.slice(-2),
    });
    const narrow = volatilityFitted(rule, { ...rule, windowCount: 3 }, gauge, history);
    expect(narrow.history).toEqual([]);
    expect(narrow.gauge).toMatchObject({ usual: null, sinceCount: 0 });
    expect(narrow.gauge.returns).toEqual(gauge.returns.slice(-3));
  });
});
