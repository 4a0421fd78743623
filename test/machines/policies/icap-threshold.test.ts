import fc from 'fast-check';
import { expect, it } from 'vitest';
import { secrSettingsSchema } from '../../../config/secr.ts';
import {
  targetOf,
  thresholdAfter,
  thresholdAtStart,
  wildnessOf,
  withProfit,
} from '../../../machines/policies/icap-threshold.ts';

const { threshold: settings } = secrSettingsSchema.parse({});
const start = thresholdAtStart(settings);

it('begins where the settings say, and stays there while nothing happens', () => {
  expect(start.value).toBe(0.5);
  expect(thresholdAfter(start, 0, 0, settings)).toBe(start);
});

it('rises with failures by stepMax at most, and comes back', () => {
  const raised = thresholdAfter(start, 5, 100, settings);
  expect(raised).toMatchObject({ value: 0.6, movedAtMs: 100 });
  const back = thresholdAfter(raised, 0, 100 + settings.cooldownMs, settings);
  expect(back.value).toBeCloseTo(0.5);
});

it('does not move again before its cooldown is over', () => {
  const raised = thresholdAfter(start, 5, 100, settings);
  const { cooldownMs } = settings;
  expect(thresholdAfter(raised, 5, 99 + cooldownMs, settings)).toBe(raised);
  expect(thresholdAfter(raised, 5, 100 + cooldownMs, settings).value).toBeGreaterThan(0.65);
});

it('follows the market, and profit against it', () => {
  const market = { volatilityRatio: 2, volumeRatio: 1, momentumRatio: 0 };
  expect(wildnessOf(null)).toBe(0);
  expect(wildnessOf(market)).toBe(1);
  expect(wildnessOf({ ...market, volatilityRatio: 1, volumeRatio: 2 })).toBe(-0.5);
  expect(wildnessOf({ ...market, volatilityRatio: 1, momentumRatio: -0.4 })).toBe(0.2);
  expect(targetOf({ ...start, market }, 0, settings)).toBeCloseTo(0.6);
  const rich = Array.from({ length: 50 }, () => 3).reduce(withProfit, start);
  expect(rich.profit).toBeGreaterThan(0.99);
  expect(targetOf(rich, 0, settings)).toBeCloseTo(0.4, 2);
});

it('stays within its bounds, steps and cooldown, whatever comes', () => {
  const moment = fc.tuple(
    fc.nat(600_000),
    fc.double({ min: 0, max: 50, noNaN: true }),
    fc.integer(),
  );
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 40 }), (moments) => {
      let [now, at] = [start, 0];
      for (const [elapsedMs, pressure, profit] of moments) {
        at += elapsedMs;
        const next = thresholdAfter(withProfit(now, profit), pressure, at, settings);
        const step = Math.abs(next.value - now.value);
        expect(step).toBeLessThanOrEqual(settings.stepMax + 1e-12);
        expect(next.value).toBeGreaterThanOrEqual(settings.min);
        expect(next.value).toBeLessThanOrEqual(settings.max);
        if (step > 0 && now.movedAtMs !== null) {
          expect(at - now.movedAtMs).toBeGreaterThanOrEqual(settings.cooldownMs);
        }
        if (step > 0) expect(next.movedAtMs).toBe(at);
        now = next;
      }
    }),
  );
});
