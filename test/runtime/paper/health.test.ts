import { describe, expect, it } from 'vitest';
import { paperPaths } from '../../../actors/paper/tree.ts';
import { settingsSchema } from '../../../config/settings.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import type { Fact } from '../../../runtime/options.ts';
import { type Cadence, cadenceAfter, HealthReporter } from '../../../runtime/paper/health.ts';
import type { Runtime } from '../../../runtime/runtime.ts';

const rule = { everyMs: 100, changeEveryMs: 10, failureCountMax: 3 };

/** Times of the reports, for looks at each whole time that say whether it fails. */
function reported(isFailing: (at: number) => boolean, untilMs: number): number[] {
  let cadence: Cadence | undefined;
  const times: number[] = [];
  for (let at = 0; at <= untilMs; at++) {
    const after = cadenceAfter(cadence, { isFailing: isFailing(at), at }, rule);
    if (after) times.push(at);
    cadence = after ?? cadence;
  }
  return times;
}

describe('the cadence of a gauge', () => {
  it('is slow while nothing changes', () => {
    expect(reported(() => false, 300)).toEqual([0, 100, 200, 300]);
    expect(reported(() => true, 200)).toEqual([0, 100, 200]);
  });

  it('reports a change at once, then as often as makes it down, and is slow again', () => {
    expect(reported((at) => at >= 42, 300)).toEqual([0, 42, 52, 62, 162, 262]);
  });

  it('begins anew with each change', () => {
    expect(reported((at) => at >= 42 && at < 55, 200)).toEqual([0, 42, 52, 55, 65, 75, 175]);
  });
});

const contexts = {
  account: { drawdownRatio: 0.05 },
  monitor: { lastBarAt: 0 },
};

/** A runtime as far as the reporter knows it. */
function setup() {
  const clock = simulatedClock();
  const world = {
    tags: { [paperPaths.session]: ['loggedIn'], [paperPaths.brokerBreaker]: ['admits'] } as Record<
      string,
      string[]
    >,
    account: { ...contexts.account },
    monitor: { ...contexts.monitor },
    isTrading: true,
    status: 'running',
    settings: settingsSchema.parse({}),
  };
  const listeners = new Map<string, (fact: Fact) => void>();
  const gauges: (readonly [at: number, name: string, value: number, ...options: object[]])[] = [];
  const runtime = {
    get status() {
      return world.status;
    },
    settings: {
      get current() {
        return world.settings;
      },
    },
    snapshot: (path: string) => ({
      status: path === paperPaths.monitor && !world.isTrading ? 'stopped' : 'active',
      tags: world.tags[path] ?? [],
      context: path === paperPaths.account ? world.account : world.monitor,
    }),
    on: (type: string, listener: (fact: Fact) => void) => {
      listeners.set(type, listener);
      return () => listeners.delete(type);
    },
    health: {
      gauge: (name: string, value: number, options?: object) =>
        gauges.push([clock.now(), name, value, ...(options ? [options] : [])]),
    },
  };
  const reporter = new HealthReporter(runtime as unknown as Runtime, clock);
  const minute = 60_000;
  return {
    world,
    clock,
    reporter,
    listeners,
    gauges,
    /** Bars of so many minutes, and a look at each. */
    async bars(count: number) {
      for (let i = 0; i < count; i++) {
        await clock.advance(minute);
        world.monitor.lastBarAt = clock.now();
        reporter.look();
      }
    },
    of: (name: string) => gauges.filter(([, each]) => each === name).map(([at, , v]) => [at, v]),
    tell: (type: string, clientOrderId: string) =>
      listeners.get(type)?.({ type, path: '', clientOrderId, order: { clientOrderId } }),
  };
}

describe('the health reporter of the paper host', () => {
  it('makes each gauge once with its limits, and then seldom says that all is well', async () => {
    const it = setup();
    await it.bars(61);
    const made = it.gauges.filter((each) => each.length > 3);
    expect(made.map(([at, name, value]) => [at, name, value])).toEqual([
      [60_000, 'broker', 0],
      [60_000, 'feed', 0],
      [60_000, 'orderLatency', 0],
      [60_000, 'drawdown', 0.05],
    ]);
    expect(made[0]![3]).toEqual({ weight: 4, critical: true, failureCountMax: 3, max: 60_000 });
    expect(it.of('broker')).toEqual([
      [60_000, 0],
      [3_660_000, 0],
    ]);
    expect(it.of('drawdown')).toHaveLength(5);
  });

  it('says how long the broker cannot be used, whatever keeps it from it', async () => {
    for (const [path, tags] of [
      [paperPaths.session, ['loggedIn', 'troubled']],
      [paperPaths.session, []],
      [paperPaths.brokerBreaker, ['refuses']],
    ] as const) {
      const it = setup();
      await it.bars(1);
      const before = it.world.tags[path]!;
      it.world.tags[path] = [...tags];
      await it.bars(4);
      it.world.tags[path] = before;
      await it.bars(4);
      expect(it.of('broker')).toEqual([
        [60_000, 0],
        [180_000, 120_000],
        [240_000, 180_000],
        [300_000, 240_000],
        [360_000, 0],
        [420_000, 0],
        [480_000, 0],
      ]);
    }
  });

  it('notices the silence of the feed without a bar', async () => {
    const it = setup();
    await it.bars(1);
    await it.clock.advance(720_000);
    expect(it.of('feed')).toEqual([
      [60_000, 0],
      [420_000, 360_000],
      [540_000, 480_000],
      [660_000, 600_000],
    ]);
  });

  it('reports the slowest order of the window, from its sending to its fill', async () => {
    const it = setup();
    await it.bars(1);
    it.tell('order.sent', 'o-1');
    await it.clock.advance(7_000);
    it.tell('order.filled', 'o-0');
    it.tell('order.filled', 'o-1');
    it.tell('order.sent', 'o-2');
    it.tell('order.filled', 'o-2');
    await it.bars(16);
    expect(it.of('orderLatency')).toEqual([
      [60_000, 0],
      [127_000, 7_000],
      [187_000, 7_000],
      [247_000, 7_000],
      [967_000, 0],
      [1_027_000, 0],
    ]);
  });

  it('looks at the drawdown only as often as it reports it', async () => {
    const it = setup();
    await it.bars(1);
    it.world.account.drawdownRatio = 0.2;
    await it.bars(2);
    it.world.account.drawdownRatio = 0.123_456_789;
    await it.bars(15);
    expect(it.of('drawdown')).toEqual([
      [60_000, 0.05],
      [960_000, 0.123457],
    ]);
  });

  it('makes its gauges anew when their settings change', async () => {
    const it = setup();
    await it.bars(1);
    const health = { drawdown: { max: 0.02 } };
    it.world.settings = settingsSchema.parse({ paper: { health } });
    await it.bars(1);
    expect(it.gauges.at(-1)).toMatchObject([120_000, 'drawdown', 0.05, { max: 0.02 }]);
  });

  it('says nothing while nothing trades, after the runtime, nor when it is stopped', async () => {
    const it = setup();
    it.world.isTrading = false;
    await it.bars(3);
    it.world.isTrading = true;
    it.world.status = 'failed';
    await it.bars(3);
    expect(it.gauges).toEqual([]);
    it.world.status = 'running';
    await it.bars(1);
    const { length } = it.gauges;
    it.reporter.stop();
    await it.clock.advance(3_600_000 * 5);
    expect(it.gauges).toHaveLength(length);
    expect([...it.listeners.keys()]).toEqual([]);
  });
});
