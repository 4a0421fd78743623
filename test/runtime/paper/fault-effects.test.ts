import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocationSettingsSchema } from '../../../config/allocation.ts';
import { feeSettingsSchema } from '../../../config/paper.ts';
import { faultSettingsSchema } from '../../../config/paper-broker.ts';
import { type FaultPlans, faultPlansSchema } from '../../../config/paper-fault-plans.ts';
import {
  barUnder,
  computerAt,
  type FaultMoment,
  faultsUnder,
  feesUnder,
  troublesAt,
} from '../../../runtime/paper/fault-effects.ts';
import { barAt } from '../../support/bars.ts';

const hour = 3_600_000;
const allocation = allocationSettingsSchema.parse({});
const fees = feeSettingsSchema.parse({});
const faults = faultSettingsSchema.parse({});

const planned = (name: keyof FaultPlans, more = {}) =>
  faultPlansSchema.parse({ [name]: { enabled: true, ...more } });

/** Moments of one plan, every ten minutes of so many days. */
function* moments(name: keyof FaultPlans, days = 20, seed = 7): Generator<FaultMoment> {
  const plans = planned(name);
  for (let at = 0; at < days * 24 * hour; at += hour / 6) yield { plans, seed, at };
}

const during = (name: keyof FaultPlans, days?: number) =>
  [...moments(name, days)].filter((moment) => troublesAt(moment).length > 0);
const outside = (name: keyof FaultPlans) =>
  [...moments(name)].filter((moment) => troublesAt(moment).length === 0);

const bar = { ...barAt(0, 40_000), high: 40_010, low: 39_990, open: 39_995 };

describe('fault plans', () => {
  it('do nothing unless they are asked for, and nothing outside their episodes', () => {
    const none = { plans: faultPlansSchema.parse({}), seed: 7, at: 0 };
    const quiet = Object.keys(none.plans).flatMap((name) => outside(name as keyof FaultPlans));
    expect(quiet.length).toBeGreaterThan(1_000);
    const asked = Array.from({ length: 500 }, (_, i) => ({ ...none, at: i * hour }));
    for (const moment of [...asked, ...quiet]) {
      const now = { ...bar, at: moment.at };
      expect(barUnder(moment, now)).toBe(now);
      expect(feesUnder(moment, fees, 3)).toBe(fees);
      expect(faultsUnder(moment, faults, allocation)).toBe(faults);
      expect(computerAt(moment, allocation)).toEqual({
        ...{ temperatureCelsius: 70, backlogMs: 0, analysisDelayMs: 0 },
      });
    }
  });

  it('have streams of their own', () => {
    const all = faultPlansSchema.parse({
      ...planned('gpuLag'),
      thermalHalt: { enabled: true },
    });
    const together = [...moments('gpuLag')].map(({ seed, at }) =>
      troublesAt({ plans: all, seed, at }),
    );
    expect(new Set(together.map((names) => names.join())).size).toBe(4);
  });
});

describe('a GPU that lags', () => {
  it('lets orders and analyses wait, the less the more workers they have', () => {
    const worst = during('gpuLag').map((moment) => {
      const now = computerAt(moment, allocation);
      const workers = { trading: 0.7, analytics: 0.2, background: 0.1 };
      const helped = computerAt(moment, { ...allocation, workers });
      expect(helped.backlogMs).toBeLessThanOrEqual(now.backlogMs);
      expect(helped.analysisDelayMs).toBeGreaterThan(now.analysisDelayMs);
      expect(now.temperatureCelsius).toBe(70);
      return now.backlogMs;
    });
    expect(Math.max(...worst)).toBeGreaterThan(10_000);
    expect(Math.max(...worst)).toBeLessThan(30_000);
  });

  it('makes every call that much later, and no call fail', () => {
    for (const moment of during('gpuLag')) {
      const { backlogMs } = computerAt(moment, allocation);
      expect(faultsUnder(moment, faults, allocation)).toEqual({
        ...faults,
        latencyMedianMs: faults.latencyMedianMs + backlogMs,
        latencyTailMs: faults.latencyTailMs + backlogMs,
      });
    }
  });
});

