import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safetySettingsSchema } from '../../../config/safety.ts';
import {
  isConfirmed,
  withoutReport,
  withReport,
} from '../../../machines/policies/emergency-confirmation.ts';
import { limitedQuantity } from '../../../machines/policies/order-limit.ts';
import {
  type Calm,
  nextLevel,
  safetyLevelOf,
  safetyLevels,
} from '../../../machines/policies/safety-level.ts';
import {
  availabilityOf,
  countFailures,
  metricsAt,
  noMetrics,
  otherComponents,
} from '../../../machines/policies/safety-metrics.ts';

const settings = safetySettingsSchema.parse({});
const component = (id: string, state: 'passing' | 'failing' | 'down', critical = false) => ({
  ...{ id, state, critical, weight: 1 },
});

describe('the level of safety', () => {
  it.each([
    [100, [], 'healthy'],
    [80, [], 'healthy'],
    [79.9, [], 'degraded'],
    [50, [], 'degraded'],
    [49.9, [], 'critical'],
    [30, [], 'critical'],
    [29.9, [], 'emergency'],
    [Number.NaN, [], 'critical'],
    [100, [component('a', 'failing')], 'degraded'],
    [100, [component('a', 'down')], 'degraded'],
    [100, [component('a', 'failing', true)], 'degraded'],
    [100, [component('a', 'down', true)], 'critical'],
    [100, [component('a', 'down', true), component('b', 'down')], 'critical'],
    [100, [component('a', 'down', true), component('b', 'down', true)], 'emergency'],
  ] as const)('of score %d with %j is %s', (score, components, level) => {
    expect(safetyLevelOf({ score, components }, settings)).toBe(level);
  });
});

describe('the level after new evidence', () => {
  const from = (level: 'critical' | 'degraded', calm: Calm) => ({ level, calm });

  it('is better from the very end of the dwell on, and as good as the worst of it', () => {
    const begun = nextLevel(from('critical', null), 'healthy', 100, 50);
    expect(begun).toEqual({ level: 'critical', calm: { sinceMs: 100, level: 'healthy' } });
    const worse = nextLevel(from('critical', begun.calm), 'degraded', 120, 50);
    expect(worse.calm).toEqual({ sinceMs: 100, level: 'degraded' });
    expect(nextLevel(from('critical', worse.calm), 'healthy', 149, 50).level).toBe('critical');
    const ended = nextLevel(from('critical', worse.calm), 'healthy', 150, 50);
    expect(ended).toEqual({ level: 'degraded', calm: null });
  });

  it('waits anew when the evidence was as bad as the level once', () => {
    const calm = { sinceMs: 100, level: 'healthy' } as const;
    const again = nextLevel(from('degraded', calm), 'degraded', 140, 50);
    expect(again).toEqual({ level: 'degraded', calm: null });
  });
});

describe('confirmations', () => {
  const report = (source: string, at: number) => ({ source, at, why: 'tick' });
  const reported = (...reports: ReturnType<typeof report>[]) =>
    reports.reduce((all, one) => withReport(all, one, settings), {});

  it('need three reports of one source', () => {
    const two = reported(report('a', 0), report('a', 1));
    expect([
      isConfirmed(two, 1, settings),
      isConfirmed(reported(report('a', 0)), 0, settings),
    ]).toEqual([false, false]);
    expect(isConfirmed(withReport(two, report('a', 2), settings), 2, settings)).toBe(true);
  });

  it('or two sources', () => {
    expect(isConfirmed(reported(report('a', 0), report('b', 1)), 1, settings)).toBe(true);
  });

  it('never take one source for several', () => {
    const alone = safetySettingsSchema.parse({ confirmSourceCount: 1 });
    expect(isConfirmed(reported(report('a', 0)), 0, alone)).toBe(false);
  });

  it('forget what was taken back, and what is too old', () => {
    const two = reported(report('a', 0), report('a', 1));
    expect(withoutReport(two, 'a')).toEqual({});
    const { confirmWithinMs } = settings;
    const atLimit = withReport(two, report('a', 1 + confirmWithinMs), settings);
    expect(isConfirmed(atLimit, 1 + confirmWithinMs, settings)).toBe(true);
    const late = withReport(two, report('a', 2 + confirmWithinMs), settings);
    expect(isConfirmed(late, 2 + confirmWithinMs, settings)).toBe(false);
    const other = withReport(two, report('b', 2 + confirmWithinMs), settings);
    expect(Object.keys(other)).toEqual(['b']);
  });

  it('remember a bounded number of sources', () => {
    const flood = reported(...Array.from({ length: 500 }, (_, i) => report(`s${i}`, 0)));
    expect(Object.keys(flood).length).toBe(64);
  });
});

describe('the limit of an order', () => {
  const ratio = settings.orderRatio;

  it('cuts what opens, by the state, and never what reduces', () => {
    const limits = safetyLevels.map((level) =>
      limitedQuantity({ quantity: 2, reduces: false }, { level, isHalted: false }, ratio),
    );
    expect(limits).toEqual([2, 1, 0, 0]);
  });

  it('is never more than was asked for, never less than nothing, and 0 in a halt', () =>
    fc.assert(
      fc.property(
        fc.double(),
        fc.boolean(),
        fc.constantFrom(...safetyLevels),
        fc.boolean(),
        (quantity, reduces, level, isHalted) => {
          const limit = limitedQuantity({ quantity, reduces }, { level, isHalted }, ratio);
          expect(limit >= 0 && Number.isFinite(limit)).toBe(true);
          if (limit > 0) expect(limit).toBeLessThanOrEqual(quantity);
          if (reduces && quantity > 0 && Number.isFinite(quantity)) expect(limit).toBe(quantity);
          if (isHalted && !reduces) expect(limit).toBe(0);
        },
      ),
    ));
});

describe('the metrics', () => {
  it('count the time in critical and emergency as not available', () => {
    const begun = metricsAt(noMetrics, 'healthy', 100);
    const healthy = metricsAt(begun, 'healthy', 160);
    const degraded = metricsAt(healthy, 'degraded', 180);
    const critical = metricsAt(degraded, 'critical', 200);
    expect(availabilityOf(critical)).toEqual({ uptimeMs: 80, availabilityRatio: 0.8 });
    expect(metricsAt(critical, 'healthy', 50)).toBe(critical);
    expect(availabilityOf(noMetrics)).toEqual({ uptimeMs: 0, availabilityRatio: 1 });
  });

  it('count each failure when it begins, for a bounded number of components', () => {
    const one = countFailures(noMetrics, [], [component('a', 'down'), component('b', 'passing')]);
    expect(one.failureCounts).toEqual({ a: 1 });
    expect(countFailures(one, ['a'], [component('a', 'failing')])).toBe(one);
    const many = Array.from({ length: 300 }, (_, i) => component(`c${i}`, 'down'));
    const flood = countFailures(noMetrics, [], many).failureCounts;
    expect(flood[otherComponents]).toBe(44);
  });
});
