import { describe, expect, it } from 'vitest';
import { signalChart } from '../support/signal-chart.ts';

const equity = { kind: 'drawdown', limit: 0.04 } as const;
const queue = { kind: 'gauge', limit: 10, openDurationMs: 60_000 } as const;

describe('a breaker on a signal', () => {
  it('opens on the third reading in a row at its limit, with the three as evidence', () => {
    const t = signalChart(equity);
    t.sample(100, 110, 109, 105.6, 104);
    expect([t.state, t.context.confirmations.length]).toEqual(['closed', 2]);
    t.sample(105);
    expect(t.state).toBe('open');
    expect(t.facts).toMatchObject([
      {
        type: 'breaker.opened',
        at: 7_000,
        openDurationMs: null,
        openUntilMs: null,
        whenOpen: 'halt',
        evidence: {
          kind: 'signal',
          signal: 'drawdown',
          reference: 110,
          confirmations: [
            { atMs: 5_000, value: 105.6, limit: 0.04 },
            { atMs: 6_000, value: 104, measured: 1 - 104 / 110 },
            { atMs: 7_000, value: 105 },
          ],
        },
      },
    ]);
  });

  it('begins to count anew after a reading within the limit', () => {
    const t = signalChart(equity);
    t.sample(100, 95, 95, 97, 95, 95);
    expect(t.state).toBe('closed');
    t.sample(95);
    expect(t.state).toBe('open');
  });

  it('is never tripped by one bad tick, down or up', () => {
    for (const tick of [1, 96, 101.6, 104.2, 150, 1e9]) {
      const t = signalChart(equity);
      t.sample(100, 100.5, tick, 100, 100.2, 98, 97.9, 97.8);
      expect([tick, t.state, t.context.gauge]).toMatchObject([tick, 'closed', { peak: 100.5 }]);
    }
  });

  it('takes a high that is held as the peak, and what was lost since', () => {
    const t = signalChart(equity);
    t.sample(100, 120, 110, 110);
    expect(t.context.gauge).toMatchObject({ peak: 120 });
    t.sample(110);
    expect(t.state).toBe('open');
  });

  it('latches, whatever comes, until a reset that names it', () => {
    const t = signalChart(equity);
    t.sample(100, 90, 90, 90);
    t.clock.advance(3_600_000);
    t.sample(100, 101, 102, 103);
    expect(t.state).toBe('open');
    t.reset('other');
    expect(t.state).toBe('open');
    expect(t.facts.at(-1)).toMatchObject({
      type: 'breaker.resetRefused',
      scope: 'other',
      by: 'ada',
      refusal: `say what is reset: 'eq' or 'all', got "other"`,
    });
    t.send({ type: 'RESET', scope: 'eq', why: ' ' });
    expect(t.facts.at(-1)).toMatchObject({ refusal: 'say who resets it and why' });
    t.sample(97);
    t.reset();
    expect([t.state, t.context.latchedBy]).toEqual(['closed', null]);
    expect(t.facts.slice(-2)).toMatchObject([
      { type: 'breaker.rebased', from: 103, to: 97, scope: 'eq' },
      { type: 'breaker.closed', by: 'ada', openCount: 1 },
    ]);
    t.sample(94, 94, 94);
    expect(t.state).toBe('closed');
    t.sample(93, 93, 93);
    expect(t.state).toBe('open');
  });

  it('is rebased by a reset while closed too: money that is taken out is no loss', () => {
    const t = signalChart(equity);
    t.sample(100, 60);
    t.reset('all');
    t.sample(60, 60, 60);
    expect([t.state, t.context.measured]).toEqual(['closed', 0]);
  });

  it('goes back to open from any other order when it had latched', () => {
    for (const type of ['DISABLE', 'METRICS_ONLY', 'ISOLATE']) {
      const t = signalChart(equity);
      t.sample(100, 90, 90, 90);
      t.send({ type, expiresAtMs: t.clock.now() + 500 });
      expect(t.state).not.toBe('open');
      t.clock.advance(500);
      expect([type, t.state]).toEqual([type, 'open']);
      expect(t.facts.at(-1)).toMatchObject({ type: 'breaker.opened', openUntilMs: null });
    }
    const t = signalChart(equity);
    t.sample(100, 90, 90, 90);
    t.send({ type: 'DISABLE' });
    t.send({ type: 'ENABLE' });
    expect(t.state).toBe('open');
    t.change({ ...equity, latch: false, openDurationMs: 1 });
    t.clock.advance(10_000);
    expect(t.state).toBe('open');
    t.reset();
    expect(t.state).toBe('closed');
  });

  it('remembers by what it has latched, whatever a dry run comes to', () => {
    const t = signalChart(equity);
    t.sample(100, 90, 91, 92);
    const { evidence } = t.context;
    t.send({ type: 'METRICS_ONLY' });
    t.sample(80, 80, 80);
    expect(t.context.evidence).not.toEqual(evidence);
    t.send({ type: 'ENABLE' });
    expect(t.facts.at(-1)).toMatchObject({ type: 'breaker.opened', evidence });
  });

  it('tries again by itself when it does not latch, and opens longer each time', () => {
    const t = signalChart(queue);
    t.sample(10, 11, 12);
    expect(t.facts.at(-1)).toMatchObject({ openDurationMs: 60_000, openUntilMs: 64_000 });
    t.clock.advance(60_000);
    expect(t.state).toBe('halfOpen');
    t.sample(9, 10);
    expect(t.state).toBe('open');
    const opened = t.facts.at(-1)!;
    expect(opened).toMatchObject({
      type: 'breaker.opened',
      openCount: 2,
      evidence: { kind: 'probes', successCount: 1, failureCount: 1, last: { measured: 10 } },
    });
    expect(t.context.openDurationMs).toBeGreaterThanOrEqual(108_000);
    t.clock.advance(120_000);
    t.sample(9, 9, 9);
    expect(t.state).toBe('closed');
    expect(t.factsOf('breaker.probed').map((fact) => 'ok' in fact && fact.ok)).toEqual([
      ...[true, false],
      ...[true, true, true],
    ]);
    expect(t.facts.at(-1)).toMatchObject({ type: 'breaker.closed', by: null, openCount: 2 });
  });

  it('trips below its limit where that is the wrong side', () => {
    const t = signalChart({ ...queue, trips: 'below' });
    t.sample(11, 10, 9, 11, 10, 10, 10);
    expect(t.state).toBe('open');
  });

  it('counts a bad sample and says so; it neither trips nor closes nor confirms', () => {
    const t = signalChart(equity);
    t.sample(100, 95, 95);
    t.sample(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    t.send({ type: 'SIGNAL_SAMPLED', value: 50, sampledAtMs: 1 });
    expect(t.factsOf('breaker.sampleRejected')).toMatchObject([
      { value: Number.NaN, why: 'it is no finite number', rejectedCount: 1 },
      { value: Number.POSITIVE_INFINITY },
      { value: Number.NEGATIVE_INFINITY },
      { value: 50, why: 'its time 1 is before 4000', rejectedCount: 4 },
    ]);
    expect([t.state, t.context.confirmations.length]).toEqual(['closed', 2]);
    expect(t.context).toMatchObject({ value: 95, gauge: { peak: 100 }, rejectedRunCount: 4 });
    t.sample(95);
    expect([t.state, t.context.rejectedRunCount]).toEqual(['open', 0]);
  });

  it('takes no time that is none, and after a reset forgets one from the future', () => {
    const t = signalChart(equity);
    const sample = (value: number, sampledAtMs: number) =>
      t.send({ type: 'SIGNAL_SAMPLED', value, sampledAtMs });
    sample(100, Number.NaN);
    expect(t.factsOf('breaker.sampleRejected')).toMatchObject([
      { value: 100, why: 'its time is no finite number' },
    ]);
    sample(100, 9e15);
    sample(99, 2_000);
    expect([t.context.value, t.context.rejectedCount]).toEqual([100, 2]);
    t.reset();
    sample(98, 2_000);
    expect(t.context).toMatchObject({ value: 98, sampledAtMs: 2_000, rejectedCount: 2 });
  });

  it('trips on an account that is lost, or more than lost', () => {
    const t = signalChart(equity);
    t.sample(0, -5);
    expect(t.factsOf('breaker.sampleRejected')).toHaveLength(2);
    t.sample(100, 0, -20, 0);
    expect(t.state).toBe('open');
    expect(t.context.measured).toBe(1);
    t.send({ type: 'RESET', scope: 'all', by: 'ada', why: 'paid in' });
    expect(t.context.gauge).toMatchObject({ peak: null });
    t.sample(50, 49.9);
    expect([t.state, t.context.gauge]).toMatchObject(['closed', { peak: 50 }]);
  });

  it('takes the times of a recorded market, long before its own', () => {
    const t = signalChart(equity);
    for (const [value, sampledAtMs] of [
      [100, 10],
      [90, 20],
      [90, 20],
      [90, 30],
    ]) {
      t.send({ type: 'SIGNAL_SAMPLED', value, sampledAtMs });
    }
    expect(t.state).toBe('open');
    expect(t.facts).toMatchObject([
      { at: 1_000, evidence: { confirmations: [{ atMs: 20 }, {}, {}] } },
    ]);
  });
});

describe('a breaker on a connection', () => {
  const settings = { kind: 'connection', silenceMs: 1_000 } as const;

  it('opens on three failures in a row', () => {
    const t = signalChart({ ...settings, silenceMs: 100_000 });
    t.sample(1, 0, 0, 1, 0, 0);
    expect(t.state).toBe('closed');
    t.sample(0);
    expect(t.state).toBe('open');
  });

  it('opens by silence, from the start and after a sample', () => {
    const t = signalChart(settings);
    t.clock.advance(2_999);
    expect(t.state).toBe('closed');
    t.clock.advance(1);
    expect(t.state).toBe('open');
    const s = signalChart(settings);
    s.clock.advance(900);
    s.send({ type: 'SIGNAL_SAMPLED', value: 1 });
    // One look a silence, not one a sample.
    expect(s.context.lookAtMs).toBe(2_000);
    s.clock.advance(2_999);
    expect([s.state, s.context.measured]).toEqual(['closed', 2]);
    s.clock.advance(1);
    expect(s.state).toBe('open');
  });

  it('counts a failure and a silence alike, each once', () => {
    const t = signalChart(settings);
    t.clock.advance(999);
    t.send({ type: 'SIGNAL_SAMPLED', value: 0 });
    t.clock.advance(1);
    expect(t.context.measured).toBe(1);
    t.clock.advance(999);
    expect(t.context.measured).toBe(2);
  });

  it('looks as often as new settings say, and no more when another signal is measured', () => {
    const t = signalChart({ ...settings, silenceMs: 100_000 });
    t.change(settings);
    t.clock.advance(1_000);
    expect(t.context.measured).toBe(1);
    t.change(queue);
    t.clock.advance(10_000);
    expect(t.context).toMatchObject({ measured: null, lookAtMs: null, gauge: { kind: 'gauge' } });
    expect(t.facts.at(-1)).toMatchObject({ type: 'breaker.countedAnew', from: 'connection' });
  });
});

describe('a breaker on a rate', () => {
  const settings = { kind: 'rate', limit: 5, durationMs: 1_000 } as const;

  it('opens after three periods in a row at the limit, never by one flood', () => {
    const t = signalChart(settings);
    const period = (value: number) => {
      t.send({ type: 'SIGNAL_SAMPLED', value });
      t.clock.advance(1_000);
    };
    period(1e9);
    period(4);
    period(5);
    period(5);
    expect(t.state).toBe('closed');
    period(6);
    expect(t.state).toBe('open');
    expect(t.facts.at(-1)).toMatchObject({
      evidence: { confirmations: [{ measured: 5 }, { measured: 5 }, { measured: 6 }] },
    });
  });

  it('opens by silence when too few happen', () => {
    const t = signalChart({ ...settings, trips: 'below', limit: 0 });
    t.clock.advance(3_000);
    expect(t.state).toBe('open');
  });
});

describe('an adaptive limit', () => {
  const adaptive = {
    ...{ limitMin: 20, limitMax: 200, factor: 2, halfLifeCount: 2 },
    ...{ cooldownMs: 5_000, cooldownMaxMs: 60_000, moveRatioMin: 0 },
  };
  const settings = { kind: 'gauge', limit: 100, adaptive, openDurationMs: 1_000 } as const;

  it('follows the baseline, says why, and waits between two moves', () => {
    const t = signalChart(settings);
    t.sample(40, 40, 40, 40);
    expect(t.facts).toEqual([]);
    t.sample(40);
    expect(t.facts).toEqual([
      {
        ...{ type: 'breaker.thresholdMoved', at: 6_000, from: 100, to: 80, baseline: 40 },
        ...{ bound: 'none', cooldownMs: 5_000, why: 'the baseline 40 times 2 is 80' },
      },
    ]);
    t.sample(60, 60, 60, 60);
    expect(t.context.threshold.limit).toBe(80);
    t.sample(60);
    expect(t.context.threshold.limit).toBeGreaterThan(80);
  });

  it('stops at the ends of its envelope', () => {
    const t = signalChart(settings);
    t.sample(1, 1, 1, 1, 1);
    expect(t.facts.at(-1)).toMatchObject({
      ...{ to: 20, bound: 'min', why: 'the baseline 1 times 2 is 2, held at limitMin 20' },
    });
    const high = signalChart({ ...settings, trips: 'below' });
    high.sample(900, 900, 900, 900, 900);
    expect(high.facts.at(-1)).toMatchObject({ to: 200, bound: 'max' });
  });

  it('learns nothing from what counts against it, and holds still longer after each trip', () => {
    const t = signalChart(settings);
    t.sample(40, 40, 40, 500, 500);
    expect(t.context.threshold.baseline).toBe(40);
    t.sample(500);
    expect(t.context.threshold).toMatchObject({ limit: 100, tripCount: 1, heldSinceMs: 7_000 });
    t.clock.advance(1_000);
    t.sample(40, 40, 40);
    expect(t.state).toBe('closed');
    t.sample(40, 40, 40, 40, 40);
    expect(t.context.threshold.limit).toBe(100);
    t.sample(40);
    expect(t.facts.at(-1)).toMatchObject({ from: 100, to: 80, cooldownMs: 10_000 });
    expect(t.context.threshold.tripCount).toBe(0);
  });

  it('moves into a new envelope with new settings, and keeps what is usual', () => {
    const t = signalChart(settings);
    t.sample(40, 40, 40, 40, 40);
    t.change({ ...settings, adaptive: { ...adaptive, limitMin: 90 } });
    expect(t.context.threshold).toMatchObject({ limit: 90, baseline: 40 });
    t.change({ ...settings, limit: 150 });
    expect(t.context.threshold.limit).toBe(150);
    t.change(queue);
    expect(t.context.threshold.limit).toBe(10);
    expect(t.factsOf('breaker.thresholdMoved')).toHaveLength(1);
  });
});
