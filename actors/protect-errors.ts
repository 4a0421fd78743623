/** Why a protected call was not made, or not made again. */
import type { RetryRefusal } from '../machines/policies/retry.ts';
import { KintsugiError } from './errors.ts';

/**
 * Every place is taken, and every place in the queue: the call was not made.
 *
 * All refusals share one error object, which has no stack; so do those of a rate limit.
 */
export class BulkheadFullError extends KintsugiError {
  readonly code = 'BULKHEAD_FULL';
  readonly retryable = true;
  /** Name of the protection. */
  readonly call: string;

  constructor(call: string, bounds: { concurrencyMax: number; queueCountMax: number }) {
    super(
      `Call '${call}' refused: ${bounds.concurrencyMax} of them run and ` +
        `${bounds.queueCountMax} wait.`,
    );
    this.call = call;
  }
}

/** The dependency may not be asked so soon again: the call was not made. */
export class RateLimitedError extends KintsugiError {
  readonly code = 'RATE_LIMITED';
  readonly retryable = true;
  /** Name of the protection. */
  readonly call: string;
  readonly #retryAfterMs: () => number;

  constructor(call: string, rate: { callCountMax: number; periodMs: number }, after: () => number) {
    super(`Call '${call}' refused: at most ${rate.callCountMax} in ${rate.periodMs} ms.`);
    this.call = call;
    this.#retryAfterMs = after;
  }

  /** Milliseconds from now, when this is read, until a call may go if nobody else calls. */
  get retryAfterMs(): number {
    return this.#retryAfterMs();
  }
}

/** What kept a call that may be tried again from being tried again. */
export type ExhaustedBy = RetryRefusal | 'circuitOpen' | 'rateLimited';

const words: Readonly<Record<ExhaustedBy, string>> = {
  attempts: 'that was the last attempt',
  retryAfter: 'the pause that it asks for is too long',
  deadline: 'there is no time left for another attempt',
  budget: 'the budget for retries is spent',
  circuitOpen: 'the circuit is open by now',
  rateLimited: 'the rate limit is reached',
};

/** The call failed in a way that may pass, but it is not made again. `cause`: its last failure. */
export class RetriesExhaustedError extends KintsugiError {
  readonly code = 'RETRIES_EXHAUSTED';
  readonly retryable = false;
  /** Name of the protection. */
  readonly call: string;
  /** Attempts made. */
  readonly attempts: number;
  readonly exhaustedBy: ExhaustedBy;

  constructor(call: string, attempts: number, exhaustedBy: ExhaustedBy, cause: unknown) {
    super(`Call '${call}' failed ${attempts} times: ${words[exhaustedBy]}.`, { cause });
    this.call = call;
    this.attempts = attempts;
    this.exhaustedBy = exhaustedBy;
  }
}

/** The call failed, and so did its fallback. `cause`: why the call failed. */
export class FallbackFailedError extends KintsugiError {
  readonly code = 'FALLBACK_FAILED';
  readonly retryable = false;
  /** Name of the protection. */
  readonly call: string;
  /** Why the fallback failed. */
  readonly failure: unknown;

  constructor(call: string, cause: unknown, failure: unknown) {
    super(`Call '${call}' failed, and so did its fallback.`, { cause });
    this.call = call;
    this.failure = failure;
  }
}

/** Failures of a network or of a name service that pass. Of Node, and of its `fetch` (undici). */
const passingCodes: ReadonlySet<unknown> = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

const field = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null
    ? (error as Record<string, unknown>)[name]
    : undefined;

/**
 * Whether an attempt that failed so may succeed later: an error says so itself (`retryable`), or it
 * or its `cause` has the code of a network failure. Everything else is final, above all a
 * programmer's mistake.
 */
export function isRetryableError(error: unknown): boolean {
  const own = field(error, 'retryable');
  if (typeof own === 'boolean') return own;
  return (
    passingCodes.has(field(error, 'code')) || passingCodes.has(field(field(error, 'cause'), 'code'))
  );
}

/** The pause that a failure asks for, ms; 0 when it asks for none. */
export function retryAfterMsOf(error: unknown): number {
  const asked = field(error, 'retryAfterMs');
  return typeof asked === 'number' && asked > 0 ? asked : 0;
}
