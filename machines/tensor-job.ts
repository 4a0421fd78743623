/**
 * Tensor job: one request, from its asking to its end.
 *
 * States: `live` (`asking`, `blocked` outside of the queue, `queued`, `running`), then `done`,
 * `failed`, `refused`, `cancelled` or `expired`. The pool decides; the job keeps its deadline.
 *
 * Pure: reads no clock, does no I/O. Its numbers are elsewhere.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';
import type { TensorFailureCode, TensorSummary, TensorTicket } from './policies/tensor-ticket.ts';
import { tell } from './tell.ts';
import type { TensorJobNews, TensorPoolEvent } from './tensor-pool-types.ts';

export interface TensorJobInput {
  readonly ticket: TensorTicket;
  /** Path of the pool. */
  readonly pool: string;
  /** Logical ms from the start to the end of the patience. */
  readonly deadlineMs: number;
  /** Logical ms. */
  readonly at: number;
}

export interface TensorJobContext {
  readonly ticket: TensorTicket;
  readonly pool: string;
  readonly deadlineMs: number;
  readonly atMs: number;
  /** Where it runs, or ran last; null before. */
  readonly device: 'cpu' | 'gpu' | null;
  readonly attemptCount: number;
  /** Why not on the GPU that it asked for. */
  readonly fallbackReason: string | null;
}

/** `at` is logical time in ms. */
export type TensorJobEvent =
  | TensorJobNews
  | { readonly type: 'CANCEL'; readonly at: number; readonly why: string };

/** Why a job gave no result: of an attempt, of the pool, or of whoever asked for it. */
export type TensorEndCode =
  | TensorFailureCode
  | 'QUEUE_FULL'
  | 'OVER_BUDGET'
  | 'DROPPED'
  | 'NO_BACKEND'
  | 'CANCELLED'
  | 'DEADLINE';

export interface TensorJobEmitted {
  readonly type: 'tensorJob.ended';
  readonly at: number;
  readonly id: string;
  readonly op: string;
  readonly outcome: 'done' | 'failed' | 'refused' | 'cancelled' | 'expired';
  readonly device: 'cpu' | 'gpu' | null;
  readonly attemptCount: number;
  readonly fallbackReason: string | null;
  readonly summary: TensorSummary | null;
  readonly code: TensorEndCode | null;
  readonly why: string | null;
}

// Decisions

type Args = { readonly context: TensorJobContext; readonly event: TensorJobEvent };
type Ending = Pick<TensorJobEmitted, 'at' | 'outcome' | 'summary' | 'code' | 'why'>;

const refusals = {
  queueFull: 'QUEUE_FULL',
  overBudget: 'OVER_BUDGET',
  dropped: 'DROPPED',
  noBackend: 'NO_BACKEND',
} as const;

function endingOf({ context, event }: Args): Ending {
  if (event.type === 'JOB_ENDED') {
    const { at, outcome } = event;
    if (outcome.ok) return { at, outcome: 'done', summary: outcome.summary, code: null, why: null };
    return { at, outcome: 'failed', summary: null, code: outcome.code, why: outcome.why };
  }
  if (event.type === 'JOB_REFUSED') {
    const { at, why } = event;
    return { at, outcome: 'refused', summary: null, code: refusals[event.reason], why };
  }
  if (event.type === 'CANCEL') {
    const { at, why } = event;
    return { at, outcome: 'cancelled', summary: null, code: 'CANCELLED', why };
  }
  const at = context.atMs + context.deadlineMs;
  const why = `no result within ${context.deadlineMs} ms`;
  return { at, outcome: 'expired', summary: null, code: 'DEADLINE', why };
}

// Implementations

const tensorJobSetup = setup({
  types: {
    input: {} as TensorJobInput,
    context: {} as TensorJobContext,
    events: {} as TensorJobEvent,
    emitted: {} as TensorJobEmitted,
  },
  delays: { deadline: ({ context }) => context.deadlineMs },
  guards: {
    isDone: ({ event }) => event.type === 'JOB_ENDED' && event.outcome.ok,
  },
  actions: {
    ask: enqueueActions(({ context, enqueue, system }) => {
      const { pool, atMs: at, ticket } = context;
      tell({ enqueue, system }, [pool], {
        type: 'JOB_ASKED',
        at,
        ticket,
      } satisfies TensorPoolEvent);
    }),
    withdraw: enqueueActions(({ context, event, enqueue, system }) => {
      const { at } = endingOf({ context, event });
      const { id } = context.ticket;
      const news = { type: 'JOB_WITHDRAWN', at, id } satisfies TensorPoolEvent;
      tell({ enqueue, system }, [context.pool], news);
    }),
    noteStart: assign(({ context, event }) =>
      event.type === 'JOB_STARTED'
        ? {
            device: event.device,
            attemptCount: event.attempt,
            fallbackReason: event.fallbackReason ?? context.fallbackReason,
          }
        : {},
    ),
    announceEnd: emit(({ context, event }) => {
      const { ticket, device, attemptCount, fallbackReason } = context;
      const { id, op } = ticket;
      const type = 'tensorJob.ended' as const;
      return {
        type,
        id,
        op,
        device,
        attemptCount,
        fallbackReason,
        ...endingOf({ context, event }),
      };
    }),
  },
});

// Machine

export const tensorJobMachine = tensorJobSetup.createMachine({
  id: 'tensorJob',
  description: 'One tensor job, from its asking to its end.',
  context: ({ input: { ticket, pool, deadlineMs, at } }) => ({
    ticket,
    pool,
    deadlineMs,
    atMs: at,
    device: null,
    attemptCount: 0,
    fallbackReason: null,
  }),
  initial: 'live',
  states: {
    live: {
      initial: 'asking',
      states: { asking: { entry: 'ask' }, blocked: {}, queued: {}, running: {} },
      on: {
        JOB_BLOCKED: '.blocked',
        JOB_QUEUED: '.queued',
        JOB_STARTED: { target: '.running', actions: 'noteStart' },
        JOB_REFUSED: { target: 'refused', actions: 'announceEnd' },
        JOB_ENDED: [
          { guard: 'isDone', target: 'done', actions: 'announceEnd' },
          { target: 'failed', actions: 'announceEnd' },
        ],
        CANCEL: { target: 'cancelled', actions: ['withdraw', 'announceEnd'] },
      },
      after: { deadline: { target: 'expired', actions: ['withdraw', 'announceEnd'] } },
    },
    done: { type: 'final' },
    failed: { type: 'final' },
    refused: { type: 'final' },
    cancelled: { type: 'final' },
    expired: { type: 'final' },
  },
});
