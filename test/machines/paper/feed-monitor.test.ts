import { describe, expect, it } from 'vitest';
import { paperSettingsSchema } from '../../../config/paper.ts';
import { feedMonitorMachine } from '../../../machines/paper/feed-monitor.ts';
import { expectSound } from '../../../runtime/testing/expect-sound.ts';
import { barAt } from '../../support/bars.ts';
import { stage } from '../../support/stage.ts';

const paths = {
  strategy: '/s',
  account: '/a',
  breaker: '/b',
  tradingMode: '/mode',
  alerts: '/alerts',
};
const settings = paperSettingsSchema.parse({
  feed: { staleAfterMs: 300_000, confirmMs: 120_000 },
}).feed;
const start = () => stage(feedMonitorMachine, { settings, paths }, Object.values(paths));
const bar = (at: number) => ({ type: 'BAR' as const, bar: barAt(at, 100) });

describe('feed monitor', () => {
  it('hands each bar to the account before the strategy, and tells the breaker nothing', () => {
    const monitor = start();
    monitor.send(bar(1_000));
    expect(monitor.sent('/a')).toEqual([bar(1_000)]);
    expect(monitor.sent('/s')).toEqual([bar(1_000)]);
    expect(monitor.sent('/b')).toEqual([]);
    expect(monitor.snapshot.value).toBe('live');
  });

  it('is stale exactly when no bar came for the whole time, and fails the breaker once', () => {
    const monitor = start();
    monitor.send(bar(1_000));
    monitor.pass(299_999);
    monitor.send(bar(300_999));
    monitor.pass(299_999);
    expect(monitor.snapshot.value).toBe('live');
    monitor.emitted();
    monitor.pass(1);
    expect(monitor.snapshot.value).toBe('stale');
    expect(monitor.emitted()).toEqual([{ type: 'feed.stale', at: 600_999, lastBarAt: 300_999 }]);
    monitor.pass(10_000_000);
    expect(monitor.sent('/b')).toEqual([{ type: 'CALL_FAILED', at: 600_999 }]);
  });

  it('counts bars as successes until the time of confirming is over', () => {
    const monitor = start();
    monitor.send(bar(0));
    monitor.pass(300_000);
    monitor.emitted();
    monitor.sent();
    for (const at of [500_000, 560_000, 620_000, 680_000]) monitor.send(bar(at));
    expect(monitor.emitted()).toEqual([{ type: 'feed.recovered', at: 500_000, silentMs: 500_000 }]);
    expect(monitor.sent('/b')).toEqual(
      [500_000, 560_000, 620_000].map((at) => ({ type: 'CALL_SUCCEEDED', at })),
    );
    expect(monitor.sent('/s')).toHaveLength(4);
    expect(monitor.snapshot.value).toBe('live');
  });

  it('lets trading only reduce while it is stale, and until bars have come for a while', () => {
    const monitor = start();
    monitor.send(bar(0));
    monitor.sent();
    monitor.pass(300_000);
    expect(monitor.sent('/mode')).toEqual([
      { type: 'REDUCE_ONLY', at: 300_000, by: 'feed', why: 'no bar for 300 s' },
    ]);
    expect(monitor.sent('/alerts')).toEqual([
      {
        ...{ type: 'RAISE', at: 300_000, key: 'feed', severity: 'warning', path: '/b' },
        text: 'The feed is stale, no bar for 300 s: no opening orders are sent.',
      },
    ]);
    for (const at of [500_000, 560_000]) monitor.send(bar(at));
    expect(monitor.sent('/mode')).toEqual([]);
    monitor.send(bar(620_000));
    const resume = { type: 'RESUME', at: 620_000, by: 'feed', why: 'bars come again' };
    expect(monitor.sent('/mode')).toEqual([resume]);
    expect(monitor.sent('/alerts')).toEqual([{ type: 'RESOLVE', at: 620_000, key: 'feed' }]);
    monitor.send(bar(680_000));
    expect(monitor.sent('/mode')).toEqual([]);
  });

  it('takes its word back when it starts anew, or the feed goes on after its end', () => {
    const monitor = start();
    monitor.send(bar(0));
    expect(monitor.sent('/mode')).toMatchObject([{ type: 'RESUME', at: 0 }]);
    monitor.send({ type: 'FEED_ENDED', at: 1 });
    monitor.send(bar(2));
    expect(monitor.sent('/mode')).toMatchObject([{ type: 'RESUME', at: 2 }]);
  });

  it('can go stale again while it recovers', () => {
    const monitor = start();
    monitor.send(bar(0));
    monitor.pass(300_000);
    monitor.send(bar(500_000));
    monitor.pass(300_000);
    expect(monitor.sent('/b').map(({ type }) => type)).toEqual([
      'CALL_FAILED',
      'CALL_SUCCEEDED',
      'CALL_FAILED',
    ]);
  });

  it('never goes stale after the feed has ended', () => {
    const monitor = start();
    monitor.send(bar(0));
    monitor.send({ type: 'FEED_ENDED', at: 7 });
    monitor.pass(10_000_000);
    expect(monitor.snapshot.value).toBe('ended');
    expect(monitor.emitted()).toEqual([{ type: 'feed.ended', at: 7 }]);
  });

  it('lives by changed settings from the next bar on', () => {
    const monitor = start();
    monitor.send(bar(0));
    monitor.send({ type: 'SETTINGS_CHANGED', settings: { ...settings, staleAfterMs: 10 } });
    monitor.pass(10);
    expect(monitor.snapshot.value).toBe('live');
    monitor.send(bar(10));
    monitor.pass(10);
    expect(monitor.snapshot.value).toBe('stale');
  });

  it('keeps on every edge what any machine owes, and is fresh only with bars', () => {
    const next = (lastBarAt: number) => (lastBarAt < 240_000 ? lastBarAt + 60_000 : lastBarAt);
    const edges = expectSound(feedMonitorMachine, {
      input: { settings, paths },
      events: ({ context }) => [
        bar(next(context.lastBarAt)),
        { type: 'FEED_ENDED' as const, at: 1 },
      ],
    });
    for (const { event, to } of edges) {
      if (event.type === 'BAR') expect(to.hasTag('fresh')).toBe(true);
      if (event.type.startsWith('xstate.after')) expect(to.value).toBe('stale');
    }
  });
});
