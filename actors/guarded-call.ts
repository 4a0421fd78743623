/** A call that can end in other ways than by its result: too late, or given up by its caller. */
import type { DeadlineQueue, Waiting } from './deadline-queue.ts';

/** What a callee is given. */
export interface Call {
  /** Aborted when the call's result does not matter any more. */
  readonly signal: AbortSignal;
}

export type Callee<T> = (call: Call) => T | PromiseLike<T>;

/** What a judge needs to know of a call. */
export interface JudgedCall<Period> {
  /** The judge's own note of when the call was admitted. */
  readonly period: Period;
  readonly startedAtMs: number;
}

/** Told once, before anybody who awaits the call learns of its end. */
export interface CallJudge<Period> {
  succeeded(call: JudgedCall<Period>, value: unknown): void;
  failed(call: JudgedCall<Period>, error: unknown): void;
  /** Returns the error that says so. */
  timedOut(call: JudgedCall<Period>, limitMs: number): Error;
  aborted(call: JudgedCall<Period>): void;
  /** The result of a call that was judged by its deadline, and whose caller waited on. */
  late(): void;
}

/**
 * A signal for callees that nobody can abort. It keeps no listeners: many calls share it, and a
 * callee that never removes its listener must not make it grow.
 */
export const neverAborted: AbortSignal = Object.defineProperty(
  new AbortController().signal,
  'addEventListener',
  { value: () => {} },
);

/** How long a call may take. */
export interface CallLimit {
  readonly deadlines: DeadlineQueue;
  /** False: the deadline only judges the call, and its caller goes on waiting. */
  readonly endsCall: boolean;
}

/** `judged`: the breaker has made up its mind, but the caller still waits for the result. */
type Fate = 'running' | 'judged' | 'ended';

/** The signal is made only when the callee reads it: making one costs more than the call. */
export class GuardedCall<T, Period> implements Call, Waiting, JudgedCall<Period> {
  readonly period: Period;
  readonly startedAtMs: number;
  dueMs = 0;
  earlier: Waiting | null = null;
  later: Waiting | null = null;
  #fate: Fate = 'running';
  #controller: AbortController | undefined;
  #abortReason: unknown;
  #isAborted = false;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  readonly #judge: CallJudge<Period>;
  readonly #limit: CallLimit | undefined;
  readonly #callerSignal: AbortSignal | undefined;

  constructor(
    judge: CallJudge<Period>,
    period: Period,
    startedAtMs: number,
    limit: CallLimit | undefined,
    callerSignal: AbortSignal | undefined,
  ) {
    this.#judge = judge;
    this.period = period;
    this.startedAtMs = startedAtMs;
    this.#limit = limit;
    this.#callerSignal = callerSignal;
  }

  get signal(): AbortSignal {
    if (!this.#limit?.endsCall) return this.#callerSignal ?? neverAborted;
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  /** Makes the call. To be used once. */
  start(callee: Callee<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#limit?.deadlines.add(this, this.startedAtMs);
      this.#callerSignal?.addEventListener('abort', this);
      try {
        const result = callee(this);
        if (isPromiseLike(result)) {
          const promise = result instanceof Promise ? result : Promise.resolve(result);
          promise.then(
            (value: T) => this.#succeed(value),
            (error) => this.#fail(error),
          );
        } else {
          this.#succeed(result);
        }
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  /** The deadline has come. */
  expire(): void {
    const limit = this.#limit;
    if (!limit) return;
    this.#fate = 'judged';
    const error = this.#judge.timedOut(this, limit.deadlines.limitMs);
    if (limit.endsCall) this.#giveUp(error);
  }

  /** The caller has given up. Called by its signal. */
  handleEvent(): void {
    if (this.#giveUp(this.#callerSignal?.reason) === 'running') this.#judge.aborted(this);
  }

  #succeed(value: T): void {
    const fate = this.#end();
    this.#resolve(value);
    if (fate === 'running') this.#judge.succeeded(this, value);
    if (fate === 'judged') this.#judge.late();
  }

  #fail(error: unknown): void {
    const fate = this.#end();
    this.#reject(error);
    if (fate === 'running') this.#judge.failed(this, error);
    if (fate === 'judged') this.#judge.late();
  }

  /** Ends the call without its result, which is ignored should it still come. */
  #giveUp(reason: unknown): Fate {
    const fate = this.#end();
    this.#isAborted = true;
    this.#abortReason = reason;
    this.#controller?.abort(reason);
    this.#reject(reason);
    return fate;
  }

  /** Lets go of everything. Returns what the call was until now. */
  #end(): Fate {
    const fate = this.#fate;
    this.#fate = 'ended';
    if (fate === 'running') this.#limit?.deadlines.remove(this);
    if (fate !== 'ended') this.#callerSignal?.removeEventListener('abort', this);
    return fate;
  }
}

export function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
