import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adopted,
  cooldownMs,
  dueMove,
  learned,
  moved,
  type Threshold,
  thresholdOf,
  tripped,
} from '../../../machines/policies/adaptive-threshold.ts';

const rule = {
  ...{ limitMin: 10, limitMax: 100, factor: 2, halfLifeCount: 2 },
  ...{ moveRatioMin: 0.1, cooldownMs: 1_000, cooldownMaxMs: 5_000 },
};

const start = thresholdOf(rule, 50, 0);
const having = (...readings: number[]): Threshold =>
  readings.reduce<Threshold>((known, reading) => learned(rule, known, reading), start);

describe('an adaptive threshold', () => {
  it('forgets half of the past in its half-life', () => {
    expect(having(0).baseline).toBe(0);
    expect(having(0, 8, 8).baseline).toBeCloseTo(4);
    expect(having(8, Number.NaN, Number.POSITIVE_INFINITY)).toEqual(having(8));
  });

  it('moves once it has learned enough, has waited, and the move is worth it', () => {
    expect(dueMove(rule, having(20), 9_999)).toBeNull();
    expect(dueMove(rule, having(20, 20), 999)).toBeNull();
    const move = dueMove(rule, having(20, 20), 1_000)!;
    expect(move).toMatchObject({
      from: 50,
      to: 40,
      baseline: 20,
      bound: 'none',
      cooldownMs: 1_000,
    });
    const then = moved(having(20, 20), move, 1_000);
    expect(then).toMatchObject({ limit: 40, heldSinceMs: 1_000 });
    expect(dueMove(rule, then, 9_999)).toBeNull();
    expect(dueMove(rule, having(27.4, 27.4), 1_000)).toBeNull();
    expect(dueMove(rule, having(27.5, 27.5), 1_000)).toMatchObject({ to: 55 });
  });

  it('says which end of the envelope has stopped it', () => {
    expect(dueMove(rule, having(1, 1), 1_000)).toMatchObject({ to: 10, bound: 'min' });
    expect(dueMove(rule, having(80, 80), 1_000)).toMatchObject({ to: 100, bound: 'max' });
    expect(dueMove(rule, having(50, 50), 1_000)).toMatchObject({ to: 100, bound: 'none' });
  });

  it('waits twice as long after each trip, up to a limit, and half as long after each move', () => {
    expect([0, 1, 2, 3, 99].map((count) => cooldownMs(rule, count))).toEqual([
      ...[1_000, 2_000, 4_000, 5_000, 5_000],
    ]);
    const held = tripped(tripped(having(20, 20), 100), 200);
    expect(held).toMatchObject({ tripCount: 2, heldSinceMs: 200 });
    expect(dueMove(rule, held, 4_199)).toBeNull();
    const move = dueMove(rule, held, 4_200)!;
    expect(moved(held, move, 4_200).tripCount).toBe(1);
    expect(moved(start, move, 4_200).tripCount).toBe(0);
  });

  it('begins, and goes on under new settings, inside the envelope', () => {
    expect(thresholdOf(rule, 500, 0).limit).toBe(100);
    expect(thresholdOf(undefined, 500, 0).limit).toBe(500);
    const far = { ...start, limit: 90 };
    const same = { before: 50, after: 50 };
    expect(adopted({ ...rule, limitMax: 70 }, far, same).limit).toBe(70);
    expect(adopted(rule, far, same).limit).toBe(90);
    expect(adopted(rule, far, { before: 50, after: 60 }).limit).toBe(60);
    expect(adopted(undefined, far, same).limit).toBe(50);
  });

  it('never leaves its envelope, whatever it reads', () => {
    const step = fc.record({ reading: fc.double(), waitMs: fc.nat(9_000), trips: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        let known: Threshold = start;
        let at = 0;
        for (const { reading, waitMs, trips } of steps) {
          at += waitMs;
          known = trips ? tripped(known, at) : learned(rule, known, reading);
          const move = dueMove(rule, known, at);
          if (move) known = moved(known, move, at);
          expect(known.limit).toBeGreaterThanOrEqual(rule.limitMin);
          expect(known.limit).toBeLessThanOrEqual(rule.limitMax);
        }
      }),
    );
  });
});
