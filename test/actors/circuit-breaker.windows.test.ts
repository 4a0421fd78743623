/** Count and time windows through the handle: what is sent, kept and given back. */
import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../actors/circuit-breaker.ts';
import { breakerRig, openCall, settle } from '../support/breaker-rig.ts';

const count = (size: number) => ({ kind: 'count', size }) as const;
const base = { callTimeoutMs: 0, failureRatioMax: 0.5, callCountMin: 4 };

describe('a count window', () => {
  it('sends one summary, with all that it holds, when its share is too large', async () => {
    const { breaker, sent, fail, succeed } = breakerRig({ ...base, window: count(6) });
    await succeed(5);
    await fail(2);
    expect([sent, breaker.metrics().window]).toEqual([
      [],
      { callCount: 6, failureCount: 2, slowCount: 0 },
    ]);
    await fail();
    expect(sent).toEqual([
      {
        type: 'CALLS_COUNTED',
        at: 1_000,
        generation: 0,
        failureCount: 0,
        calls: { kind: 'count', results: '000111' },
        why: 'Error: down',
      },
    ]);
    expect(breaker.state).toBe('open');
  });

  it('trips by a success that completes the least number of calls', async () => {
    const { breaker, actor, fail, succeed } = breakerRig({ ...base, window: count(6) });
    await fail(3);
    expect(breaker.state).toBe('closed');
    await succeed();
    expect(breaker.state).toBe('open');
    expect(actor.getSnapshot().context.evidence).toMatchObject({ failureRatio: 0.75, why: null });
  });

  it('closes with nothing counted', async () => {
    const { breaker, clock, fail, succeed } = breakerRig({ ...base, window: count(6) });
    await fail(4);
    clock.advance(60_000);
    await succeed();
    expect(breaker.metrics()).toMatchObject({ state: 'closed', window: { callCount: 0 } });
    await fail(3);
    expect(breaker.state).toBe('closed');
  });
});

describe('a time window', () => {
  const window = { kind: 'time', durationMs: 1_000, bucketCount: 10 } as const;

  it('forgets what is too old, also when nothing new comes', async () => {
    const { breaker, clock, fail } = breakerRig({ ...base, window });
    await fail(3);
    clock.advance(999);
    expect(breaker.metrics().window.callCount).toBe(3);
    clock.advance(1);
    expect(breaker.metrics().window.callCount).toBe(0);
    await fail(3);
    expect([breaker.state, clock.pendingCount]).toEqual(['closed', 0]);
    await fail();
    expect(breaker.state).toBe('open');
  });
});

describe('slow calls', () => {
  const settings = {
    ...base,
    window: count(4),
    callTimeoutMs: 100,
    slowCallMs: 20,
    slowCallRatioMax: 0.5,
  };
  const call = async (rig: ReturnType<typeof breakerRig>, ms: number) => {
    const one = openCall(rig.breaker);
    rig.clock.advance(ms);
    one.resolve('ok');
    await settle();
  };

  it('trip the breaker though they succeed', async () => {
    const rig = breakerRig(settings);
    for (const ms of [20, 21, 5, 40]) await call(rig, ms);
    expect(rig.actor.getSnapshot().context.evidence).toMatchObject({
      reason: 'slowCallRatio',
      slowCount: 2,
      slowCallRatio: 0.5,
    });
  });

  it('are those too that fail or run out of time', async () => {
    const rig = breakerRig({ ...settings, slowCallRatioMax: 1, failureRatioMax: 1 });
    openCall(rig.breaker);
    rig.clock.advance(100);
    expect(rig.breaker.metrics().window).toEqual({ callCount: 1, failureCount: 1, slowCount: 1 });
  });

  it('do not close it again as probes', async () => {
    const rig = breakerRig(settings);
    await rig.fail(4);
    rig.clock.advance(60_000);
    await call(rig, 21);
    expect(rig.breaker.state).toBe('open');
    rig.clock.advance(120_000);
    await call(rig, 20);
    expect(rig.breaker.state).toBe('closed');
  });
});

