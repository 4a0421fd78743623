import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paperSettingsSchema, type StrategySettings } from '../../../config/paper.ts';
import { cross, movingAverage } from '../../../machines/paper/moving-average.ts';
import { strategyMachine } from '../../../machines/paper/strategy.ts';
import { expectSound } from '../../../runtime/testing/expect-sound.ts';
import { barAt } from '../../support/bars.ts';
import { stage } from '../../support/stage.ts';

const paths = { session: '/session' };
const settingsOf = (strategy: object): StrategySettings =>
  paperSettingsSchema.parse({
    strategy: {
      fastBarCount: 1,
      slowBarCount: 3,
      thresholdBasisPoints: 0,
      quantity: 2,
      ...strategy,
    },
  }).strategy;

const start = (strategy: object = {}) =>
  stage(strategyMachine, { settings: settingsOf(strategy), paths }, [paths.session]);
const bar = (at: number, close: number) => ({ type: 'BAR', bar: barAt(at, close) });

/** The same strategy written down as a loop, to be compared with. */
function naive(closes: readonly number[], settings: StrategySettings) {
  const { fastBarCount, slowBarCount, thresholdBasisPoints, quantity, direction } = settings;
  const average = (prices: readonly number[], length: number) =>
    prices.reduce((mean, price) => mean + (price - mean) * (2 / (length + 1)), prices[0]!);
  const told: number[] = [];
  let wished: number | undefined;
  for (let i = slowBarCount - 1; i < closes.length; i++) {
    const seen = closes.slice(0, i + 1);
    const fast = average(seen, fastBarCount);
    const slow = average(seen, slowBarCount);
    const margin = (slow * thresholdBasisPoints) / 10_000;
    let wish = wished ?? 0;
    if (fast > slow + margin) wish = quantity;
    else if (fast < slow - margin) wish = direction === 'longOnly' ? 0 : -quantity;
    if (wish !== wished) told.push(wish);
    wished = wish;
  }
  return told;
}

describe('moving average', () => {
  it('follows its example', () => {
    expect(movingAverage(null, 10, 3)).toBe(10);
    expect(movingAverage(10, 20, 3)).toBe(15);
    expect(movingAverage(15, 15, 3)).toBe(15);
  });

  it('crosses only beyond the threshold', () => {
    expect(cross(100.1, 100, 10)).toBe(0);
    expect(cross(100.1001, 100, 10)).toBe(1);
    expect(cross(99.9, 100, 10)).toBe(0);
    expect(cross(99.8999, 100, 10)).toBe(-1);
  });
});

describe('strategy', () => {
  it('wishes nothing before the slow average is warm, then tells its wish', () => {
    const strategy = start();
    strategy.send(bar(1, 10));
    strategy.send(bar(2, 20));
    expect(strategy.sent()).toEqual([]);
    expect(strategy.snapshot.value).toBe('warmingUp');
    strategy.send(bar(3, 30));
    expect(strategy.sent()).toEqual([{ type: 'TARGET', quantity: 2, price: 30, at: 3 }]);
    expect(strategy.snapshot.value).toBe('long');
  });

  it('tells a flat wish too, so that a session knows where to go', () => {
    const strategy = start();
    for (const at of [1, 2, 3]) strategy.send(bar(at, 10));
    expect(strategy.sent()).toEqual([{ type: 'TARGET', quantity: 0, price: 10, at: 3 }]);
  });

  it('tells an unchanged wish once', () => {
    const strategy = start();
    for (let at = 1; at <= 20; at++) strategy.send(bar(at, at));
    expect(strategy.sent()).toHaveLength(1);
  });

  it('repeats its wish with the next bar when the session has forgotten it', () => {
    const strategy = start();
    for (let at = 1; at <= 5; at++) strategy.send(bar(at, at));
    strategy.sent();
    strategy.send({ type: 'REPEAT_WISH', at: 5 });
    expect(strategy.sent()).toEqual([]);
    strategy.send(bar(6, 6));
    expect(strategy.sent()).toEqual([{ type: 'TARGET', quantity: 2, price: 6, at: 6 }]);
  });

  it('tells a new size with the next bar', () => {
    const strategy = start();
    for (let at = 1; at <= 5; at++) strategy.send(bar(at, at));
    strategy.sent();
    strategy.send({ type: 'SETTINGS_CHANGED', settings: settingsOf({ quantity: 7 }) });
    strategy.send(bar(6, 6));
    expect(strategy.sent()).toEqual([{ type: 'TARGET', quantity: 7, price: 6, at: 6 }]);
  });

  it('leaves a short position when it may be long only from now on', () => {
    const strategy = start();
    for (const [at, price] of [9, 8, 7].entries()) strategy.send(bar(at, price));
    expect(strategy.snapshot.value).toBe('short');
    strategy.send({ type: 'SETTINGS_CHANGED', settings: settingsOf({ direction: 'longOnly' }) });
    strategy.send(bar(4, 6));
    expect(strategy.snapshot.value).toBe('flat');
    expect(strategy.sent().at(-1)).toMatchObject({ quantity: 0 });
  });

  it('wishes what the same strategy written as a loop wishes', () => {
    const settings = fc.record({
      fastBarCount: fc.integer({ min: 1, max: 3 }),
      slowBarCount: fc.integer({ min: 4, max: 8 }),
      thresholdBasisPoints: fc.constantFrom(0, 50, 500),
      direction: fc.constantFrom('longShort', 'longOnly'),
    });
    const closes = fc.array(fc.integer({ min: 80, max: 120 }), { maxLength: 40 });
    fc.assert(
      fc.property(settings, closes, (strategy, prices) => {
        const actor = start(strategy);
        for (const [at, price] of prices.entries()) actor.send(bar(at, price));
        const wishes = actor.sent().map((event) => event.quantity);
        expect(wishes).toEqual(naive(prices, settingsOf(strategy)));
      }),
    );
  });

  it('keeps on every edge what any machine owes, and is never short when long only', () => {
    const edges = expectSound(strategyMachine, {
      input: { settings: settingsOf({ direction: 'longOnly', slowBarCount: 2 }), paths },
      events: [bar(1, 10) as never, bar(1, 20) as never, { type: 'REPEAT_WISH', at: 1 }],
      // Averages halve their distance to the price for ever: whole prices are near enough.
      key: ({ value, context }) =>
        JSON.stringify([
          value,
          context.barCount,
          Math.round(context.fastAverage ?? 0),
          Math.round(context.slowAverage ?? 0),
          context.wishedQuantity,
        ]),
      unreachable: ['short'],
    });
    for (const { to } of edges) expect(to.value).not.toBe('short');
  });
});
