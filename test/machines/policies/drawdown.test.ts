import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Drawdown,
  drawdownAfter,
  emptyDrawdown,
} from '../../../machines/policies/drawdown.ts';

const rule = { limit: 0.04, confirmationCount: 3 };

function fed(...equities: number[]) {
  let gauge: Drawdown = emptyDrawdown;
  const measured = equities.map((equity) => {
    const reading = drawdownAfter(rule, gauge, equity);
    gauge = reading.gauge;
    return reading.measured;
  });
  return { gauge, measured };
}

describe('drawdown', () => {
  it('is the share of the peak that is lost', () => {
    expect(fed(100, 100.5, 90.45, 100.5)).toMatchObject({
      gauge: { peak: 100.5 },
      measured: [0, 0, expect.closeTo(0.1), 0],
    });
  });

  it('takes a rise of a quarter of the limit at once, and more when it is held', () => {
    expect(fed(100, 101).gauge).toEqual({ ...emptyDrawdown, peak: 101 });
    expect(fed(100, 101.01).gauge).toMatchObject({ peak: 100, high: 101.01, heldCount: 1 });
    expect(fed(100, 110, 111).gauge).toMatchObject({ peak: 100, high: 111, heldCount: 2 });
    expect(fed(100, 110, 120).gauge).toMatchObject({ peak: 110, high: 120, heldCount: 1 });
    expect(fed(100, 120, 109).gauge).toMatchObject({ peak: 100, high: 109, heldCount: 1 });
    expect(fed(100, 120, 111, 110).gauge).toEqual({ ...emptyDrawdown, peak: 120 });
  });

  it('measures from a high while it is not forgotten', () => {
    expect(fed(100, 110, 105).measured.at(-1)).toBeCloseTo(5 / 110);
    expect(fed(100, 110, 101)).toMatchObject({
      gauge: { peak: 101, high: null },
      measured: [0, 0, 0],
    });
  });

  it('is what a running maximum gives when nothing jumps up', () => {
    const step = fc.double({ min: -0.2, max: 0.0099, noNaN: true });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let equity = 100;
        const later = steps.map((change) => {
          equity *= 1 + change;
          return equity;
        });
        const equities = [100, ...later];
        const peakUntil = (index: number) => Math.max(...equities.slice(0, index + 1));
        const expected = equities.map((one, index) => 1 - one / peakUntil(index));
        expect(fed(...equities).measured).toEqual(expected);
      }),
    );
  });
});
