/** One attempt at a tensor job: what whoever makes it is asked, and what he tells the pool. */
import {
  failureOf,
  isFatal,
  type TensorOutcome,
  type TensorSummary,
} from './policies/tensor-ticket.ts';
import { type Teller, tell } from './tell.ts';
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

/** The job that a worker or a GPU was given. */
export type TensorTask = Extract<TensorOrder, { readonly type: 'COMPUTE' }>;

export const attemptOf = (order: TensorTask | null, device: 'cpu' | 'gpu'): TensorAttempt => ({
  job: order?.job ?? '',
  attempt: order?.attempt ?? 0,
  device,
  dueMs: order?.dueMs ?? 0,
});

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

/** Whoever makes attempts, as far as his task goes. */
interface Busy {
  /** Path of the pool. */
  readonly pool: string;
  readonly order: TensorTask | null;
  readonly atMs: number;
}

/** Whether the job that is given up is the one that is computed. */
export const isOwnTask = ({ order }: Busy, event: { readonly type: string }): boolean =>
  event.type === 'ABANDON' && (event as { readonly job?: string }).job === order?.job;

/** @param slot of the worker; null on the GPU. */
export function tellOutcome(teller: Teller, busy: Busy, event: object, slot: string | null): void {
  const { pool, order, atMs } = busy;
  if (!order) return;
  const at = settledAt(event, atMs);
  const news = {
    type: 'ATTEMPT_ENDED',
    at,
    id: order.job,
    slot,
    outcome: outcomeOf(event),
  } as const;
  tell(teller, [pool], news satisfies TensorPoolEvent);
}
