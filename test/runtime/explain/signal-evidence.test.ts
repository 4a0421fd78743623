/** Decisions of breakers on signals: their evidence in words, judged again by the same rules. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../../runtime/explain/evidence.ts';
import { decisionsIn, explained } from '../../support/explained.ts';
import { signalChart } from '../../support/signal-chart.ts';

const who = { by: 'ada', why: 'drill' };

/** A life in which every kind of decision is made, with what was said of each. */
async function decisions() {
  const { log, why } = await explained([], async (runtime, clock) => {
    const equity = runtime.signalBreaker('equity', 'drawdown');
    for (const value of [100, Number.NaN, 90, 90, 90]) equity.sample(value);
    equity.reset({ ...who, scope: 'other' });
    equity.disable(who);
    equity.enable(who);
    equity.reset({ ...who, scope: 'equity' });
    const rule = { limitMin: 10, limitMax: 40, factor: 2, halfLifeCount: 1, cooldownMs: 0 };
    const given = { kind: 'gauge', limit: 15, probeCount: 2, adaptive: rule } as const;
    const queue = runtime.signalBreaker('queue', given);
    for (const value of [10, 20, 20, 20]) queue.sample(value);
    await clock.advance(60_000);
    for (const value of [1, 30]) queue.sample(value);
    await clock.advance(120_000);
    for (const value of [1, 1]) queue.sample(value);
    queue.isolate({ ...who, expiresAtMs: clock.now() + 1_000 });
    await clock.advance(1_000);
    queue.metricsOnly(who);
    for (const value of [50, 50, 50]) queue.sample(value);
    await clock.advance(60_000);
    for (const value of [1, 1]) queue.sample(value);
  });
  return (await decisionsIn(log, why)).filter(({ type }) => type.startsWith('breaker.'));
}

describe('decisions of breakers on signals', () => {
  it('are told with their numbers, and come to the same again', async () => {
    const told = await decisions();
    expect(told.filter(({ agrees }) => !agrees)).toEqual([]);
    expect(told.map(({ type, text }) => `${type} ${text}`)).toEqual([
      'breaker.sampleRejected a sample of NaN is not taken: it is no finite number',
      'breaker.opened opened until it is reset: drawdown of 0.1 has reached the limit of 0.04 ' +
        'in 3 readings in a row, peak 100',
      "breaker.resetRefused a reset by ada is refused: say what is reset: 'equity' or 'all', " +
        'got "other"',
      'breaker.disabled switched off by ada until another order: "drill"',
      'breaker.enabled enabled by ada: drill',
      'breaker.opened opened until it is reset: it had latched, and an order that ends is no reset',
      'breaker.rebased reset by ada ("drill"): measured from 90, no more from 100',
      'breaker.closed closed by ada: "drill"',
      'breaker.thresholdMoved the limit moves from 15 to 20: the baseline 10 times 2 is 20',
      'breaker.opened opened until 1970-01-01T00:01:00.000Z: gauge of 20 has reached the limit ' +
        'of 20 in 3 readings in a row',
      'breaker.halfOpened probes with 2 readings, because its open time is over',
      expect.stringMatching(
        /^breaker.opened opened until .*Z: 1 of 2 probes failed: the last read 30, .* is 20$/,
      ),
      'breaker.halfOpened probes with 2 readings, because its open time is over',
      'breaker.closed closed: 2 of 2 probes were within the limit',
      'breaker.isolated held open by ada until 1970-01-01T00:03:01.000Z: "drill"',
      'breaker.halfOpened probes with 2 readings, because the isolation has expired',
      'breaker.setMetricsOnly made to measure only by ada until another order: "drill"',
      'breaker.wouldOpen would open until 1970-01-01T00:04:01.000Z: gauge of 50 has reached the ' +
        'limit of 20 in 3 readings in a row',
      'breaker.wouldClose would close: 2 of 2 probes were within the limit',
    ]);
  });

  it('do not agree when a fact says what the rules do not', () => {
    const t = signalChart({ kind: 'gauge', limit: 10 });
    t.sample(10, 11);
    const before = t.context;
    t.sample(12);
    const [fact] = t.facts as never as [{ type: 'breaker.opened'; evidence: object }];
    const { evidence } = t.context;
    const event = { type: 'SIGNAL_SAMPLED', at: t.clock.now(), value: 12 };
    const decision = { fact, event, before, after: t.context };
    const agreesOn = (changed: object, over: object = {}) =>
      judge('signalBreaker', {
        ...decision,
        fact: { ...fact, evidence: { ...evidence, ...changed } },
        ...over,
      })?.agrees;
    expect(agreesOn({})).toBe(true);
    expect(agreesOn({ confirmationCount: 2 })).toBe(false);
    expect(agreesOn({ confirmations: t.context.confirmations.slice(1) })).toBe(false);
    expect(agreesOn({ reference: 5 })).toBe(false);
    expect(agreesOn({}, { event: { ...event, value: 13 } })).toBe(false);
    expect(judge('signalBreaker', { ...decision, event: undefined })).toBeUndefined();
  });
});
