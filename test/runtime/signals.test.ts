/** Breakers on signals under the runtime: trading mode, alerts, settings, crashes, restarts. */
import { describe, expect, it } from 'vitest';
import { enqueueActions, setup } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import { ConfigInvalidError } from '../../actors/errors.ts';
import { sampleSignal, signalPath } from '../../actors/signal-breaker.ts';
import type { Fact } from '../../runtime/options.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../support/expect-replays.ts';
import { lives } from '../support/lives.ts';

const order = { by: 'ada', why: 'test' };

async function trading(options: Parameters<typeof testRuntime>[0] = {}) {
  const t = await testRuntime(options);
  const facts: Fact[] = [];
  t.runtime.on('*', (fact) => facts.push(fact));
  t.runtime.tradingMode.reconciled(order);
  const sample = (name: string, ...values: number[]) => {
    for (const value of values) t.runtime.signalBreaker(name).sample(value);
  };
  return Object.assign(t, { facts, sample, types: () => facts.map(({ type }) => type) });
}

describe('a breaker on a signal', () => {
  it('halts trading and tells people when it opens, until a reset that names it', async () => {
    await using t = await trading();
    const equity = t.runtime.signalBreaker('equity', 'drawdown');
    expect([equity.state, equity.isOpen, equity.limit, equity.measured]).toEqual([
      ...['closed', false, 0.04, null],
    ]);
    t.sample('equity', 100_000, 96_000, 95_900, 95_800);
    expect([equity.state, equity.isOpen, equity.measured]).toEqual(['open', true, 1 - 0.958]);
    expect(t.runtime.tradingMode).toMatchObject({
      mode: 'halted',
      reasons: {
        'signals/equity': {
          restriction: 'halted',
          why:
            'drawdown of 0.042 has reached the limit of 0.04 in 3 readings in a row, ' +
            'peak 100000',
        },
      },
    });
    expect(t.runtime.posture.allows('orders.open')).toBe(false);
    expect(t.runtime.alerts.list()).toMatchObject([
      { key: 'signals/equity', severity: 'critical', path: signalPath('equity') },
    ]);
    expect(equity.reset({ ...order, scope: 'equty' })).toBe(false);
    expect([equity.state, t.types().at(-1)]).toEqual(['open', 'breaker.resetRefused']);
    expect(equity.reset({ ...order, scope: 'equity' })).toBe(true);
    expect(equity).toMatchObject({ state: 'closed', isOpen: false });
    expect(equity.context).toMatchObject({ gauge: { peak: 95_800 } });
    expect(t.runtime.tradingMode).toMatchObject({ mode: 'open', reasons: {} });
    expect(t.runtime.alerts.list()).toMatchObject([{ state: 'resolved' }]);
    await t.settle();
    await expectReplays(t);
  });

  it('lifts its restriction when it closes by itself, not while it probes', async () => {
    await using t = await trading();
    const given = { kind: 'gauge', limit: 10, whenOpen: 'reduceOnly', probeCount: 1 } as const;
    const queue = t.runtime.signalBreaker('queue', given);
    t.sample('queue', 10, 10, 10);
    expect(t.runtime.tradingMode.mode).toBe('reduceOnly');
    await t.advance(60_000);
    expect([queue.state, queue.isOpen, t.runtime.tradingMode.mode]).toEqual([
      ...['halfOpen', false, 'reduceOnly'],
    ]);
    t.sample('queue', 9);
    expect([queue.state, t.runtime.tradingMode.mode]).toEqual(['closed', 'open']);
    await t.settle();
    await expectReplays(t);
  });

  it('only tells people when that is all it may do', async () => {
    await using t = await trading();
    t.runtime.signalBreaker('pings', { kind: 'connection', whenOpen: 'alert' });
    await t.advance(90_000);
    expect(t.runtime.signalBreaker('pings').state).toBe('open');
    expect(t.runtime.tradingMode.mode).toBe('open');
    expect(t.runtime.alerts.list()).toMatchObject([
      { key: 'signals/pings', severity: 'warning', state: 'notified' },
    ]);
    await t.settle();
    await expectReplays(t);
  });

  it('says that it sees nothing, once, until a good sample comes', async () => {
    await using t = await trading();
    t.runtime.signalBreaker('equity', 'drawdown');
    t.sample('equity', 100, Number.NaN, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY);
    expect(t.runtime.alerts.list()).toMatchObject([
      { key: 'signals/equity/samples', state: 'raised', count: 1 },
    ]);
    expect(t.types().filter((type) => type === 'breaker.sampleRejected')).toHaveLength(4);
    t.sample('equity', 100);
    expect(t.runtime.alerts.list()).toMatchObject([{ state: 'resolved' }]);
    await t.settle();
    await expectReplays(t);
  });

  it('obeys the orders of operators, which say who and why', async () => {
    await using t = await trading();
    const queue = t.runtime.signalBreaker('queue', { kind: 'gauge', limit: 10 });
    queue.isolate({ ...order, expiresAtMs: 1_000 });
    expect([queue.state, queue.isOpen]).toEqual(['isolated', true]);
    queue.metricsOnly(order);
    t.sample('queue', 10, 10, 10);
    expect([queue.state, t.types().at(-1)]).toEqual(['metricsOnly', 'breaker.wouldOpen']);
    queue.disable(order);
    t.sample('queue', 11, 12, 13);
    expect([queue.state, queue.measured]).toEqual(['disabled', 13]);
    queue.enable(order);
    expect(queue.state).toBe('closed');
    expect(() => queue.isolate({ by: '', why: 'x' })).toThrow(TypeError);
    expect(() => queue.enable({ by: 'ada', why: '' })).toThrow(TypeError);
    expect(() => queue.disable({ ...order, expiresAtMs: 0 })).toThrow(RangeError);
    expect(() => queue.reset(order as never)).toThrow("An order needs 'scope' as text");
    await t.settle();
    await expectReplays(t);
  });

  it('is found by name, and keeps what it knows under new settings', async () => {
    await using t = await trading({
      settings: { signals: { feed: { kind: 'latency', size: 2, quantile: 0.5 } } },
    });
    const feed = t.runtime.signalBreaker('feed');
    t.sample('feed', 5, 7);
    expect(feed.measured).toBe(5);
    expect(t.runtime.signalBreaker('feed', { kind: 'latency', limit: 6 })).toBe(feed);
    expect([feed.limit, feed.measured]).toEqual([6, 5]);
    expect(t.runtime.settings.current.signals['feed']).toMatchObject({ size: 2, limit: 6 });
    t.runtime.signalBreaker('feed', 'rate');
    expect([feed.limit, feed.measured]).toEqual([100, null]);
    const patch = [{ op: 'replace', path: '/signals/feed/limit', value: 7 }] as const;
    t.runtime.settings.patch(patch, order);
    expect(feed.limit).toBe(7);
    t.runtime.settings.patch([{ op: 'remove', path: '/signals/feed' }], order);
    expect(feed.limit).toBe(7);
    expect(() => t.runtime.signalBreaker('gone')).toThrow(RangeError);
    expect(() => t.runtime.signalBreaker('odd', { kind: 'drawdown', limit: 4 })).toThrow(
      ConfigInvalidError,
    );
    expect(() => t.runtime.signalBreaker('a/b', 'drawdown')).toThrow(ConfigInvalidError);
    await t.settle();
    await expectReplays(t);
  });

  it('forgets nothing in a crash, and refuses while it is down', async () => {
    await using t = await trading();
    const equity = t.runtime.signalBreaker('equity', 'drawdown');
    t.sample('equity', 100, 110, 105, 105);
    t.crash(equity.path);
    expect(equity.context?.confirmations).toHaveLength(2);
    t.runtime.signalBreaker('equity', 'drawdown').sample(105);
    expect([equity.state, t.runtime.tradingMode.mode]).toEqual(['open', 'halted']);
    await t.runtime.stopChild(equity.path);
    expect([equity.state, equity.isOpen, equity.limit]).toEqual(['down', true, undefined]);
    await t.settle();
    await expectReplays(t);
  });

  it('is sampled by a machine in the tree as a part of its turn', async () => {
    const account = setup({
      types: { events: {} as { type: 'MARKED'; equity: number } },
      actions: {
        tellEquity: enqueueActions(({ enqueue, system, event }) =>
          sampleSignal({ enqueue, system }, 'equity', { at: 0, value: event.equity }),
        ),
      },
    }).createMachine({ id: 'account', on: { MARKED: { actions: 'tellEquity' } } });
    const tree = supervisor({ id: 'app', children: [child({ id: 'account', logic: account })] });
    await using t = await trading({ tree });
    t.send('/app/account', { type: 'MARKED', equity: 1 });
    const equity = t.runtime.signalBreaker('equity', 'drawdown');
    const before = (await t.journal()).length;
    for (const value of [100, 90, 90, 90])
      t.send('/app/account', { type: 'MARKED', equity: value });
    expect(equity.state).toBe('open');
    expect((await t.journal()).length - before).toBe(4);
    await t.settle();
    await expectReplays(t);
  });
});

describe('after a restart of the process', () => {
  it('is open as before, with its peak, and its silence does not count the pause', async () => {
    const all = lives();
    const first = await all.next(0);
    first.tradingMode.reconciled(order);
    const equity = first.signalBreaker('equity', 'drawdown');
    first.signalBreaker('pings', { kind: 'connection', silenceMs: 1_000 });
    for (const value of [100, 90, 90, 90]) equity.sample(value);
    await first.time.advance(500);
    await first.stop();
    const second = await all.next(3_600_000);
    expect(second.signalBreaker('equity')).toMatchObject({ state: 'open', limit: 0.04 });
    expect(second.tradingMode.reasons).toHaveProperty(['signals/equity']);
    const pings = second.signalBreaker('pings');
    expect([pings.state, pings.measured]).toEqual(['closed', null]);
    await second.time.advance(1_000);
    expect(pings.measured).toBe(1);
    pings.sample(1);
    await second.time.advance(2_999);
    expect([pings.state, pings.measured]).toEqual(['closed', 2]);
    second.tradingMode.reconciled(order);
    expect(second.signalBreaker('equity').reset({ ...order, scope: 'all' })).toBe(true);
    expect(second.tradingMode.mode).toBe('open');
    await second.stop();
  });
});