describe('what was counted', () => {
  it('survives a change of size, newest first, not of kind, which is told', async () => {
    const { breaker, actor, change, fail, succeed } = breakerRig({ ...base, window: count(6) });
    const facts: unknown[] = [];
    actor.on('breaker.countedAnew', (fact) => facts.push(fact));
    await succeed(4);
    await fail(1);
    change({ ...base, window: count(3) });
    expect(breaker.metrics().window).toMatchObject({ callCount: 3, failureCount: 1 });
    expect(facts).toEqual([]);
    change({ window: { kind: 'consecutive' } });
    expect(breaker.metrics()).toMatchObject({ window: { callCount: 0 } });
    await fail(4);
    expect([breaker.state, breaker.metrics().consecutiveFailureCount]).toEqual(['closed', 4]);
    change({ ...base, window: { kind: 'time' } });
    expect(breaker.metrics().consecutiveFailureCount).toBe(0);
    expect(facts).toEqual([
      { type: 'breaker.countedAnew', at: 1_000, generation: 0, from: 'count', to: 'consecutive' },
      { type: 'breaker.countedAnew', at: 1_000, generation: 0, from: 'consecutive', to: 'time' },
    ]);
  });

  it.each([
    ['a run', {}, 4],
    ['a count window', { ...base, window: count(6) }, 3],
    ['a time window', { ...base, window: { kind: 'time' as const } }, 3],
  ])('of %s survives a crash of the actor', async (_, settings, times) => {
    const old = breakerRig(settings);
    const fresh = breakerRig(settings);
    await old.fail(times);
    old.breaker.observe(undefined);
    const { context } = fresh.actor.getSnapshot();
    old.breaker.observe({ value: 'closed', context: { ...context, generation: 2 ** 32 } });
    expect(old.sent).toEqual([]);
    await old.fail();
    expect(old.sent).toMatchObject([{ type: 'CALLS_COUNTED', generation: 2 ** 32 }]);
  });

  it.each([
    ['a run', {}],
    ['a count window', { ...base, window: count(6) }],
  ])(
    'of %s is told at a checkpoint, once, and is there for the next handle',
    async (_, settings) => {
      const { breaker, actor, clock, sent, fail } = breakerRig(settings);
      breaker.checkpoint();
      await fail(3);
      breaker.checkpoint();
      breaker.checkpoint();
      expect(sent).toHaveLength(1);
      const snapshot = () => actor.getSnapshot();
      const next = new CircuitBreaker({ name: 'next', clock, send: () => {}, snapshot });
      const { consecutiveFailureCount, window } = next.metrics();
      expect(consecutiveFailureCount + window.failureCount).toBe(3);
    },
  );

  it('does not open the breaker by a checkpoint when only its settings have changed', async () => {
    const { breaker, sent, change, fail } = breakerRig();
    await fail(3);
    change({ window: { kind: 'consecutive', failureCountMax: 2 } });
    sent.length = 0;
    breaker.checkpoint();
    expect([sent, breaker.state]).toEqual([[], 'closed']);
  });

  it('that has left a window stays out of a longer one, in the chart too', async () => {
    const window = (durationMs: number) => ({ kind: 'time', durationMs, bucketCount: 1 }) as const;
    const { breaker, actor, clock, change, fail } = breakerRig({ ...base, window: window(100) });
    await fail(3);
    breaker.checkpoint();
    clock.advance(500);
    change({ ...base, window: window(50_000) });
    expect(actor.getSnapshot().context.calls).toEqual({ kind: 'time', buckets: [] });
    await fail(3);
    expect(breaker.state).toBe('closed');
  });
});

it('a dry run admits calls while its trip waits inside a turn', async () => {
  const rig = breakerRig({ callTimeoutMs: 0 });
  rig.breaker.metricsOnly({ by: 'ada', why: 'test' });
  rig.beginTurn();
  await rig.fail(5);
  await rig.succeed();
  rig.endTurn();
  expect(rig.breaker.metrics()).toMatchObject({ uncountedCount: 1, rejectionCount: 0 });
});
