import { describe, expect, it } from 'vitest';
import {
  emptyGauge,
  gaugeFitted,
  isBreach,
  lookDueMs,
  readingAfter,
  rebased,
  referenceOf,
  type SignalGauge,
  sampleFlaw,
} from '../../../machines/policies/signal-gauge.ts';
import { parseSignal } from '../../support/signal-chart.ts';

type Given = Parameters<typeof parseSignal>[0];

function fed(given: Given, samples: readonly (readonly [at: number, value: number])[]) {
  const settings = parseSignal(given);
  let gauge: SignalGauge = emptyGauge(settings, 0);
  const measured = samples.map(([at, value]) => {
    const reading = readingAfter(settings, gauge, [], { value, at });
    gauge = reading.gauge;
    return reading.measured;
  });
  return { settings, gauge, measured };
}

describe('the gauge of a signal', () => {
  it.each([
    [{ kind: 'connection' }, [1, 0, 0, 1], [0, 1, 2, 0]],
    [{ kind: 'gauge', limit: 1 }, [5, -5], [5, -5]],
    [{ kind: 'loss' }, [10, -30, 20], [-10, 30, -20]],
    [{ kind: 'latency', size: 3, quantile: 0.6 }, [9, 1, 5, 2, 2], [null, null, 5, 2, 2]],
  ] as const)('reads %j', (given, values, expected) => {
    const samples = values.map((value, at) => [at, value] as const);
    expect(fed(given, samples).measured).toEqual(expected);
  });

  it('reads a rate at the end of each period, which is the beginning of the next', () => {
    const { measured, gauge } = fed({ kind: 'rate', durationMs: 10 }, [
      ...([
        [0, 1],
        [9, 2],
        [10, 4],
        [19, 8],
        [35, 16],
      ] as const),
    ]);
    expect(measured).toEqual([null, null, 3, null, 12]);
    expect(gauge).toEqual({ kind: 'rate', startMs: 35, count: 16 });
  });

  it.each([
    ['drawdown', [1e-9], [0, -1, Number.NaN]],
    ['volatility', [1], [0, -1, Number.POSITIVE_INFINITY]],
    ['loss', [-5, 0], [Number.NEGATIVE_INFINITY]],
    ['gauge', [-5, 0], [Number.NaN]],
    ['latency', [0, 5], [-1]],
    ['rate', [0, 5], [-1]],
    ['connection', [0, 1], [0.5, 2, -1]],
  ] as const)('takes good samples of %s only', (kind, good, bad) => {
    const settings = parseSignal({ kind, limit: kind === 'drawdown' ? 0.1 : 5 } as Given);
    expect(good.map((value) => sampleFlaw(settings, emptyGauge(settings, 0), value))).toEqual(
      good.map(() => null),
    );
    expect(bad.map((value) => sampleFlaw(settings, emptyGauge(settings, 0), value))).not.toContain(
      null,
    );
  });

  it('is looked at where silence says something', () => {
    const due = (given: Given) => {
      const settings = parseSignal(given);
      return lookDueMs(settings, emptyGauge(settings, 5));
    };
    expect(due({ kind: 'connection', silenceMs: 10 })).toBe(15);
    expect(due({ kind: 'rate', durationMs: 20 })).toBe(25);
    expect(due({ kind: 'latency' })).toBeNull();
  });

  it('is measured anew from the last sample on', () => {
    const anew = (given: Given, samples: [number, number][], last: number | null) => {
      const { settings, gauge } = fed(given, samples);
      return rebased(settings, gauge, last, 50);
    };
    expect(
      anew(
        { kind: 'drawdown' },
        [
          [0, 100],
          [1, 90],
        ],
        90,
      ),
    ).toMatchObject({ peak: 90 });
    expect(anew({ kind: 'drawdown' }, [], null)).toMatchObject({ peak: null });
    expect(anew({ kind: 'loss' }, [[0, -20]], -20)).toEqual({ kind: 'loss', base: -20 });
    expect(anew({ kind: 'loss' }, [], null)).toEqual({ kind: 'loss', base: 0 });
    expect(anew({ kind: 'connection' }, [[9, 0]], 0)).toMatchObject({ missCount: 0, lastMs: 50 });
    expect(anew({ kind: 'rate' }, [[9, 5]], 5)).toEqual({ kind: 'rate', startMs: 50, count: 0 });
    expect(anew({ kind: 'latency' }, [[9, 5]], 5)).toEqual({ kind: 'latency', durations: [] });
    const { settings } = fed({ kind: 'volatility' }, []);
    const known = { ...emptyGauge(settings, 0), price: 7, returns: [1], sinceCount: 1, usual: 2 };
    expect(rebased(settings, known as SignalGauge, 7, 50)).toMatchObject({
      ...{ price: 7, returns: [], sinceCount: 0, usual: 2 },
    });
    expect(referenceOf(known as SignalGauge)).toBe(2);
  });

  it('keeps the newest samples under new settings, and nothing for another signal', () => {
    const { settings, gauge } = fed({ kind: 'latency', size: 3, quantile: 0.5 }, [
      ...([
        [0, 1],
        [1, 2],
        [2, 3],
      ] as const),
    ]);
    const after = parseSignal({ kind: 'latency', size: 2, quantile: 0.5 });
    const known = { gauge, history: [1] };
    expect(gaugeFitted(settings, after, known, 9).gauge).toMatchObject({ durations: [2, 3] });
    const rate = parseSignal({ kind: 'rate' });
    expect(gaugeFitted(settings, rate, known, 9)).toEqual({
      ...{ gauge: { kind: 'rate', startMs: 9, count: 0 }, history: [] },
    });
  });

  it('counts the limit itself, on the side that was asked for', () => {
    const over = (trips: 'above' | 'below') =>
      [4, 5, 6].map((measured) =>
        isBreach(parseSignal({ kind: 'gauge', limit: 5, trips }), measured, 5),
      );
    expect([over('above'), over('below')]).toEqual([
      [false, true, true],
      [true, true, false],
    ]);
  });
});
