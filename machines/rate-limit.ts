/**
 * Rate limit: says when a dependency is asked too often.
 *
 * States: `flowing` -> `limited` (calls wait or are refused) -> `flowing`. The handle admits
 * calls and counts in memory; this chart is what operators see, and hears of edges only.
 *
 * Pure: reads no clock, does no I/O.
 */
import { assign, emit, setup } from 'xstate';
import type { RateLimitSettings } from '../config/protect.ts';
import {
  type HeldCallsContext,
  type HeldCallsEnd,
  type HeldCallsEvent,
  type HeldCallsInput,
  heldCallsEnd,
} from './held-calls.ts';

export type RateLimitInput = HeldCallsInput<RateLimitSettings>;
export type RateLimitContext = HeldCallsContext<RateLimitSettings>;
export type RateLimitEvent = HeldCallsEvent<RateLimitSettings>;

/** Facts for operators. */
export type RateLimitEmitted =
  | {
      readonly type: 'rateLimit.limited';
      readonly at: number;
      readonly settings: RateLimitSettings;
    }
  | ({ readonly type: 'rateLimit.relieved' } & HeldCallsEnd);

// Implementations

const rateLimitSetup = setup({
  types: {
    input: {} as RateLimitInput,
    context: {} as RateLimitContext,
    events: {} as RateLimitEvent,
    emitted: {} as RateLimitEmitted,
  },
  actions: {
    adoptSettings: assign({
      settings: ({ context, event }) =>
        event.type === 'SETTINGS_CHANGED' ? event.settings : context.settings,
    }),
    noteBegin: assign({ heldSinceMs: ({ event }) => ('at' in event ? event.at : null) }),
    noteEnd: assign({ heldSinceMs: null }),
    announceBegin: emit(({ context }) => ({
      type: 'rateLimit.limited' as const,
      at: context.heldSinceMs ?? 0,
      settings: context.settings,
    })),
    announceEnd: emit(({ context, event }) => ({
      type: 'rateLimit.relieved' as const,
      ...heldCallsEnd(context, event),
    })),
  },
});

// Machine

export const rateLimitMachine = rateLimitSetup.createMachine({
  id: 'rateLimit',
  description: 'Says when the calls of one kind are too many in a period.',
  context: ({ input }) => ({ settings: input.settings, heldSinceMs: null }),
  initial: 'flowing',
  on: { SETTINGS_CHANGED: { actions: 'adoptSettings' } },
  states: {
    // CALLS_FLOWED is ignored: after a restart a handle may end what this chart never knew of.
    flowing: {
      on: { CALLS_HELD: { target: 'limited', actions: ['noteBegin', 'announceBegin'] } },
    },
    // CALLS_HELD is ignored: what counts is since when.
    limited: {
      on: { CALLS_FLOWED: { target: 'flowing', actions: ['announceEnd', 'noteEnd'] } },
    },
  },
});
