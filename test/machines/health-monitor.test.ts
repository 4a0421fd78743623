import { describe, expect, it } from 'vitest';
import { createActor, type SnapshotFrom } from 'xstate';
import { healthSettingsSchema } from '../../config/health.ts';
import {
  type HealthMonitorEmitted,
  type HealthMonitorEvent,
  healthMonitorMachine as machine,
} from '../../machines/health-monitor.ts';
import type { ComponentState } from '../../machines/policies/health-score.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { stranded } from '../support/reaches.ts';

const input = (given: object = {}) => ({
  settings: healthSettingsSchema.parse(given),
  at: 0,
  listeners: ['/nobody'],
});

const reported = (
  id: string,
  state: ComponentState,
  {
    at = 0,
    weight = 1,
    critical = false,
    failureCount = 1,
    silentAfterMs = null as number | null,
  } = {},
): HealthMonitorEvent => ({
  type: 'COMPONENT_REPORTED',
  at,
  id,
  component: { state, weight, critical, failureCount, failureCountMax: 3 },
  isAnomalous: false,
  silentAfterMs,
});

function chart(given: object = {}) {
  const clock = new FakeClock();
  const actor = createActor(machine, { input: input(given), clock: clock.forXState }).start();
  const facts: HealthMonitorEmitted[] = [];
  actor.on('health.changed', (fact) => facts.push(fact));
  return { actor, clock, facts, score: () => actor.getSnapshot().context.score };
}

describe('health monitor', () => {
  it('weighs components, and announces what changes', () => {
    const { actor, facts, score } = chart();
    expect(score()).toBe(100);
    actor.send(reported('a', 'passing', { weight: 3 }));
    actor.send(reported('b', 'down', { weight: 1 }));
    expect(score()).toBe(75);
    actor.send(reported('b', 'failing', { weight: 1, failureCount: 1 }));
    expect(score()).toBe(91.67);
    actor.send(reported('b', 'failing', { weight: 1, failureCount: 1 }));
    expect(facts).toEqual([
      {
        type: 'health.changed',
        at: 0,
        score: 75,
        scoreBefore: 100,
        impaired: [{ id: 'b', state: 'down' }],
      },
      {
        type: 'health.changed',
        at: 0,
        score: 91.67,
        scoreBefore: 75,
        impaired: [{ id: 'b', state: 'failing' }],
      },
    ]);
  });

  it('is low while a critical component is down, however many pass', () => {
    const { actor, score } = chart();
    for (const id of 'abcdefghi') actor.send(reported(id, 'passing'));
    actor.send(reported('broker', 'down', { critical: true }));
    expect(score()).toBe(49);
    actor.send(reported('broker', 'failing', { critical: true }));
    expect(score()).toBeGreaterThan(90);
  });

  it('takes a component that has gone silent for down, until it reports', () => {
    const { actor, clock, facts, score } = chart();
    actor.send(reported('a', 'passing', { silentAfterMs: 50 }));
    actor.send(reported('b', 'passing'));
    clock.advance(49);
    expect(score()).toBe(100);
    clock.advance(1);
    expect(score()).toBe(50);
    expect(clock.pendingCount).toBe(0);
    expect(facts.at(-1)).toMatchObject({ at: 50, impaired: [{ id: 'a', state: 'down' }] });
    clock.advance(10);
    actor.send(reported('a', 'passing', { at: 60, silentAfterMs: 50 }));
    expect(score()).toBe(100);
    clock.advance(49);
    expect(score()).toBe(100);
    clock.advance(1);
    expect(score()).toBe(50);
  });

  it('forgets a component that is removed', () => {
    const { actor, score } = chart();
    actor.send(reported('a', 'down'));
    actor.send({ type: 'COMPONENT_REMOVED', at: 1, id: 'a' });
    expect([score(), actor.getSnapshot().value]).toEqual([100, 'passing']);
    actor.send({ type: 'COMPONENT_REMOVED', at: 1, id: 'a' });
  });

  it('scores by new settings at once', () => {
    const { actor, score } = chart();
    actor.send(reported('a', 'passing', { weight: 9 }));
    actor.send(reported('b', 'down', { critical: true }));
    const settings = healthSettingsSchema.parse({ criticalScoreMax: 10 });
    actor.send({ type: 'SETTINGS_CHANGED', settings });
    expect(score()).toBe(10);
  });

  it('is sound on every edge, and its score follows from its components', () => {
    type Snapshot = SnapshotFrom<typeof machine>;
    const states = ['passing', 'failing', 'down'] as const;
    const events = ['a', 'b'].flatMap((id): HealthMonitorEvent[] => [
      ...states.map((state) => reported(id, state, { critical: id === 'a' })),
      { type: 'COMPONENT_REMOVED', at: 0, id },
    ]);
    const key = ({ value, context }: Snapshot) =>
      JSON.stringify([value, ['a', 'b'].map((id) => context.components[id]?.state)]);
    const edges = expectSound(machine, { input: input(), events, key });
    expect(edges).toHaveLength(16 * events.length);
    expect(stranded(edges, key, ({ context }) => context.score === 0)).toEqual([]);
    for (const { to } of edges) {
      const all = Object.values(to.context.components);
      const shares = all.map(({ state }) => ({ passing: 1, failing: 2 / 3, down: 0 })[state]);
      const mean = shares.reduce((sum, one) => sum + one, 0) / (shares.length || 1);
      const isCut = all.some(({ state, critical }) => critical && state === 'down');
      const expected = all.length === 0 ? 100 : isCut ? Math.min(49, mean * 100) : mean * 100;
      expect(to.context.score).toBeCloseTo(expected, 2);
      expect(to.value).toBe(all.every(({ state }) => state === 'passing') ? 'passing' : 'impaired');
    }
  });
});
