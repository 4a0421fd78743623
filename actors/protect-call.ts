/** One protected call on its way through the layers. */
import type { RetrySettings } from '../config/protect.ts';
import { nextAttempt, retryPauseMs } from '../machines/policies/retry.ts';
import type { DeadlineQueue, Waiting } from './deadline-queue.ts';
import { CallTimeoutError, withoutStack } from './errors.ts';
import { Attempt, type AttemptOwner, type ProtectedCallee } from './protect-attempt.ts';
import { type ExhaustedBy, RetriesExhaustedError, retryAfterMsOf } from './protect-errors.ts';
import type { Pausing, ProtectLayers } from './protect-layers.ts';
import type { FailedBy, RejectedBy } from './protect-tally.ts';
import type { InLine } from './waiting-line.ts';

export interface ProtectedCallOptions {
  /** Gives the call up, wherever it is. */
  readonly signal?: AbortSignal | undefined;
  /** Idempotency key. Default: a new one. */
  readonly key?: string | undefined;
}

type Where = 'queue' | 'line' | 'attempt' | 'pause' | 'ended';

/** What ends a call from outside; each can come before the callee was called, or after. */
type CutBy = FailedBy & RejectedBy;

export class ProtectedCall<T> implements AttemptOwner<T>, Waiting, InLine, Pausing {
  readonly layers: ProtectLayers;
  readonly callee: ProtectedCallee<T>;
  dueMs = Number.POSITIVE_INFINITY;
  earlier: Waiting | null = null;
  later: Waiting | null = null;
  ahead: InLine | null = null;
  behind: InLine | null = null;
  attemptCount = 0;
  readonly #options: ProtectedCallOptions | undefined;
  readonly #isRetryable: (error: unknown) => boolean;
  readonly #deadlines: DeadlineQueue | undefined;
  #isTimed = false;
  #where: Where = 'queue';
  #hasPlace = false;
  #attempt: Attempt<T> | undefined;
  #key: string | undefined;
  #pauseMs = 0;
  #lastError: unknown;
  #withdraw: (() => void) | undefined;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;

  constructor(
    layers: ProtectLayers,
    callee: ProtectedCallee<T>,
    isRetryable: (error: unknown) => boolean,
    options: ProtectedCallOptions | undefined,
  ) {
    this.layers = layers;
    this.callee = callee;
    this.#isRetryable = isRetryable;
    this.#options = options;
    this.#deadlines = layers.deadlines;
  }

  get callerSignal(): AbortSignal | undefined {
    return this.#options?.signal;
  }

  get key(): string {
    this.#key ??= this.#options?.key ?? this.layers.newKey();
    return this.#key;
  }

