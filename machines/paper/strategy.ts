/**
 * Strategy: wishes for a position by the cross of two exponential moving averages.
 *
 * States: `warmingUp` (the slow average has not seen its bars) -> `flat`, `long` or `short`, the
 * position that is wished for. A wish is told to the broker session once; again when it changes,
 * and with the next bar after `REPEAT_WISH`, which a session sends that has forgotten it.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { assign, sendTo, setup } from 'xstate';
import type { StrategySettings } from '../../config/paper.ts';
import type { Bar } from './bar.ts';
import { cross, movingAverage } from './moving-average.ts';

// Types

export type StrategyPaths = { readonly session: string };

export type StrategyInput = {
  readonly settings: StrategySettings;
  readonly paths: StrategyPaths;
};

export type StrategyContext = {
  readonly paths: StrategyPaths;
  readonly settings: StrategySettings;
  /** Bars seen until the slow average is warm; then it stays. Count. */
  readonly barCount: number;
  /** Moving averages of the closing price; null before the first bar. */
  readonly fastAverage: number | null;
  readonly slowAverage: number | null;
  /** Signed quantity that the session was last told; null when it has to be told again. */
  readonly wishedQuantity: number | null;
};

export type StrategyEvent =
  | { type: 'BAR'; bar: Bar }
  | { type: 'REPEAT_WISH'; at: number }
  | { type: 'SETTINGS_CHANGED'; settings: StrategySettings };

/** Sign of a wish: long, flat or short. */
export type WishParams = { readonly side: -1 | 0 | 1 };

// Implementations

function averagesAfter(context: StrategyContext, bar: Bar) {
  const { fastBarCount, slowBarCount } = context.settings;
  return {
    fastAverage: movingAverage(context.fastAverage, bar.close, fastBarCount),
    slowAverage: movingAverage(context.slowAverage, bar.close, slowBarCount),
  };
}

function crossAfter(context: StrategyContext, event: StrategyEvent): -1 | 0 | 1 {
  if (event.type !== 'BAR') return 0;
  const { fastAverage, slowAverage } = averagesAfter(context, event.bar);
  return cross(fastAverage, slowAverage, context.settings.thresholdBasisPoints);
}

const strategySetup = setup({
  types: {
    input: {} as StrategyInput,
    context: {} as StrategyContext,
    events: {} as StrategyEvent,
    tags: {} as 'warm',
  },
  guards: {
    isStillCold: ({ context }) => context.barCount + 1 < context.settings.slowBarCount,
    crossesUp: ({ context, event }) => crossAfter(context, event) === 1,
    crossesDown: ({ context, event }) => crossAfter(context, event) === -1,
    crossesDownToShort: ({ context, event }) =>
      context.settings.direction === 'longShort' && crossAfter(context, event) === -1,
    mayNotBeShort: ({ context }) => context.settings.direction === 'longOnly',
    sessionKnowsOtherwise: ({ context }, { side }: WishParams) =>
      context.wishedQuantity !== side * context.settings.quantity,
  },
  actions: {
    takePrice: assign(({ context, event }) =>
      event.type === 'BAR'
        ? {
            ...averagesAfter(context, event.bar),
            barCount: Math.min(context.barCount + 1, context.settings.slowBarCount),
          }
        : {},
    ),
    tellWish: sendTo(
      ({ context, system }) => system.get(context.paths.session),
      ({ context, event }, { side }: WishParams) => ({
        type: 'TARGET',
        quantity: side * context.settings.quantity,
        price: event.type === 'BAR' ? event.bar.close : 0,
        at: event.type === 'BAR' ? event.bar.at : 0,
      }),
    ),
    noteWish: assign({
      wishedQuantity: ({ context }, { side }: WishParams) => side * context.settings.quantity,
    }),
    forgetWish: assign({ wishedQuantity: null }),
    applySettings: assign({
      settings: ({ context, event }) =>
        event.type === 'SETTINGS_CHANGED' ? event.settings : context.settings,
    }),
  },
});

const wish = (side: -1 | 0 | 1) =>
  [
    'takePrice',
    { type: 'tellWish', params: { side } },
    { type: 'noteWish', params: { side } },
  ] as const;
const wishFlat = wish(0);
const wishLong = wish(1);
const wishShort = wish(-1);

// Machine

export const strategyMachine = strategySetup.createMachine({
  id: 'strategy',
  description: 'Wishes for a position by a cross of moving averages.',
  context: ({ input }) => ({
    paths: input.paths,
    settings: input.settings,
    barCount: 0,
    fastAverage: null,
    slowAverage: null,
    wishedQuantity: null,
  }),
  initial: 'warmingUp',
  on: {
    REPEAT_WISH: { actions: 'forgetWish' },
    // The averages go on from where they are with their new lengths.
    SETTINGS_CHANGED: { actions: 'applySettings' },
  },
  states: {
    warmingUp: {
      on: {
        BAR: [
          { guard: 'isStillCold', actions: 'takePrice' },
          { guard: 'crossesUp', target: 'long', actions: wishLong },
          { guard: 'crossesDownToShort', target: 'short', actions: wishShort },
          { target: 'flat', actions: wishFlat },
        ],
      },
    },
    flat: {
      tags: 'warm',
      on: {
        BAR: [
          { guard: 'crossesUp', target: 'long', actions: wishLong },
          { guard: 'crossesDownToShort', target: 'short', actions: wishShort },
          { guard: { type: 'sessionKnowsOtherwise', params: { side: 0 } }, actions: wishFlat },
          { actions: 'takePrice' },
        ],
      },
    },
    long: {
      tags: 'warm',
      on: {
        BAR: [
          { guard: 'crossesDownToShort', target: 'short', actions: wishShort },
          { guard: 'crossesDown', target: 'flat', actions: wishFlat },
          { guard: { type: 'sessionKnowsOtherwise', params: { side: 1 } }, actions: wishLong },
          { actions: 'takePrice' },
        ],
      },
    },
    short: {
      tags: 'warm',
      on: {
        BAR: [
          { guard: 'crossesUp', target: 'long', actions: wishLong },
          { guard: 'mayNotBeShort', target: 'flat', actions: wishFlat },
          { guard: { type: 'sessionKnowsOtherwise', params: { side: -1 } }, actions: wishShort },
          { actions: 'takePrice' },
        ],
      },
    },
  },
});
