/** Health, degradation, trading mode and posture together, under the runtime. */
import { describe, expect, it } from 'vitest';
import { safeguardPaths as paths } from '../../actors/safeguards.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import type { Fact } from '../../runtime/options.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../support/expect-replays.ts';
import { lives } from '../support/lives.ts';

const order = { by: 'ada', why: 'test' };

const watchers = ['degradation', 'tradingMode', 'health', 'posture', 'probes', 'safety'] as const;

/** A runtime whose only component fails while `isUp` is false. */
async function watched(settings = {}) {
  const world = { isUp: true, checkCount: 0 };
  const t = await testRuntime({ settings });
  const facts: Fact[] = [];
  t.runtime.on('*', (fact) => facts.push(fact));
  const check = () => {
    world.checkCount += 1;
    return world.isUp;
  };
  t.runtime.health.probe({ id: 'broker', check });
  await t.advance(0);
  const types = () => facts.map(({ type }) => type);
  return Object.assign(t, { world, facts, types, check });
}

describe('the safeguards', () => {
  it('know capabilities that were added before the posture has run', async () => {
    await using runtime = await createRuntime();
    const { posture } = runtime;
    await runtime.start();
    const patch = [{ op: 'add', path: '/posture/capabilities/-', value: 'dance' }] as const;
    runtime.settings.patch(patch, order);
    expect(posture.current.status).toBe('idle');
    expect(posture.allows('dance')).toBe(true);
  });

  it('start when one of them is first used, and not before', async () => {
    await using t = await testRuntime();
    expect(t.snapshot(paths.root)).toBeUndefined();
    expect(t.runtime.posture.current.status).toBe('live');
    const children = t.runtime.tree()[1]!.children.map(({ path }) => path);
    const { alerts, posture, degradation, tradingMode, plan, safety, health, probes, signals } =
      paths;
    const deciders = [degradation, tradingMode, plan, safety];
    expect(children).toEqual([alerts, posture, ...deciders, health, probes, signals]);
    expect(t.runtime.deadLetters().count).toBe(0);
    await expectReplays(t);
  });

  it('forbid nothing before the runtime has started', async () => {
    const runtime = await createRuntime();
    expect(runtime.posture.current).toMatchObject({ status: 'idle', forbidden: [] });
    expect(runtime.posture.allows('orders.open')).toBe(true);
    await runtime.start();
    expect(runtime.posture.allows('orders.open')).toBe(false);
    await runtime.stop();
  });

  it('open orders only once position and orders are reconciled', async () => {
    await using t = await testRuntime();
    const { posture, tradingMode } = t.runtime;
    expect(posture.allows('orders.open')).toBe(false);
    expect(posture.allows('orders.reduce')).toBe(true);
    expect(posture.current.forbidden).toEqual([
      {
        capability: 'orders.open',
        region: 'tradingMode',
        state: 'reconciling',
        why: 'position and orders are not reconciled',
      },
    ]);
    tradingMode.reconciled(order);
    expect([tradingMode.mode, posture.allows('orders.open')]).toEqual(['open', true]);
    await expectReplays(t);
  });

  it('give things up as a component fails, and back once it stood for the dwell time', async () => {
    await using t = await watched();
    t.runtime.tradingMode.reconciled(order);
    const { posture, degradation, health } = t.runtime;
    expect(health.report()).toMatchObject({ score: 100, state: 'passing' });
    t.world.isUp = false;
    await t.advance(5_000);
    expect([degradation.score, degradation.level]).toEqual([66.67, 'level1']);
    expect(posture.allows('analytics')).toBe(false);
    await t.advance(10_000);
    expect([degradation.score, degradation.level]).toEqual([0, 'emergency']);
    expect(health.report().components[0]).toMatchObject({ state: 'down', failureCount: 3 });
    expect(posture.allows('chat')).toBe(false);
    expect(posture.allows('orders.reduce')).toBe(true);
    t.world.isUp = true;
    await t.advance(5_000);
    expect([degradation.score, degradation.level]).toEqual([100, 'emergency']);
    await t.advance(59_999);
    expect(degradation.level).toBe('emergency');
    await t.advance(1);
    expect(degradation.level).toBe('normal');
    expect(posture.allows('chat')).toBe(true);
    const changes = t.facts.filter(({ type }) => type === 'degradation.changed');
    expect(changes.map(({ to, cause }) => [to, cause])).toEqual([
      ['level1', 'worse'],
      ['level3', 'worse'],
      ['emergency', 'worse'],
      ['normal', 'better'],
    ]);
    expect(t.types()).toContain('posture.changed');
    await expectReplays(t);
  });

  it('hold the last answer, without opening orders, while the posture is down', async () => {
    await using t = await testRuntime();
    const { posture, tradingMode } = t.runtime;
    tradingMode.reconciled(order);
    await t.runtime.stopChild(paths.posture);
    expect(posture.current.status).toBe('down');
    expect(posture.allows('orders.open')).toBe(false);
    expect(posture.allows('analytics')).toBe(true);
    // A change that it misses is asked for when it starts again.
    tradingMode.halt(order);
    await t.runtime.restart(paths.posture);
    expect(posture.current).toMatchObject({ status: 'live' });
    expect(posture.current.regions.tradingMode).toMatchObject({ state: 'halted' });
    await expectReplays(t);
  });

  it.each(['posture', 'degradation', 'tradingMode', 'safety'] as const)(
    'forget nothing when %s crashes',
    async (name) => {
      await using t = await watched();
      t.world.isUp = false;
      await t.advance(15_000);
      t.runtime.tradingMode.halt(order);
      const before = t.runtime.posture.current;
      t.crash(paths[name]);
      expect(t.snapshot(paths[name])).toMatchObject({ status: 'active', restarts: 1 });
      expect(t.runtime.posture.current).toEqual(before);
      expect(t.runtime.degradation.level).toBe('emergency');
      expect(t.runtime.tradingMode.mode).toBe('halted');
      await expectReplays(t);
    },
  );

  it('keep the word of a region that nobody can ask, when the posture crashes', async () => {
    const otherRegions = { weather: { storm: { forbids: ['uploads'] } } };
    await using t = await testRuntime({ settings: { posture: { otherRegions } } });
    expect(t.runtime.posture.allows('uploads')).toBe(true);
    const event = { type: 'REGION_CHANGED', at: 0, region: 'weather', state: 'storm', why: 'rain' };
    t.send(paths.posture, event);
    t.crash(paths.posture);
    expect(t.runtime.posture.allows('uploads')).toBe(false);
    await expectReplays(t);
  });

  it.each([...watchers, 'alerts', 'plan'] as const)('go on without %s', async (name) => {
    await using t = await watched();
    t.runtime.tradingMode.reconciled(order);
    const { posture, degradation, tradingMode } = t.runtime;
    await t.runtime.stopChild(paths[name]);
    t.world.isUp = false;
    await t.advance(15_000);
    tradingMode.halt(order);
    degradation.holdAt({ level: 'level3', ...order });
    const isUp = (other: string) => name !== other;
    expect(tradingMode.mode).toBe(isUp('tradingMode') ? 'halted' : 'reconciling');
    expect(degradation.level).toBe(isUp('degradation') ? 'level3' : 'normal');
    expect(degradation.score).toBe(
      isUp('degradation') ? (isUp('health') && isUp('probes') ? 0 : 100) : null,
    );
    const { forbidden } = posture.current;
    const deniers = forbidden.filter(({ capability }) => capability === 'orders.open');
    const isScored = isUp('health') && isUp('probes');
    const regions = [
      ...(isScored && isUp('safety') ? ['safety'] : []),
      ...(isUp('tradingMode') ? ['tradingMode'] : []),
    ];
    if (isUp('posture')) expect(deniers.map(({ region }) => region)).toEqual(regions);
    expect(posture.allows('orders.open')).toBe(false);
    expect(posture.allows('uploads')).toBe(!isUp('posture') || !isUp('degradation'));
    await expectReplays(t);
  });
});

