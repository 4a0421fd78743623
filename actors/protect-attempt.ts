/** One attempt of a protected call: what the callee is given, and its own time limit. */
import type { DeadlineQueue, Waiting } from './deadline-queue.ts';
import { CallTimeoutError, withoutStack } from './errors.ts';
import { type Call, isPromiseLike, neverAborted } from './guarded-call.ts';
import type { ProtectLayers } from './protect-layers.ts';

/** What a protected callee is given. */
export interface CallContext {
  /**
   * Aborted when the result of this attempt does not matter any more: its time is up, or its caller
   * has given up. The reason says which.
   */
  readonly signal: AbortSignal;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Idempotency key: the same for every attempt of a call. */
  readonly key: string;
}

export type ProtectedCallee<T> = (context: CallContext) => T | PromiseLike<T>;

/** What an attempt asks of its call. */
export interface AttemptOwner<T> {
  readonly layers: ProtectLayers;
  readonly callee: ProtectedCallee<T>;
  readonly callerSignal: AbortSignal | undefined;
  readonly key: string;
  succeeded(attempt: Attempt<T>, value: T): void;
  failed(attempt: Attempt<T>, error: unknown): void;
}

/** The signal is made only when the callee reads it: making one costs more than the call. */
export class Attempt<T> implements CallContext, Waiting {
  readonly attempt: number;
  dueMs = 0;
  earlier: Waiting | null = null;
  later: Waiting | null = null;
  /** The callee was called. */
  isStarted = false;
  readonly #owner: AttemptOwner<T>;
  #deadlines: DeadlineQueue | undefined;
  /** What the breaker awaits, when something else than the callee may end it. */
  #settle: PromiseWithResolvers<T> | undefined;
  #isSettled = false;
  #isAbandoned = false;
  #controller: AbortController | undefined;
  #reason: unknown;
  /** What the breaker gave, when nothing but the breaker can end the attempt. */
  #ofBreaker: Call | undefined;

  constructor(owner: AttemptOwner<T>, attempt: number) {
    this.#owner = owner;
    this.attempt = attempt;
  }

  get key(): string {
    return this.#owner.key;
  }

  get signal(): AbortSignal {
    if (this.#ofBreaker) return this.#ofBreaker.signal;
    if (!this.#canEndEarly) return neverAborted;
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#isAbandoned) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get #canEndEarly(): boolean {
    const { layers, callerSignal } = this.#owner;
    return layers.deadlines !== undefined || layers.hasAttemptLimit || callerSignal !== undefined;
  }

  /** Calls the callee, through the breaker if there is one. To be used once. */
  start(): void {
    const { breaker } = this.#owner.layers;
    if (breaker) this.#startThrough(breaker);
    else this.#call();
  }

  #startThrough(breaker: NonNullable<ProtectLayers['breaker']>): void {
    const owner = this.#owner;
    const { callerSignal } = owner;
    const options = callerSignal && { signal: callerSignal };
    breaker.execute<T>(this.#answerBreaker, options).then(
      (value) => owner.succeeded(this, value),
      (error) => owner.failed(this, error),
    );
  }

  readonly #answerBreaker = (call: Call): T | PromiseLike<T> => {
    if (!this.#canEndEarly) {
      this.#ofBreaker = call;
      this.#begin();
      return this.#owner.callee(this);
    }
    this.#settle = Promise.withResolvers<T>();
    this.#call();
    return this.#settle.promise;
  };

  #begin(): void {
    const { layers } = this.#owner;
    this.isStarted = true;
    layers.tally.attemptCount += 1;
    if (this.attempt > 1) layers.tally.retryCount += 1;
    this.#deadlines = layers.attemptDeadlines;
    this.#deadlines?.add(this, layers.clock.now());
  }

  #call(): void {
    this.#begin();
    try {
      const result = this.#owner.callee(this);
      if (!isPromiseLike(result)) this.#succeed(result);
      else {
        const promise = result instanceof Promise ? result : Promise.resolve(result);
        promise.then(
          (value: T) => this.#succeed(value),
          (error) => this.#fail(error),
        );
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #succeed(value: T): void {
    this.#noteSettled();
    if (this.#settle) this.#settle.resolve(value);
    else this.#owner.succeeded(this, value);
  }

  #fail(error: unknown): void {
    this.#noteSettled();
    if (this.#settle) this.#settle.reject(error);
    else this.#owner.failed(this, error);
  }

  #noteSettled(): void {
    this.#isSettled = true;
    if (this.#isAbandoned) this.#owner.layers.tally.abandonedCount -= 1;
  }

  /** Its own time is up. */
  expire(): void {
    const { layers } = this.#owner;
    const limitMs = this.#deadlines?.limitMs ?? 0;
    this.#deadlines = undefined;
    const error =
      layers.stopped() ?? withoutStack(() => new CallTimeoutError(layers.name, limitMs));
    this.abandon(error);
    if (this.#settle) this.#settle.reject(error);
    else this.#owner.failed(this, error);
  }

  /** The attempt has ended, by itself or by its call; what it waited for is let go. */
  end(): void {
    this.#deadlines?.remove(this);
    this.#deadlines = undefined;
  }

  /** Ends it before its callee has: the callee is told. */
  abandon(reason: unknown): void {
    this.end();
    if (!this.isStarted || this.#isSettled || this.#isAbandoned || this.#ofBreaker) return;
    this.#isAbandoned = true;
    this.#owner.layers.tally.abandonedCount += 1;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }

  /** The whole call is too late: for the breaker this is a failure of the attempt. */
  cut(error: unknown): void {
    this.abandon(error);
    this.#settle?.reject(error);
  }
}
