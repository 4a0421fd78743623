/** When to try again: the pause before it, and what is left for it. Pure: the caller draws. */
import type { RetrySettings } from '../../config/protect.ts';
import { backoffMs } from './backoff.ts';

type PauseSettings = Pick<RetrySettings, 'minMs' | 'factor' | 'maxMs' | 'jitter'>;

/**
 * The pause after failed attempt number `attempt` (from 1), in whole milliseconds up to `maxMs`.
 *
 * @param previousMs the pause before this one; it matters to `decorrelated` jitter only.
 * @param draw a random number in [0, 1).
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryPauseMs(
  settings: PauseSettings,
  attempt: number,
  previousMs: number,
  draw: number,
): number {
  const { minMs, factor, maxMs, jitter } = settings;
  if (jitter === 'decorrelated') {
    const top = Math.max(minMs, previousMs) * 3;
    return Math.min(maxMs, Math.round(minMs + draw * (top - minMs)));
  }
  const nominalMs = backoffMs({ baseMs: minMs, factor, maxMs, jitterRatio: 0 }, attempt - 1, 0);
  return jitter === 'full' ? Math.round(nominalMs * draw) : nominalMs;
}

/** Why a call that failed is not tried again. */
export type RetryRefusal = 'attempts' | 'retryAfter' | 'deadline' | 'budget';

/** What is known when an attempt has failed in a way that may pass. */
export interface FailedAttempt {
  /** Attempts made so far. */
  readonly attempt: number;
  readonly pauseMs: number;
  /** The pause that the failure asks for, ms; 0 when it asks for none. */
  readonly retryAfterMs: number;
  readonly nowMs: number;
  /** End of the whole call; Infinity without one. */
  readonly deadlineMs: number;
  /** Retries that the common budget holds. */
  readonly budgetCount: number;
}

/**
 * The time of the next attempt, or why there is none. One that could not begin before the deadline
 * is not waited for: its caller learns at once.
 */
export function nextAttempt(
  settings: Pick<RetrySettings, 'attemptCountMax' | 'retryAfterMaxMs'>,
  failed: FailedAttempt,
): { readonly dueMs: number } | { readonly refusal: RetryRefusal } {
  if (failed.attempt >= settings.attemptCountMax) return { refusal: 'attempts' };
  if (failed.retryAfterMs > settings.retryAfterMaxMs) return { refusal: 'retryAfter' };
  const dueMs = failed.nowMs + Math.max(failed.pauseMs, Math.ceil(failed.retryAfterMs));
  if (dueMs >= failed.deadlineMs) return { refusal: 'deadline' };
  if (failed.budgetCount < 1) return { refusal: 'budget' };
  return { dueMs };
}
