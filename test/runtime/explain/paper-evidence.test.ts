/** Decisions of probes and of the paper host, judged again from what was known. */
import { describe, expect, it } from 'vitest';
import { healthSettingsSchema, probeOptionsSchema } from '../../../config/health.ts';
import { judge } from '../../../runtime/explain/evidence.ts';

type Decision = Parameters<typeof judge>[1];

const judged = (machine: string, decision: Decision) => judge(machine, decision)!;

describe('the paper session', () => {
  const after = {
    positionQuantity: 0,
    target: { quantity: 1, price: 100, at: 1 },
    limits: { openRatio: 0.5, mayReduce: true },
  };
  const sent = (quantity: number, more: object = {}) => ({
    fact: { type: 'order.sent', order: { side: 'buy', quantity, reduces: false } },
    ...{ event: { type: 'TARGET', at: 1 }, before: after, after: { ...after, ...more } },
  });

  it('sent what position, wish and limits give', () => {
    const { text, agrees } = judged('session', sent(0.5));
    expect(text).toBe('buy 0.5: position 0, wished 1, may open 50 %');
    expect(agrees).toBe(true);
    expect(judged('session', sent(1)).agrees).toBe(false);
    const limits = { openRatio: 1, mayReduce: true };
    expect(judged('session', sent(0.5, { limits })).agrees).toBe(false);
    expect(judged('session', sent(0.5, { positionQuantity: 0.25 })).agrees).toBe(false);
  });

  it('was limited by the posture that it was told of', () => {
    const event = { type: 'POSTURE_CHANGED', at: 1, forbidden: ['orders.open'], quality: {} };
    const limited = (openRatio: number, mayReduce = true) => ({
      fact: { type: 'session.limited', at: 1, openRatio, mayReduce },
      ...{ event, before: after, after },
    });
    expect(judged('session', limited(0))).toMatchObject({
      text: 'may open 0 % of the position that is wished for',
      agrees: true,
    });
    expect(judged('session', limited(0.5)).agrees).toBe(false);
    expect(judged('session', limited(0, false)).agrees).toBe(false);
  });
});

describe('the feed monitor', () => {
  it('found the feed stale when it was', () => {
    const before = { lastBarAt: 1_000, staleAfterMs: 300_000 };
    const stale = (at: number) => ({
      fact: { type: 'feed.stale', at, lastBarAt: 1_000 },
      ...{ event: { type: 'xstate.after' }, before, after: before },
    });
    expect(judged('feedMonitor', stale(301_000))).toMatchObject({
      text: 'no bar since 1970-01-01T00:00:01.000Z, for 300 s',
      agrees: true,
    });
    expect(judged('feedMonitor', stale(300_000)).agrees).toBe(false);
  });
});

describe('a probe', () => {
  const before = {
    options: probeOptionsSchema.parse({ max: 10 }),
    settings: healthSettingsSchema.parse({}),
    ...{ failureCount: 1, values: [1, 2, 3], why: null },
  };
  const changed = (to: string, failureCount: number, value = 11) => ({
    fact: {
      ...{ type: 'probe.changed', at: 1, id: 'broker', to, critical: true, failureCount },
      why: value > 10 ? `measured ${value}, above 10` : null,
    },
    ...{ event: { type: 'CHECK_PASSED', at: 1, value }, before, after: before },
  });

  it('changed its state by the rules', () => {
    expect(judged('healthProbe', changed('failing', 2))).toMatchObject({
      text: 'broker is failing: measured 11, above 10; failure 2 in a row, 3 are down',
      agrees: true,
    });
    expect(judged('healthProbe', changed('down', 2)).agrees).toBe(false);
    expect(judged('healthProbe', changed('failing', 1)).agrees).toBe(false);
    expect(judged('healthProbe', changed('passing', 0, 9))).toMatchObject({
      text: 'broker passes again',
      agrees: true,
    });
  });

  it('found a value odd by the values before it', () => {
    const odd = (anomalyScore: number) => ({
      fact: {
        ...{ type: 'probe.anomaly', at: 1, id: 'broker', value: 2, anomalyScore },
        anomalyScoreMin: 3.5,
      },
      ...{ event: { type: 'CHECK_PASSED', at: 1, value: 2 }, before, after: before },
    });
    expect(judged('healthProbe', odd(9)).agrees).toBe(false);
    expect(judged('healthProbe', odd(0)).checks[0]).toMatchObject({ expected: 0, actual: 0 });
  });
});

describe('an alert', () => {
  const before = {
    ...{ key: 'feed', severity: 'warning', at: 1_000, acknowledgedBy: null },
    responseMs: { warning: 900_000, critical: 300_000, emergency: 0 },
  };
  const told = (type: string, at: number) => ({
    fact: { ...{ type, at, key: 'feed', severity: 'warning', text: 'stale' } },
    ...{ event: { type: 'RESOLVE' }, before, after: { ...before, text: 'stale' } },
  });

  it('was escalated when the time for an answer had ended', () => {
    expect(judged('alert', told('alert.escalated', 901_000)).agrees).toBe(true);
    expect(judged('alert', told('alert.escalated', 900_000)).agrees).toBe(false);
  });

  it('was escalated at once when it had become an emergency, whoever had acknowledged it', () => {
    const decision = (at: number) => ({
      ...told('alert.escalated', at),
      event: { type: 'WORSEN', at: 5_000, severity: 'emergency', text: 'worse' },
      before: { ...before, acknowledgedBy: 'ada' },
    });
    expect(judged('alert', decision(5_000))).toMatchObject({
      text: '"feed" is emergency now: everybody is told at once',
      agrees: true,
    });
    expect(judged('alert', decision(905_000)).agrees).toBe(false);
  });

  it('said what it is about, and that it is over', () => {
    expect(judged('alert', told('alert.raised', 1_000))).toMatchObject({
      text: "warning 'feed': stale",
      agrees: true,
    });
    expect(judged('alert', told('alert.resolved', 5)).agrees).toBe(true);
  });
});
