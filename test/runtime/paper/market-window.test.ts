import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MarketWindow, priceCountOf, returnsMatrix } from '../../../runtime/paper/market-window.ts';
import { returnRows } from '../../support/market-reading.ts';

const shape = { windowBarCount: 3, returnBarCount: 1, lagBarCount: 2, columnCount: 2 };

describe('matrix of rolling returns', () => {
  it('holds the newest return in the last row, and earlier ones to the right', () => {
    const prices = [1, 2, 4, 4, 8, 4];
    expect(priceCountOf(shape)).toBe(6);
    expect([...returnsMatrix(prices, shape)]).toEqual([0, 1, 1, 1, -0.5, 0]);
  });

  it('uses the newest prices of those that it is given, and every one that it needs', () => {
    const count = fc.integer({ min: 1, max: 6 });
    const shapes = fc.record({
      ...{ windowBarCount: count, returnBarCount: count },
      ...{ lagBarCount: count, columnCount: count },
    });
    const prices = fc.array(fc.double({ min: 1, max: 9, noNaN: true }), {
      minLength: 42,
      maxLength: 60,
    });
    fc.assert(
      fc.property(shapes, prices, (given, all) => {
        const needed = all.slice(-priceCountOf(given));
        const matrix = returnsMatrix(all, given);
        expect(returnsMatrix(needed, given)).toEqual(matrix);
        const expected = returnRows(all, given).flat();
        expect(matrix).toHaveLength(expected.length);
        for (const [i, value] of matrix.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
        expect(() => returnsMatrix(needed.slice(1), given)).toThrow(
          `Expected ${needed.length} prices, got ${needed.length - 1}.`,
        );
      }),
      { numRuns: 50 },
    );
  });
});

describe('market window', () => {
  it('keeps the newest prices, whenever it is cut', () => {
    const window = new MarketWindow(3);
    const noted: number[] = [];
    for (let price = 1; price <= 40; price += 1) {
      window.note(price);
      noted.push(price);
      expect(window.latest(3)).toEqual(noted.slice(-3));
      expect(window.count).toBeLessThan(6);
    }
    expect(window.save()).toEqual([38, 39, 40]);
  });

  it('grows from the time on when more is asked for', () => {
    const window = new MarketWindow(1);
    for (const price of [1, 2, 3]) window.note(price);
    window.keep(3);
    for (const price of [4, 5]) window.note(price);
    expect(window.latest(3)).toEqual([3, 4, 5]);
    expect(window.latest(100).at(-1)).toBe(5);
  });

  it('goes on from what was saved', () => {
    const window = new MarketWindow(3);
    window.restore([7, 8, 9]);
    window.note(10);
    expect([window.latest(2), window.count]).toEqual([[9, 10], 4]);
  });
});
