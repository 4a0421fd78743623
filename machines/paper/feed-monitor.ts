/**
 * Feed monitor: hands each bar on, and notices when bars stop coming.
 *
 * States: `waiting` (no bar yet) -> `live` -> `stale` (no bar for too long; the feed's breaker is
 * told of a failure) -> `recovering` (bars again; each is a success for the breaker, so that its
 * probes pass) -> `live`. `ended` once the feed said so.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { assign, emit, sendTo, setup } from 'xstate';
import type { FeedSettings } from '../../config/paper.ts';
import { port } from '../port.ts';
import type { Bar } from './bar.ts';

// Types

export type FeedMonitorPaths = {
  readonly strategy: string;
  readonly account: string;
  readonly breaker: string;
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

/** What people are told. */
export type Notice = {
  readonly severity: 'info' | 'warning' | 'critical' | 'emergency';
  readonly path: string;
  readonly text: string;
  readonly at: number;
};

// Implementations

const noticeOf = ({ context }: { context: FeedMonitorContext }): Notice => ({
  severity: 'warning',
  path: context.paths.breaker,
  text: `No bar for ${context.staleAfterMs} ms: the feed is stale, no opening orders are sent.`,
  at: context.lastBarAt + context.staleAfterMs,
});

const limitsOf = (settings: FeedSettings) => ({
  staleAfterMs: settings.staleAfterMs,
  confirmMs: settings.confirmMs,
});

const feedMonitorSetup = setup({
  actors: { notify: port<void, Notice>('notify') },
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
      ({ context }) => ({ type: 'CALL_FAILED', at: context.lastBarAt + context.staleAfterMs }),
    ),
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
      at: context.lastBarAt + context.staleAfterMs,
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
      on: { BAR: { target: 'live', actions: ['noteBar', 'handToAccount', 'handToStrategy'] } },
    },
    live: {
      tags: 'fresh',
      after: { staleAfter: 'stale' },
      on: {
        BAR: {
          target: 'live',
          reenter: true,
          actions: ['noteBar', 'handToAccount', 'handToStrategy'],
        },
      },
    },
    stale: {
      entry: ['announceStale', 'reportFailure'],
      // Whoever cannot be told learns it from the journal: nothing else depends on it.
      invoke: { src: 'notify', input: noticeOf, onDone: {}, onError: {} },
      on: {
        BAR: {
          target: 'recovering',
          actions: [
            'announceRecovered',
            'beginConfirming',
            'reportSuccess',
            'noteBar',
            'handToAccount',
            'handToStrategy',
          ],
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
            actions: ['reportSuccess', 'noteBar', 'handToAccount', 'handToStrategy'],
          },
          {
            target: 'recovering',
            reenter: true,
            actions: ['reportSuccess', 'noteBar', 'handToAccount', 'handToStrategy'],
          },
        ],
      },
    },
    ended: {
      entry: 'announceEnded',
      // A feed that goes on after all, as one that is continued after a restart.
      on: { BAR: { target: 'live', actions: ['noteBar', 'handToAccount', 'handToStrategy'] } },
    },
  },
});
