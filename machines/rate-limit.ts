/**
 * Rate limit: says when a dependency is asked too often.
 *
 * States: `flowing` -> `limited` (calls wait or are refused) -> `flowing`. The handle admits
 * calls and counts in memory; this chart is what operators see, and hears of edges only.
 *
 * Pure: reads no clock, does no I/O.
 */
import type { RateLimitSettings } from '../config/protect.ts';
import {
  type HeldCallsContext,
  type HeldCallsEmitted,
  type HeldCallsEvent,
  type HeldCallsInput,
  heldCallsSetup,
} from './held-calls.ts';

export type RateLimitInput = HeldCallsInput<RateLimitSettings>;
export type RateLimitContext = HeldCallsContext<RateLimitSettings>;
export type RateLimitEvent = HeldCallsEvent<RateLimitSettings>;
export type RateLimitEmitted = HeldCallsEmitted<
  'rateLimit.limited',
  'rateLimit.relieved',
  RateLimitSettings
>;

// Implementations

const rateLimitSetup = heldCallsSetup<RateLimitSettings, 'rateLimit.limited', 'rateLimit.relieved'>(
  'rateLimit.limited',
  'rateLimit.relieved',
);

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
