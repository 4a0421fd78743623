import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cleanQuantity,
  limitedStep,
  nextStep,
  noLimits,
  type OrderLimits,
  signedQuantity,
} from '../../../machines/paper/quantity.ts';

const quantity = fc.integer({ min: -400, max: 400 }).map((n) => n / 100);
const limits = fc.record({
  openRatio: fc.constantFrom(0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 1),
  mayReduce: fc.boolean(),
});

/** Where a position comes to when every step is filled. */
function settled(position: number, wished: number, given: OrderLimits): number {
  let at = position;
  for (let i = 0; i < 10; i++) {
    const step = limitedStep(at, wished, given);
    if (step === null) return at;
    at = cleanQuantity(at + signedQuantity(step.side, step.quantity));
  }
  throw new Error(`from ${position} to ${wished} there is no end`);
}

describe('a limited step', () => {
  it('is the plain one without limits', () => {
    fc.assert(
      fc.property(quantity, quantity, (position, wished) => {
        expect(limitedStep(position, wished, noLimits)).toEqual(nextStep(position, wished));
      }),
    );
  });

  it('opens nothing when nothing may open, and reduces all that may be', () => {
    const closed = { openRatio: 0, mayReduce: true };
    expect(limitedStep(0, 1, closed)).toBeNull();
    expect(limitedStep(0.5, 1, closed)).toBeNull();
    expect(limitedStep(1, 0.5, closed)).toEqual({ side: 'sell', quantity: 0.5, reduces: true });
    expect(settled(1, -1, closed)).toBe(0);
    expect(settled(-1, 1, closed)).toBe(0);
  });

  it('limits the position that results, however many orders it takes', () => {
    expect(limitedStep(0, 1, { openRatio: 0.5, mayReduce: true })).toEqual({
      side: 'buy',
      quantity: 0.5,
      reduces: false,
    });
    fc.assert(
      fc.property(quantity, quantity, limits, (position, wished, given) => {
        const end = settled(position, wished, given);
        const bound = Math.max(Math.abs(position), Math.abs(wished) * given.openRatio);
        expect(Math.abs(end)).toBeLessThanOrEqual(bound + 1e-8);
        const opens = end !== 0 && end * (end - position) > 0;
        if (opens)
          expect(Math.abs(end)).toBeLessThanOrEqual(Math.abs(wished) * given.openRatio + 1e-8);
      }),
    );
  });

  it('never keeps a reduction back while reductions are allowed', () => {
    fc.assert(
      fc.property(quantity, quantity, limits, (position, wished, given) => {
        const plain = nextStep(position, wished);
        const step = limitedStep(position, wished, given);
        if (plain?.reduces) expect(step).toEqual(given.mayReduce ? plain : null);
        if (!plain?.reduces && step) expect(step.quantity).toBeLessThanOrEqual(plain!.quantity);
      }),
    );
  });

  it('leaves a position that is too large already as it is', () => {
    expect(limitedStep(1, 1, { openRatio: 0.5, mayReduce: true })).toBeNull();
    expect(limitedStep(0.8, 1, { openRatio: 0.5, mayReduce: true })).toBeNull();
  });
});
