/**
 * Bulkhead: says when a dependency has no free place.
 *
 * States: `available` -> `saturated` (calls wait or are refused) -> `available`. The handle admits
 * calls and counts in memory; this chart is what operators see, and hears of edges only.
 *
 * Pure: reads no clock, does no I/O.
 */
import type { BulkheadSettings } from '../config/protect.ts';
import {
  type HeldCallsContext,
  type HeldCallsEmitted,
  type HeldCallsEvent,
  type HeldCallsInput,
  heldCallsSetup,
} from './held-calls.ts';

export type BulkheadInput = HeldCallsInput<BulkheadSettings>;
export type BulkheadContext = HeldCallsContext<BulkheadSettings>;
export type BulkheadEvent = HeldCallsEvent<BulkheadSettings>;
export type BulkheadEmitted = HeldCallsEmitted<
  'bulkhead.saturated',
  'bulkhead.relieved',
  BulkheadSettings
>;

// Implementations

const bulkheadSetup = heldCallsSetup<BulkheadSettings, 'bulkhead.saturated', 'bulkhead.relieved'>(
  'bulkhead.saturated',
  'bulkhead.relieved',
);

// Machine

export const bulkheadMachine = bulkheadSetup.createMachine({
  id: 'bulkhead',
  description: 'Says when the calls of one kind have no free place.',
  context: ({ input }) => ({ settings: input.settings, heldSinceMs: null }),
  initial: 'available',
  on: { SETTINGS_CHANGED: { actions: 'adoptSettings' } },
  states: {
    // CALLS_FLOWED is ignored: after a restart a handle may end what this chart never knew of.
    available: {
      on: { CALLS_HELD: { target: 'saturated', actions: ['noteBegin', 'announceBegin'] } },
    },
    // CALLS_HELD is ignored: what counts is since when.
    saturated: {
      on: { CALLS_FLOWED: { target: 'available', actions: ['announceEnd', 'noteEnd'] } },
    },
  },
});