describe('after a restart of the process', () => {
  it('levels, holds and halts are as they were, and trading reconciles first', async () => {
    const all = lives();
    const first = await all.next(0);
    first.tradingMode.reconciled(order);
    first.tradingMode.reduceOnly({ by: 'feed', why: 'stale' });
    first.degradation.holdAt({ level: 'level2', ...order, expiresAtMs: 10_000 });
    await first.stop();
    expect(first.posture.current.status).toBe('down');
    const second = await all.next(1_000);
    expect(second.degradation).toMatchObject({ level: 'level2', hold: { by: 'ada' } });
    expect(second.tradingMode.mode).toBe('reconciling');
    expect(second.posture.allows('aiInference')).toBe(false);
    second.tradingMode.reconciled(order);
    expect(second.tradingMode.mode).toBe('reduceOnly');
    await second.time.advance(9_000);
    expect(second.degradation.hold).toBeNull();
    await second.stop();
  });

  it('a probe fails until its check is given again, and counts on', async () => {
    const all = lives();
    const first = await all.next(0);
    first.health.probe({ id: 'broker', check: () => true });
    await first.time.advance(0);
    await first.stop();
    const second = await all.next(1_000);
    await second.time.advance(5_000);
    const { why } = second.health.report().components[0]!;
    expect(why).toBe('no check was given since the start of the process');
    second.health.probe({ id: 'broker', check: () => true });
    await second.time.advance(5_000);
    const [broker] = second.health.report().components;
    expect(broker).toMatchObject({ state: 'passing', passCount: 2 });
    await second.stop();
  });
});