  /** `where`: what it waits for, as the layers said; `attempt`: for nothing. */
  start(where: 'queue' | 'line' | 'attempt'): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#where = where;
      this.#hasPlace = where !== 'queue' && this.layers.bulkhead !== undefined;
      if (this.#deadlines) {
        this.#isTimed = true;
        this.#deadlines.add(this, this.layers.clock.now());
      }
      this.callerSignal?.addEventListener('abort', this);
      if (where === 'attempt') this.#startAttempt();
    });
  }

  /** A place is free, or the rate limit admits one more. */
  turnCame(): void {
    const { breaker, rateLimit, clock } = this.layers;
    const isPlace = this.#where === 'queue';
    this.#where = 'attempt';
    if (isPlace) this.#hasPlace = true;
    // Those of one deadline end one after the other, and each makes room for the next.
    if (this.#isTimed && clock.now() >= this.dueMs) {
      this.#giveUp('timeout', this.#lateness());
      return;
    }
    if (isPlace) {
      this.#approach();
      return;
    }
    // A breaker that refuses does so without using up a turn.
    if (!breaker || breaker.admits) rateLimit?.count();
    this.#startAttempt();
  }

  /** The runtime has stopped. */
  turnedAway(): void {
    this.#giveUp('stopped', this.layers.stopped());
  }

  /** The time for the whole call is up. */
  expire(): void {
    this.#isTimed = false;
    const stopped = this.layers.stopped();
    if (stopped) this.#giveUp('stopped', stopped);
    else this.#giveUp('timeout', this.#lateness());
  }

  #lateness(): CallTimeoutError {
    const limitMs = this.#deadlines?.limitMs ?? 0;
    return withoutStack(() => new CallTimeoutError(this.layers.name, limitMs));
  }

  /** The caller has given up. Called by its signal. */
  handleEvent(): void {
    this.#giveUp('aborted', this.callerSignal?.reason);
  }

  /** Up to the callee: the rate limit, then the breaker. */
  #approach(): void {
    const { breaker, rateLimit } = this.layers;
    if (!rateLimit || (breaker && !breaker.admits)) {
      this.#startAttempt();
      return;
    }
    const admission = rateLimit.enter(() => this);
    if (admission === 'run') this.#startAttempt();
    else if (admission === 'wait') this.#where = 'line';
    else this.#refuse('rateLimited', this.layers.rateLimitedError());
  }

  #startAttempt(): void {
    this.#where = 'attempt';
    this.#attempt = new Attempt(this, this.attemptCount + 1);
    this.#attempt.start();
  }

  succeeded(attempt: Attempt<T>, value: T): void {
    if (attempt !== this.#attempt) return;
    this.attemptCount += 1;
    attempt.end();
    this.#leave();
    this.layers.tally.succeededCount += 1;
    this.#resolve(value);
    this.#giveBack();
  }

  failed(attempt: Attempt<T>, error: unknown): void {
    if (attempt !== this.#attempt) return;
    this.#attempt = undefined;
    attempt.abandon(error);
    if (!attempt.isStarted) {
      this.#refuse('circuitOpen', error);
      return;
    }
    this.attemptCount += 1;
    this.#lastError = error;
    this.#retryOrFail(error);
  }

  #retryOrFail(error: unknown): void {
    const { layers } = this;
    const { retry } = layers.settings;
    const verdict = retry && !layers.stopped() ? this.#judge(error) : { isRetryable: false };
    // Whoever judges may give the call up meanwhile.
    if (this.#where === 'ended') return;
    if ('mistake' in verdict) {
      this.#fail('error', verdict.mistake);
    } else if (retry && verdict.isRetryable) {
      this.#retry(retry, error);
    } else {
      this.#fail(this.#nameOf(error), error);
    }
  }

  #retry(retry: RetrySettings, error: unknown): void {
    const { layers } = this;
    const draw = retry.jitter === 'none' ? 0 : layers.draw();
    this.#pauseMs = retryPauseMs(retry, this.attemptCount, this.#pauseMs, draw);
    const nowMs = layers.clock.now();
    const next = nextAttempt(retry, {
      attempt: this.attemptCount,
      pauseMs: this.#pauseMs,
      retryAfterMs: retryAfterMsOf(error),
      nowMs,
      deadlineMs: this.#isTimed ? this.dueMs : Number.POSITIVE_INFINITY,
      budgetCount: layers.budgetCount,
    });
    if ('refusal' in next) {
      this.#exhaust(next.refusal);
    } else {
      layers.budgetCount -= 1;
      this.#pauseUntil(next.dueMs, nowMs);
    }
  }

  /** A predicate that throws is a mistake that its author should see. */
  #judge(error: unknown): { isRetryable: boolean } | { mistake: unknown } {
    try {
      return { isRetryable: this.#isRetryable(error) };
    } catch (mistake) {
      return { mistake };
    }
  }

  #pauseUntil(dueMs: number, nowMs: number): void {
    const { pausing, clock } = this.layers;
    this.#where = 'pause';
    if (dueMs <= nowMs) {
      this.#approach();
      return;
    }
    pausing.add(this);
    this.#withdraw = clock.at(dueMs, () => {
      pausing.delete(this);
      this.#approach();
    });
  }

  /** The call ends because an attempt took too long, or for the callee's own reasons. */
  #nameOf(error: unknown): 'timeout' | 'stopped' | 'error' {
    if (error === this.layers.stopped()) return 'stopped';
    return error instanceof CallTimeoutError && error.call === this.layers.name
      ? 'timeout'
      : 'error';
  }

  /** An inner layer has refused. What a failed attempt said is worth more than that. */
  #refuse(by: 'rateLimited' | 'circuitOpen', error: unknown): void {
    if (this.attemptCount > 0) {
      this.#exhaust(by);
      return;
    }
    this.#leave();
    this.layers.tally.rejected[by] += 1;
    this.#reject(error);
    this.#giveBack();
  }

  #exhaust(by: ExhaustedBy): void {
    const { layers, attemptCount } = this;
    const cause = this.#lastError;
    const error = withoutStack(
      () => new RetriesExhaustedError(layers.name, attemptCount, by, cause),
    );
    this.#fail('retriesExhausted', error);
  }

  #fail(by: FailedBy, error: unknown): void {
    this.#leave();
    this.layers.tally.failed[by] += 1;
    this.#reject(error);
    this.#giveBack();
  }

  #giveUp(by: CutBy, error: unknown): void {
    const { layers } = this;
    const attempt = this.#attempt;
    if (this.#where === 'queue') layers.bulkhead?.line.leave(this);
    if (this.#where === 'line') layers.rateLimit?.leave(this);
    if (this.#where === 'pause') {
      this.#withdraw?.();
      layers.pausing.delete(this);
    }
    this.#leave();
    const isBegun = this.attemptCount > 0 || attempt?.isStarted === true;
    if (isBegun) layers.tally.failed[by] += 1;
    else layers.tally.rejected[by] += 1;
    this.#reject(error);
    // The breaker has seen the caller's abort by itself: that is no failure.
    if (by === 'aborted') attempt?.abandon(error);
    else attempt?.cut(error);
    this.#giveBack();
  }

  /** Lets go of everything but the place. */
  #leave(): void {
    if (this.#isTimed) this.#deadlines?.remove(this);
    this.#isTimed = false;
    this.callerSignal?.removeEventListener('abort', this);
    this.#where = 'ended';
    this.#attempt = undefined;
    this.layers.tally.inFlightCount -= 1;
  }

  #giveBack(): void {
    if (this.#hasPlace) this.layers.bulkhead?.leave();
    this.#hasPlace = false;
  }
}
