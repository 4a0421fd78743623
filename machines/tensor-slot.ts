/**
 * Slot of a worker thread: computes one tensor job at a time.
 *
 * States: `idle`, `computing`, `broken` when the worker died, ran out of memory or did not end in
 * time: the supervisor starts the slot anew, after a wait that grows.
 *
 * Pure: reads no clock, does no I/O; the port `compute` does the work.
 */
import { assign, enqueueActions, setup } from 'xstate';
import { port } from './port.ts';
import { tell } from './tell.ts';
import {
  attemptOf,
  isFatalEvent,
  isOwnTask,
  outcomeOf,
  settledAt,
  type TensorAnswer,
  type TensorAttempt,
  type TensorTask,
  tellOutcome,
} from './tensor-attempt.ts';
import type { TensorOrder, TensorPoolEvent } from './tensor-pool-types.ts';

export interface TensorSlotInput {
  readonly id: string;
  /** Path of the pool. */
  readonly pool: string;
  /** Logical ms. */
  readonly at: number;
}

export interface TensorSlotContext {
  readonly id: string;
  readonly pool: string;
  readonly atMs: number;
  readonly order: TensorTask | null;
}

export type TensorSlotEvent = TensorOrder;

// Implementations

const tensorSlotSetup = setup({
  actors: { compute: port<TensorAnswer, TensorAttempt>('compute') },
  types: {
    input: {} as TensorSlotInput,
    context: {} as TensorSlotContext,
    events: {} as TensorSlotEvent,
    tags: {} as 'busy',
  },
  guards: {
    isFatal: ({ event }) => isFatalEvent(event),
    isOwn: ({ context, event }) => isOwnTask(context, event),
  },
  actions: {
    take: assign({
      order: ({ context, event }) => (event.type === 'COMPUTE' ? event : context.order),
      atMs: ({ event }) => event.at,
    }),
    noteTime: assign({ atMs: ({ event }) => event.at }),
    forget: assign({ order: null }),
    tellReady: enqueueActions(({ context, enqueue, system }) => {
      const { pool, id: slot, atMs: at } = context;
      tell({ enqueue, system }, [pool], { type: 'SLOT_READY', at, slot } satisfies TensorPoolEvent);
    }),
    tellOutcome: enqueueActions(({ context, event, enqueue, system }) =>
      tellOutcome({ enqueue, system }, context, event, context.id),
    ),
    tellLost: enqueueActions(({ context, event, enqueue, system }) => {
      const outcome = outcomeOf(event);
      if (outcome.ok) return;
      const at = settledAt(event, context.atMs);
      const news = { type: 'SLOT_LOST', at, slot: context.id, outcome } as const;
      tell({ enqueue, system }, [context.pool], news satisfies TensorPoolEvent);
    }),
  },
});

// Machine

export const tensorSlotMachine = tensorSlotSetup.createMachine({
  id: 'tensorSlot',
  description: 'Computes one tensor job at a time in a worker thread.',
  context: ({ input: { id, pool, at } }) => ({ id, pool, atMs: at, order: null }),
  initial: 'idle',
  // Told once, at the start: after that the pool knows by itself.
  entry: 'tellReady',
  states: {
    idle: {
      on: {
        COMPUTE: { target: 'computing', actions: 'take' },
        STATE_ASKED: { actions: ['noteTime', 'tellReady'] },
      },
    },
    computing: {
      tags: 'busy',
      invoke: {
        src: 'compute',
        input: ({ context: { order } }) => attemptOf(order, 'cpu'),
        onDone: { target: 'idle', actions: ['tellOutcome', 'forget'] },
        onError: [
          { guard: 'isFatal', target: 'broken', actions: 'tellLost' },
          { target: 'idle', actions: ['tellOutcome', 'forget'] },
        ],
      },
      on: {
        ABANDON: { guard: 'isOwn', target: 'idle', actions: 'forget' },
        STATE_ASKED: { target: 'idle', actions: ['noteTime', 'forget', 'tellReady'] },
      },
    },
    broken: { type: 'final' },
  },
});
