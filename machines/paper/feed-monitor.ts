/**
 * Feed monitor: hands each bar on, and notices when bars stop coming.
 *
 * States: `waiting` (no bar yet) -> `live` -> `stale` (no bar for too long; the feed's breaker is
 * told of a failure, the trading mode to reduce only, and people) -> `recovering` (bars again; each
 * is a success for the breaker, so that its probes pass) -> `live`, where trading may open again.
 * `ended` once the feed said so.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { assign, emit, enqueueActions, sendTo, setup } from 'xstate';
import type { FeedSettings } from '../../config/paper.ts';
import { tell } from '../tell.ts';
import type { Bar } from './bar.ts';

// Types

export type FeedMonitorPaths = {
  readonly strategy: string;
  readonly account: string;
  readonly breaker: string;
  /** The safeguards that it tells of a stale feed. */
  readonly tradingMode: string;
  readonly alerts: string;
};

export type FeedMonitorInput = {
  readonly settings: FeedSettings;
  readonly paths: FeedMonitorPaths;
};

export type FeedMonitorContext = {
  readonly paths: FeedMonitorPaths;
  readonly staleAfterMs: number;
  readonly confirmMs: number;
  /** Time of the newest bar, ms; 0 before the first. */
  readonly lastBarAt: number;
  /** Bars before this time are successes of the feed, ms; 0 when it was never stale. */
  readonly confirmUntil: number;
};

export type FeedMonitorEvent =
  | { type: 'BAR'; bar: Bar }
  | { type: 'FEED_ENDED'; at: number }
  | { type: 'SETTINGS_CHANGED'; settings: FeedSettings };

export type FeedMonitorEmitted =
  | { type: 'feed.stale'; at: number; lastBarAt: number }
  | { type: 'feed.recovered'; at: number; silentMs: number }
  | { type: 'feed.ended'; at: number };

// Implementations

/** The name that the trading mode knows it by, and the key of its alert. */
const by = 'feed';

const staleAt = ({ lastBarAt, staleAfterMs }: FeedMonitorContext): number =>
  lastBarAt + staleAfterMs;

const limitsOf = (settings: FeedSettings) => ({
  staleAfterMs: settings.staleAfterMs,
  confirmMs: settings.confirmMs,
});

const feedMonitorSetup = setup({
  types: {
    input: {} as FeedMonitorInput,
    context: {} as FeedMonitorContext,
    events: {} as FeedMonitorEvent,
    emitted: {} as FeedMonitorEmitted,
    tags: {} as 'fresh',
  },
  guards: {
    isConfirmed: ({ context, event }) =>
      event.type === 'BAR' && event.bar.at >= context.confirmUntil,
  },
  actions: {
    handToAccount: sendTo(
      ({ context, system }) => system.get(context.paths.account),
      ({ event }) => event,
    ),
    handToStrategy: sendTo(
      ({ context, system }) => system.get(context.paths.strategy),
      ({ event }) => event,
    ),
    noteBar: assign({
      lastBarAt: ({ context, event }) => (event.type === 'BAR' ? event.bar.at : context.lastBarAt),
    }),
    beginConfirming: assign({
      confirmUntil: ({ context, event }) =>
        event.type === 'BAR' ? event.bar.at + context.confirmMs : context.confirmUntil,
    }),
    reportFailure: sendTo(
      ({ context, system }) => system.get(context.paths.breaker),
      ({ context }) => ({ type: 'CALL_FAILED', at: staleAt(context) }),
    ),
    restrictTrading: enqueueActions(({ context, enqueue, system }) => {
      const { paths, staleAfterMs } = context;
      const at = staleAt(context);
      const why = `no bar for ${staleAfterMs / 1_000} s`;
      tell({ enqueue, system }, [paths.tradingMode], { type: 'REDUCE_ONLY', at, by, why });
      tell({ enqueue, system }, [paths.alerts], {
        ...{ type: 'RAISE', at, key: by, severity: 'warning', path: paths.breaker },
        text: `The feed is stale, ${why}: no opening orders are sent.`,
      });
    }),
    /** Harmless when nothing is restricted: one that starts again knows not what it had said. */
    releaseTrading: enqueueActions(({ context: { paths }, event, enqueue, system }) => {
      if (event.type !== 'BAR') return;
      const { at } = event.bar;
      const resume = { type: 'RESUME', at, by, why: 'bars come again' };
      tell({ enqueue, system }, [paths.tradingMode], resume);
      tell({ enqueue, system }, [paths.alerts], { type: 'RESOLVE', at, key: by });
    }),
    reportSuccess: sendTo(
      ({ context, system }) => system.get(context.paths.breaker),
      ({ context, event }) => ({
        type: 'CALL_SUCCEEDED',
        at: event.type === 'BAR' ? event.bar.at : context.lastBarAt,
      }),
    ),
    applySettings: assign(({ event }) =>
      event.type === 'SETTINGS_CHANGED' ? limitsOf(event.settings) : {},
    ),
    announceStale: emit(({ context }) => ({
      type: 'feed.stale' as const,
      at: staleAt(context),
      lastBarAt: context.lastBarAt,
    })),
    announceRecovered: emit(({ context, event }) => {
      const at = event.type === 'BAR' ? event.bar.at : context.lastBarAt;
      return { type: 'feed.recovered' as const, at, silentMs: at - context.lastBarAt };
    }),
    announceEnded: emit(({ context, event }) => ({
      type: 'feed.ended' as const,
      at: event.type === 'FEED_ENDED' ? event.at : context.lastBarAt,
    })),
  },
  delays: {
    staleAfter: ({ context }) => context.staleAfterMs,
  },
});

// Machine

const handedOn = ['noteBar', 'handToAccount', 'handToStrategy'] as const;
// Before the bar is handed on, so that a wish that follows from it may open.
const trusted = ['releaseTrading', ...handedOn] as const;

export const feedMonitorMachine = feedMonitorSetup.createMachine({
  id: 'feedMonitor',
  description: 'Hands bars on and notices a feed that has gone silent.',
  context: ({ input }) => ({
    paths: input.paths,
    ...limitsOf(input.settings),
    lastBarAt: 0,
    confirmUntil: 0,
  }),
  initial: 'waiting',
  on: {
    FEED_ENDED: '.ended',
    // A new limit holds from the next bar on: the wait that is running keeps its own.
    SETTINGS_CHANGED: { actions: 'applySettings' },
  },
  states: {
    waiting: {
      on: { BAR: { target: 'live', actions: trusted } },
    },
    live: {
      tags: 'fresh',
      after: { staleAfter: 'stale' },
      on: {
        BAR: {
          target: 'live',
          reenter: true,
          actions: handedOn,
        },
      },
    },
    stale: {
      entry: ['announceStale', 'reportFailure', 'restrictTrading'],
      on: {
        BAR: {
          target: 'recovering',
          actions: ['announceRecovered', 'beginConfirming', 'reportSuccess', ...handedOn],
        },
      },
    },
    recovering: {
      tags: 'fresh',
      after: { staleAfter: 'stale' },
      on: {
        BAR: [
          {
            guard: 'isConfirmed',
            target: 'live',
            actions: ['reportSuccess', ...trusted],
          },
          {
            target: 'recovering',
            reenter: true,
            actions: ['reportSuccess', ...handedOn],
          },
        ],
      },
    },
    ended: {
      entry: 'announceEnded',
      // A feed that goes on after all, as one that is continued after a restart.
      on: { BAR: { target: 'live', actions: trusted } },
    },
  },
});