describe('a computer that grows hot', () => {
  it('is warmest in the middle of an episode, and cooler with fewer workers', () => {
    const all = during('thermalHalt').map((moment) => {
      const now = computerAt(moment, allocation);
      const halved = computerAt(moment, { ...allocation, workerRatio: 0.5 });
      expect(now.temperatureCelsius - halved.temperatureCelsius).toBeCloseTo(22.5, 9);
      return now;
    });
    const warmest = all.reduce((a, b) => (b.temperatureCelsius > a.temperatureCelsius ? b : a));
    expect(warmest.temperatureCelsius).toBeGreaterThan(95);
    expect(warmest.temperatureCelsius).toBeLessThanOrEqual(70 + 1.5 * 30);
    for (const { temperatureCelsius, backlogMs } of all) {
      // From 80 degrees on it slows down: with all workers half of them are enough for trading.
      const capacity = 0.5 * (1 - Math.min(1, Math.max(0, (temperatureCelsius - 80) / 15)));
      const expected = capacity >= 0.2 ? 0 : Math.round(30_000 * (1 - capacity / 0.2));
      expect(backlogMs).toBe(expected);
    }
    expect(warmest.backlogMs).toBe(30_000);
    // It begins as cool as it was.
    const isBegun = (at: number) => troublesAt({ plans: planned('thermalHalt'), seed: 7, at });
    const first = during('thermalHalt').find(({ at }) => isBegun(at - hour / 6).length === 0)!;
    expect(computerAt(first, allocation).temperatureCelsius).toBeLessThan(73);
  });

  it('has too few workers where a patch goes too far', () => {
    const [moment] = outside('thermalHalt');
    const few = { ...allocation, workerRatio: 0.3 };
    expect(computerAt(moment!, few).backlogMs).toBe(7_500);
    expect(faultsUnder(moment!, faults, few).latencyMedianMs).toBe(7_560);
  });
});

describe('order issues', () => {
  it('fill worse in proportion to the quantity, by half to one and a half of the plan', () => {
    const extras = during('orderIssues', 60).map((moment) => {
      const one = feesUnder(moment, fees, 1).slippageBasisPoints - fees.slippageBasisPoints;
      const half = feesUnder(moment, fees, 0.5).slippageBasisPoints - fees.slippageBasisPoints;
      expect(half).toBeCloseTo(one / 2, 9);
      expect(feesUnder(moment, fees, 1).feeBasisPoints).toBe(fees.feeBasisPoints);
      return one;
    });
    expect(Math.min(...extras)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...extras)).toBeLessThan(30);
    expect(Math.max(...extras) - Math.min(...extras)).toBeGreaterThan(10);
  });

  it('fill in part and answer late, also where the broker was told to work', () => {
    for (const moment of during('orderIssues')) {
      const strength = (feesUnder(moment, fees, 1).slippageBasisPoints - 1) / 20;
      const now = faultsUnder(moment, faults, allocation);
      expect(now.partialFillRatio).toBeCloseTo(0.23, 9);
      expect(now.latencyMedianMs).toBeCloseTo(60 + 2_000 * strength, 6);
      const told = faultsUnder(moment, { ...faults, enabled: false }, allocation);
      expect(told).toMatchObject({ enabled: true, errorRatio: 0, outageDurationMs: 0 });
      expect(told.partialFillRatio).toBeCloseTo(0.2, 9);
    }
  });

  it('never take more shares of the calls than there are', () => {
    const crowded = { ...faults, errorRatio: 0.9, partialFillRatio: 0.05 };
    const [moment] = during('orderIssues');
    const { errorRatio, hangRatio, resetRatio, partialFillRatio, rejectedLoginRatio } = faultsUnder(
      moment!,
      crowded,
      allocation,
    );
    const sum = errorRatio + hangRatio + resetRatio + partialFillRatio + rejectedLoginRatio;
    expect(sum).toBeCloseTo(1, 9);
  });
});

describe('an ICAP collapse', () => {
  it('swings what the host sees around the market, and comes back to it', () => {
    const factors = during('icapCollapse', 60).map((moment) => {
      const now = { ...bar, at: moment.at };
      const seen = barUnder(moment, now);
      const factor = seen.close / now.close;
      expect(seen).toMatchObject({ at: now.at, volume: now.volume });
      expect(seen.low).toBeLessThan(seen.high);
      expect(seen.open / now.open).toBeCloseTo(factor, 12);
      return factor - 1;
    });
    const mean = factors.reduce((sum, each) => sum + each, 0) / factors.length;
    expect(Math.max(...factors)).toBeGreaterThan(0.004);
    expect(Math.max(...factors)).toBeLessThanOrEqual(0.012);
    expect(Math.min(...factors)).toBeLessThan(-0.004);
    expect(Math.abs(mean)).toBeLessThan(0.0005);
  });

  it('is the same for the same seed and time', () => {
    const plans = planned('icapCollapse');
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 1e12 }), (seed, at) => {
        const moment = { plans, seed, at };
        expect(barUnder(moment, { ...bar, at })).toEqual(barUnder(moment, { ...bar, at }));
      }),
    );
  });
});
