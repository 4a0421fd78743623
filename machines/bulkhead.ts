/**
 * Bulkhead: says when a dependency has no free place.
 *
 * States: `available` -> `saturated` (calls wait or are refused) -> `available`. The handle admits
 * calls and counts in memory; this chart is what operators see, and hears of edges only.
 *
 * Pure: reads no clock, does no I/O.
 */
import { assign, emit, setup } from 'xstate';
import type { BulkheadSettings } from '../config/protect.ts';
import {
  type HeldCallsContext,
  type HeldCallsEnd,
  type HeldCallsEvent,
  type HeldCallsInput,
  heldCallsEnd,
} from './held-calls.ts';

export type BulkheadInput = HeldCallsInput<BulkheadSettings>;
export type BulkheadContext = HeldCallsContext<BulkheadSettings>;
export type BulkheadEvent = HeldCallsEvent<BulkheadSettings>;

/** Facts for operators. */
export type BulkheadEmitted =
  | {
      readonly type: 'bulkhead.saturated';
      readonly at: number;
      readonly settings: BulkheadSettings;
    }
  | ({ readonly type: 'bulkhead.relieved' } & HeldCallsEnd);

// Implementations

const bulkheadSetup = setup({
  types: {
    input: {} as BulkheadInput,
    context: {} as BulkheadContext,
    events: {} as BulkheadEvent,
    emitted: {} as BulkheadEmitted,
  },
  actions: {
    adoptSettings: assign({
      settings: ({ context, event }) =>
        event.type === 'SETTINGS_CHANGED' ? event.settings : context.settings,
    }),
    noteBegin: assign({ heldSinceMs: ({ event }) => ('at' in event ? event.at : null) }),
    noteEnd: assign({ heldSinceMs: null }),
    announceBegin: emit(({ context }) => ({
      type: 'bulkhead.saturated' as const,
      at: context.heldSinceMs ?? 0,
      settings: context.settings,
    })),
    announceEnd: emit(({ context, event }) => ({
      type: 'bulkhead.relieved' as const,
      ...heldCallsEnd(context, event),
    })),
  },
});

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
