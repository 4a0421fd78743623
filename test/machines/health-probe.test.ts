import { describe, expect, it } from 'vitest';
import { createActor, fromCallback, type SnapshotFrom } from 'xstate';
import { healthSettingsSchema, probeOptionsSchema } from '../../config/health.ts';
import {
  type HealthProbeEmitted,
  type HealthProbeEvent,
  healthProbeMachine,
} from '../../machines/health-probe.ts';
import { availabilityOf, uptimeOf } from '../../machines/policies/availability.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { stranded } from '../support/reaches.ts';

const machine = healthProbeMachine.provide({ actors: { checks: fromCallback(() => {}) } });
const input = (options: object = {}, settings: object = {}) => ({
  id: 'broker',
  options: probeOptionsSchema.parse(options),
  settings: healthSettingsSchema.parse(settings),
  at: 0,
  listeners: ['/nobody'],
});

function chart(options: object = {}, settings: object = {}) {
  const actor = createActor(machine, { input: input(options, settings) }).start();
  const facts: HealthProbeEmitted[] = [];
  actor.on('*', (fact) => facts.push(fact));
  return {
    facts,
    pass: (at: number, more: object = {}) => actor.send({ type: 'CHECK_PASSED', at, ...more }),
    fail: (at: number, more: object = {}) =>
      actor.send({ type: 'CHECK_FAILED', at, why: 'refused', ...more }),
    send: (event: HealthProbeEvent) => actor.send(event),
    get state() {
      return actor.getSnapshot().value;
    },
    get context() {
      return actor.getSnapshot().context;
    },
  };
}

describe('health probe', () => {
  it('is down after three failures in a row, and passing again after one pass', () => {
    const t = chart();
    const states = [];
    for (const at of [1, 2, 3, 4]) {
      t.fail(at);
      states.push(t.state);
    }
    expect(states).toEqual(['failing', 'failing', 'down', 'down']);
    t.pass(10);
    expect(t.state).toBe('passing');
    expect(t.facts).toMatchObject([
      { type: 'probe.changed', to: 'failing', at: 1, failureCount: 1, why: 'refused' },
      { type: 'probe.changed', to: 'down', at: 3, failureCount: 3 },
      { type: 'probe.changed', to: 'passing', at: 10, failureCount: 0, why: null },
    ]);
  });

  it('counts time, passes that were told together, and failures', () => {
    const t = chart({ failureCountMax: 1 });
    t.pass(10, { count: 4 });
    t.fail(20, { passedCount: 3 });
    expect(uptimeOf(t.context, 25)).toBe(20);
    t.pass(30);
    t.fail(60);
    expect(t.context).toMatchObject({ passCount: 8, failCount: 2, downMs: 10, downSinceMs: 60 });
    expect(uptimeOf(t.context, 80)).toBe(50);
    expect(availabilityOf(t.context, 80)).toBe(50 / 80);
  });

  it.each([
    [{ value: 5, max: 4 }, 'measured 5, above 4'],
    [{ value: 1, min: 2 }, 'measured 1, below 2'],
    [{ value: Number.NaN }, 'measured NaN'],
    [{ value: Number.POSITIVE_INFINITY }, 'measured Infinity'],
  ])('takes %j as a failure', ({ value, ...limits }, why) => {
    const t = chart(limits);
    t.pass(1, { value });
    expect([t.state, t.context.why]).toEqual(['failing', why]);
    for (const at of [2, 3, 4]) t.pass(at, { value });
    expect([t.state, t.context.failCount]).toEqual(['down', 4]);
  });

  it('takes a value on its limit as a pass', () => {
    const t = chart({ min: 1, max: 1 });
    t.pass(1, { value: 1 });
    expect(t.state).toBe('passing');
  });

  it('flags a value unlike those before it, without failing, and keeps as many as it may', () => {
    const t = chart({}, { anomalyValueCount: 16, anomalyValueCountMin: 12 });
    for (let at = 1; at <= 11; at += 1) t.pass(at, { value: 10 + (at % 3) });
    t.pass(12, { value: 500 });
    expect(t.context.isAnomalous).toBe(false);
    t.pass(13, { value: 500 });
    expect(t.context.isAnomalous).toBe(true);
    expect(t.facts.at(-1)).toMatchObject({ type: 'probe.anomaly', value: 500, at: 13 });
    expect(t.state).toBe('passing');
    t.pass(14, { value: 11 });
    expect(t.context.isAnomalous).toBe(false);
    for (let at = 15; at < 60; at += 1) t.pass(at, { value: at });
    expect(t.context.values).toHaveLength(16);
    expect(t.context.values.at(-1)).toBe(59);
  });
});

describe('health probe, on every edge', () => {
  type Snapshot = SnapshotFrom<typeof machine>;
  const events: HealthProbeEvent[] = [
    { type: 'CHECK_PASSED', at: 1 },
    { type: 'CHECK_PASSED', at: 1, value: 9 },
    { type: 'CHECK_PASSED', at: 1, value: 3 },
    { type: 'CHECK_FAILED', at: 1, why: 'refused' },
  ];
  const key = ({ value, context }: Snapshot) =>
    JSON.stringify([value, Math.min(context.failureCount, 3), context.isAnomalous]);
  const given = { input: input({ max: 5 }), events, key };

  it('is sound; down and passing can be reached from everywhere', () => {
    const edges = expectSound(machine, given);
    expect(stranded(edges, key, ({ value }) => value === 'down')).toEqual([]);
    expect(stranded(edges, key, ({ value }) => value === 'passing')).toEqual([]);
    for (const { event, to } of edges) {
      const { failureCount, downSinceMs, why } = to.context;
      const isBad = event.type === 'CHECK_FAILED' || ('value' in event && event.value === 9);
      expect(why === null).toBe(!isBad);
      expect(to.value).toBe(isBad ? (failureCount >= 3 ? 'down' : 'failing') : 'passing');
      expect(downSinceMs !== null).toBe(to.value === 'down');
    }
  });
});
