/**
 * Slot of a worker thread: computes one tensor job at a time.
 *
 * States: `idle`, `computing`, `broken` when the worker died, ran out of memory or did not end in
 * time: the supervisor starts the slot anew, after a wait that grows.
 *
 * Pure: reads no clock, does no I/O; the port `compute` does the work.
 */
import { assign, enqueueActions, setup } from 'xstate';
import {
  failureOf,
  isFatal,
  type TensorOutcome,
  type TensorSummary,
} from './policies/tensor-ticket.ts';
import { port } from './port.ts';
import { tell } from './tell.ts';
import type { TensorOrder, TensorPoolEvent } from './tensor-pool-types.ts';

/** What the port `compute` is given. */
export interface TensorAttempt {
  readonly job: string;
  readonly attempt: number;
  readonly device: 'cpu' | 'gpu';
  /** The outcome enters at this logical time, or later on a real clock. */
  readonly dueMs: number;
}

/** What the port gives back; values of a small result are in it. */
export interface TensorAnswer extends TensorSummary {
  /** Logical ms. */
  readonly at: number;
  readonly values?: readonly number[];
}

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
  readonly order: Extract<TensorOrder, { readonly type: 'COMPUTE' }> | null;
}

export type TensorSlotEvent = TensorOrder;

/** The outcome that a settled attempt stands for, without the values. */
export function outcomeOf(event: object): TensorOutcome {
  if ('error' in event) return failureOf(event.error);
  const { at: _, values: __, ...summary } = (event as { readonly output: TensorAnswer }).output;
  return { ok: true, summary };
}

/** When an attempt was settled; the end of a process tells no time. */
export function settledAt(event: object, otherwise: number): number {
  const from = ('error' in event ? event.error : (event as { output?: unknown }).output) as
    | { readonly at?: unknown }
    | null
    | undefined;
  return typeof from?.at === 'number' ? from.at : otherwise;
}

/** Whether an attempt cost whoever made it its life. */
export function isFatalEvent(event: object): boolean {
  const outcome = outcomeOf(event);
  return !outcome.ok && isFatal(outcome);
}

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
    isOwn: ({ context, event }) => event.type === 'ABANDON' && event.job === context.order?.job,
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
    tellOutcome: enqueueActions(({ context, event, enqueue, system }) => {
      const { pool, id: slot, order } = context;
      if (!order) return;
      const at = settledAt(event, context.atMs);
      const outcome = outcomeOf(event);
      const news = { type: 'ATTEMPT_ENDED', at, id: order.job, slot, outcome } as const;
      tell({ enqueue, system }, [pool], news satisfies TensorPoolEvent);
    }),
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
        input: ({ context: { order } }) => ({
          job: order?.job ?? '',
          attempt: order?.attempt ?? 0,
          device: 'cpu',
          dueMs: order?.dueMs ?? 0,
        }),
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
