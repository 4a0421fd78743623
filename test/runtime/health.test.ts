import { describe, expect, it } from 'vitest';
import { ConfigInvalidError } from '../../actors/errors.ts';
import { safeguardPaths as paths } from '../../actors/safeguards.ts';
import { simulatedSensors } from '../../runtime/sensors/simulated.ts';
import { systemSensors } from '../../runtime/sensors/system.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../support/expect-replays.ts';

const stateOf = (t: Awaited<ReturnType<typeof testRuntime>>) =>
  Object.fromEntries(t.runtime.health.report().components.map(({ id, state }) => [id, state]));

describe('runtime.health', () => {
  it('fails only the probe that throws, hangs or measures NaN', async () => {
    await using t = await testRuntime();
    const { health } = t.runtime;
    const throws = () => {
      throw new Error('refused');
    };
    health.probe({ id: 'throws', check: throws });
    health.probe({ id: 'hangs', check: () => new Promise(() => {}) });
    health.probe({ id: 'measuresNaN', check: () => Number.NaN });
    health.probe({ id: 'rejects', check: () => Promise.reject() });
    health.probe({ id: 'passes', check: async () => {} });
    await t.advance(20_000);
    expect(stateOf(t)).toEqual({
      throws: 'down',
      hangs: 'down',
      measuresNaN: 'down',
      rejects: 'down',
      passes: 'passing',
    });
    expect(health.report()).toMatchObject({ score: 20, state: 'down' });
    const probes = t.runtime.tree()[1]!.children.find(({ path }) => path === paths.probes);
    expect(probes?.children.map(({ status, restarts }) => [status, restarts])).toEqual(
      Array(5).fill(['active', 0]),
    );
    await expectReplays(t);
  });

  it('finds a component that hangs within 30 s, by default', async () => {
    await using t = await testRuntime();
    let isUp = true;
    t.runtime.health.probe({ id: 'a', check: () => isUp || new Promise(() => {}) });
    await t.advance(5_001);
    isUp = false;
    await t.advance(30_000);
    const down = (await t.journal()).find(({ turn }) =>
      JSON.stringify(turn.facts ?? []).includes('"to":"down"'),
    );
    expect(down!.input.at - 5_001).toBeLessThan(30_000);
  });

  it('writes one entry a minute for a probe that keeps passing', async () => {
    await using t = await testRuntime();
    t.runtime.health.probe({ id: 'a', check: () => true });
    await t.advance(0);
    const before = t.runtime.seq;
    await t.advance(3_600_000);
    expect(t.runtime.seq - before).toBe(60);
    expect(t.runtime.health.report().components[0]).toMatchObject({
      passCount: 721,
      state: 'passing',
      availabilityRatio: 1,
      uptimeMs: 3_600_000,
    });
  });

  it('takes values that the host reports, each with its limits', async () => {
    await using t = await testRuntime();
    const { health } = t.runtime;
    health.gauge('drawdownRatio', 0.01, { max: 0.04, critical: true });
    health.gauge('drawdownRatio', 0.05);
    expect(health.report().components[0]).toMatchObject({
      state: 'failing',
      value: 0.05,
      why: 'measured 0.05, above 0.04',
      critical: true,
    });
    health.gauge('drawdownRatio', Number.NaN);
    health.gauge('drawdownRatio', Number.NaN);
    expect(health.report()).toMatchObject({ score: 0, state: 'down' });
    health.gauge('drawdownRatio', 0.05, { max: 0.1 });
    expect(health.report()).toMatchObject({ score: 100 });
    await expectReplays(t);
  });

  it('forgets a probe that is removed, and starts one anew that has other options', async () => {
    await using t = await testRuntime();
    const { health } = t.runtime;
    let asked = 0;
    const check = () => {
      asked += 1;
      return false;
    };
    const remove = health.probe({ id: 'a', check });
    await t.advance(0);
    expect(stateOf(t)).toEqual({ a: 'failing' });
    health.probe({ id: 'a', check, failureCountMax: 1 });
    await t.advance(0);
    expect([stateOf(t), asked]).toEqual([{ a: 'down' }, 2]);
    health.probe({ id: 'a', check: () => true, failureCountMax: 1 });
    await t.advance(5_000);
    expect([stateOf(t), asked]).toEqual([{ a: 'passing' }, 2]);
    remove();
    remove();
    expect(health.report()).toMatchObject({ score: 100, components: [] });
    await t.advance(20_000);
    expect(t.snapshot(`${paths.probes}/a`)).toBeUndefined();
    await expectReplays(t);
  });

  it('is told from within a turn, in the order of the calls', async () => {
    await using t = await testRuntime();
    t.runtime.on('tradingMode.changed', () => {
      t.runtime.health.gauge('a', 1);
      t.runtime.health.gauge('a', 2);
    });
    t.runtime.tradingMode.reconciled({ by: 'ada', why: 'test' });
    expect(t.runtime.health.report().components[0]).toMatchObject({ value: 2, passCount: 2 });
    await expectReplays(t);
  });

  it('refuses what is no probe, and one too many', async () => {
    await using t = await testRuntime({ settings: { health: { probeCountMax: 1 } } });
    const { health } = t.runtime;
    const check = () => true;
    expect(() => health.probe({ id: 'a', check: 'x' as never })).toThrow(TypeError);
    expect(() => health.probe({ id: 'a b', check })).toThrow(ConfigInvalidError);
    expect(() => health.probe({ id: 'a', check, everyMs: 0 })).toThrow(/health\.probe\.a\.everyMs/);
    health.probe({ id: 'a', check });
    health.probe({ id: 'a', check, weight: 2 });
    expect(() => health.probe({ id: 'b', check })).toThrow(/probeCountMax is 1/);
  });

  it('reads sensors, those of the machine and simulated ones', async () => {
    const signal = new AbortController().signal;
    for (const [name, sensor] of Object.entries(systemSensors())) {
      await sensor.read({ signal });
      const value = await sensor.read({ signal });
      expect(Number.isFinite(value) && value >= 0, name).toBe(true);
    }
    const values = async () => {
      await using t = await testRuntime();
      const sensors = simulatedSensors({ seed: 7, levels: { systemMemoryRatio: 0.99 } });
      t.runtime.health.sense(sensors, { systemMemoryRatio: { max: 0.8 } });
      await t.advance(15_000);
      await expectReplays(t);
      return t.runtime.health.report().components;
    };
    const first = await values();
    expect(await values()).toEqual(first);
    expect(first.filter(({ state }) => state !== 'passing').map(({ id }) => id)).toEqual([
      'systemMemoryRatio',
    ]);
  });
});

describe('orders to the safeguards', () => {
  it('say who gives them and why, and name what there is', async () => {
    await using t = await testRuntime();
    const { tradingMode, degradation } = t.runtime;
    const who = { by: 'ada', why: 'test' };
    expect(() => tradingMode.halt({ by: 'ada', why: ' ' })).toThrow(TypeError);
    expect(() => degradation.release({ by: '', why: 'x' })).toThrow(/'by'/);
    expect(() => degradation.holdAt({ level: 'level9' as never, ...who })).toThrow(RangeError);
    expect(() => degradation.holdAt({ level: 'level1', ...who, expiresAtMs: 0 })).toThrow(/after/);
    tradingMode.halt({ by: 'feed', why: 'stale' });
    expect(() => tradingMode.resume({ scope: 'fede', ...who })).toThrow(/Did you mean 'feed'\?/);
    tradingMode.resume({ scope: 'feed', ...who });
    expect(tradingMode.reasons).toEqual({});
    const classes = (await t.journal()).map(({ input }) => [
      (input.event as { type?: string }).type,
      input.class,
    ]);
    expect(classes.slice(-2)).toEqual([
      ['HALT', 'safety'],
      ['RESUME', 'safety'],
    ]);
  });
});
