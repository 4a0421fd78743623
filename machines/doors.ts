/**
 * The doors: what comes of requests that were turned away.
 *
 * States: `quiet` -> `pressed` (too many refusals in a minute: people are told) -> `quiet` (none
 * for a minute). Refusals come counted by the edge, at most once a second.
 *
 * Pure: reads no clock, keeps no random state, does no I/O.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';
import type { HttpSettings } from '../config/http.ts';
import {
  pressureWindowMs,
  type RefusalCodes,
  type RefusalCount,
  refusalsIn,
  sumOf,
  withCodes,
  withRefusals,
} from './policies/door-pressure.ts';
import { raiseAlert, resolveAlert } from './tell.ts';

// Types

export interface DoorsInput {
  readonly settings: Pick<HttpSettings, 'refusedCountMax'>;
}

export interface DoorsContext {
  readonly settings: Pick<HttpSettings, 'refusedCountMax'>;
  /** All refusals so far, by the code of the problem. */
  readonly totals: RefusalCodes;
  /** Those of the last minute. */
  readonly recent: readonly RefusalCount[];
  /** Time of the newest, logical ms. */
  readonly atMs: number;
}

/** `at` is logical time in ms. */
export type DoorsEvent =
  /** Requests were turned away since the last event: how many, by the code of the problem. */
  | { readonly type: 'REFUSED'; readonly at: number; readonly counts: RefusalCodes }
  | { readonly type: 'SETTINGS_CHANGED'; readonly settings: DoorsInput['settings'] };

export type DoorsEmitted =
  | { readonly type: 'doors.refused'; readonly at: number; readonly counts: RefusalCodes }
  | {
      readonly type: 'doors.pressed';
      readonly at: number;
      /** Refusals in the last minute, and how many of them are borne. */
      readonly count: number;
      readonly refusedCountMax: number;
    }
  | { readonly type: 'doors.calmed'; readonly at: number };

// Decisions

type Args = { readonly context: DoorsContext; readonly event: DoorsEvent };

const recentAfter = ({ context, event }: Args): readonly RefusalCount[] =>
  event.type === 'REFUSED'
    ? withRefusals(context.recent, event.at, sumOf(event.counts))
    : context.recent;

// Implementations

const doorsSetup = setup({
  types: {
    input: {} as DoorsInput,
    context: {} as DoorsContext,
    events: {} as DoorsEvent,
    emitted: {} as DoorsEmitted,
  },
  delays: { calm: pressureWindowMs },
  guards: {
    isPressed: (args) => refusalsIn(recentAfter(args)) > args.context.settings.refusedCountMax,
  },
  actions: {
    noteRefusals: assign((args) => {
      const { context, event } = args;
      if (event.type !== 'REFUSED') return {};
      const totals = withCodes(context.totals, event.counts);
      return { totals, recent: recentAfter(args), atMs: event.at };
    }),
    announceRefused: enqueueActions(({ event, enqueue }) => {
      if (event.type !== 'REFUSED') return;
      enqueue.emit({ type: 'doors.refused', at: event.at, counts: event.counts });
    }),
    announcePressed: emit(({ context }) => ({
      type: 'doors.pressed' as const,
      at: context.atMs,
      count: refusalsIn(context.recent),
      refusedCountMax: context.settings.refusedCountMax,
    })),
    announceCalmed: emit(({ context }) => ({
      type: 'doors.calmed' as const,
      at: context.atMs + pressureWindowMs,
    })),
    tellPeople: enqueueActions(({ context, enqueue, system, self }) => {
      const { recent, totals, atMs: at } = context;
      const codes = Object.keys(totals).join(', ');
      const text = `${refusalsIn(recent)} requests were turned away in a minute (${codes})`;
      const alert = { at, key: 'doors', cause: 'doorsPressed', text, path: self.id } as const;
      raiseAlert({ enqueue, system }, alert);
    }),
    tellPeopleItEnded: enqueueActions(({ context, enqueue, system }) => {
      resolveAlert({ enqueue, system }, context.atMs + pressureWindowMs, 'doors');
    }),
    forgetRecent: assign({ recent: [] }),
    applySettings: assign({
      settings: ({ context, event }) =>
        event.type === 'SETTINGS_CHANGED' ? event.settings : context.settings,
    }),
  },
});

// Machine

export const doorsMachine = doorsSetup.createMachine({
  id: 'doors',
  description: 'Counts requests that were turned away, and tells people when they are many.',
  context: ({ input }) => ({ settings: input.settings, totals: {}, recent: [], atMs: 0 }),
  on: { SETTINGS_CHANGED: { actions: 'applySettings' } },
  initial: 'quiet',
  states: {
    quiet: {
      on: {
        REFUSED: [
          {
            guard: 'isPressed',
            target: 'pressed',
            actions: ['noteRefusals', 'announceRefused', 'announcePressed', 'tellPeople'],
          },
          { actions: ['noteRefusals', 'announceRefused'] },
        ],
      },
    },
    pressed: {
      on: {
        REFUSED: {
          target: 'pressed',
          reenter: true,
          actions: ['noteRefusals', 'announceRefused'],
        },
      },
      after: {
        calm: {
          target: 'quiet',
          actions: ['forgetRecent', 'announceCalmed', 'tellPeopleItEnded'],
        },
      },
    },
  },
});
