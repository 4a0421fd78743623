/** `protect`: one call through all the layers that were asked for, in one fixed order. */
import type { ProtectionSettingsInput } from '../config/protect.ts';
import { neverAborted } from './guarded-call.ts';
import type { CallContext, ProtectedCallee } from './protect-attempt.ts';
import { ProtectedCall, type ProtectedCallOptions } from './protect-call.ts';
import { FallbackFailedError, isRetryableError } from './protect-errors.ts';
import type { ProtectLayers } from './protect-layers.ts';
import type { ProtectionMetrics } from './protect-tally.ts';

export type { CallContext, ProtectedCallee } from './protect-attempt.ts';
export type { ProtectedCallOptions } from './protect-call.ts';
export type { ProtectionMetrics } from './protect-tally.ts';

/** What a fallback is told beside the error. */
export type FallbackContext = CallContext;

/** A value (not a function), or what makes one. */
export type Fallback<F> = F | ((error: unknown, context: FallbackContext) => F | PromiseLike<F>);

/** Behaviour, which no settings file can hold. */
export interface ProtectionFunctions<F> {
  /**
   * Answers every failure but the caller's own abort. It runs outside all limits. Default: none.
   */
  readonly fallback?: Fallback<F> | undefined;
  /**
   * Whether a failed attempt may succeed later. Refusals of this protection's own layers are never
   * tried again. Default: errors with `retryable: true`, and those of a network.
   */
  readonly isRetryable?: ((error: unknown) => boolean) | undefined;
}

/** The part of a decorator's context that is looked at. */
interface MethodContext {
  readonly kind: string;
  readonly name: string | symbol;
}

type Method = (this: never, ...args: never[]) => PromiseLike<unknown>;

/** Options of one call, made from its arguments: its key, its signal. */
type OptionsOf<A extends unknown[]> = (...args: A) => ProtectedCallOptions | undefined;

/**
 * Makes calls; wraps functions; decorates methods.
 *
 * Order, the outermost first: fallback, timeout, bulkhead, retry, rate limit, breaker, attempt
 * timeout, callee.
 */
export interface Protection<F = never> {
  /**
   * Calls `callee`, and settles as it does.
   *
   * @throws {BulkheadFullError} when all places are taken, and all in the queue.
   * @throws {RateLimitedError} when it is too soon; after `waitMaxMs` at the latest.
   * @throws {CircuitOpenError} when the breaker is open.
   * @throws {CallTimeoutError} when the call, or its only attempt, took too long.
   * @throws {RetriesExhaustedError} when it failed in a way that may pass, and was tried enough.
   * @throws {FallbackFailedError} when the fallback failed as well.
   * @throws {RuntimeStoppedError} when the runtime has stopped.
   * @throws {unknown} the callee's own error, or the reason with which `signal` was aborted.
   */
  <T>(callee: ProtectedCallee<T>, options?: ProtectedCallOptions): Promise<T | F>;
  /** As a decorator of a method: `@call async quote(symbol: string) {}`. */
  <M extends Method>(method: M, context: MethodContext): M;
  /** Name of the protection. */
  readonly protection: string;
  /**
   * A function with the same arguments, `this` and name whose every call is protected; `current`
   * has the context while it begins.
   */
  wrap<This, A extends unknown[], T>(
    callee: (this: This, ...args: A) => T | PromiseLike<T>,
    options?: OptionsOf<A>,
  ): (this: This, ...args: A) => Promise<T | F>;
  /**
   * Context of the wrapped function or method that is being called: to be read before its first
   * `await`.
   *
   * @throws {TypeError} anywhere else.
   */
  readonly current: CallContext;
  metrics(): ProtectionMetrics;
}

/** What a host gives to `runtime.protect`. */
export type ProtectOptions<F = never> = Omit<ProtectionSettingsInput, 'retry'> &
  Pick<ProtectionFunctions<F>, 'fallback'> & {
    readonly retry?: NonNullable<ProtectionSettingsInput['retry']> &
      Pick<ProtectionFunctions<F>, 'isRetryable'>;
  };

/** A way through layers that others of the same name may share. */
class Gateway<F> {
  readonly layers: ProtectLayers;
  readonly #fallback: Fallback<F> | undefined;
  readonly #isRetryable: (error: unknown) => boolean;
  #current: CallContext | undefined;

  constructor(layers: ProtectLayers, functions: ProtectionFunctions<F>) {
    this.layers = layers;
    this.#fallback = functions.fallback;
    this.#isRetryable = functions.isRetryable ?? isRetryableError;
  }

  get current(): CallContext {
    if (this.#current) return this.#current;
    throw new TypeError(
      `'current' of '${this.layers.name}' is read before the first await of a wrapped function.`,
    );
  }

  run<T>(callee: ProtectedCallee<T>, options?: ProtectedCallOptions): Promise<T | F> {
    const { layers } = this;
    if (typeof callee !== 'function') {
      throw new TypeError(`Call '${layers.name}' calls a function, got ${typeof callee}.`);
    }
    let made: ProtectedCall<T> | undefined;
    const make = () => {
      made ??= new ProtectedCall(layers, callee, this.#isRetryable, options);
      return made;
    };
    const promise = this.#enter(make, options?.signal);
    if (this.#fallback === undefined) return promise;
    return promise.catch((error) => this.#fallBack(error, made, options));
  }

  /** Refuses before anything is made for the call, where it can. */
  #enter<T>(make: () => ProtectedCall<T>, signal: AbortSignal | undefined): Promise<T> {
    const { layers } = this;
    const { tally, bulkhead, breaker, rateLimit } = layers;
    const { rejected } = tally;
    tally.startedCount += 1;
    const stopped = layers.stopped();
    if (stopped) {
      rejected.stopped += 1;
      return Promise.reject(stopped);
    }
    if (signal?.aborted) {
      rejected.aborted += 1;
      return Promise.reject(signal.reason);
    }
    layers.earnRetry();
    const admission = bulkhead?.enter(make) ?? 'run';
    if (admission === 'refuse') {
      rejected.bulkheadFull += 1;
      return layers.refusedByBulkhead();
    }
    if (admission === 'queue') return this.#start(make(), 'queue');
    if (breaker && !breaker.admits) {
      rejected.circuitOpen += 1;
      bulkhead?.leave();
      return breaker.execute<never>(unreachable);
    }
    const turn = rateLimit?.enter(make) ?? 'run';
    if (turn === 'refuse') {
      rejected.rateLimited += 1;
      bulkhead?.leave();
      return layers.refusedByRateLimit();
    }
    return this.#start(make(), turn === 'wait' ? 'line' : 'attempt');
  }

  #start<T>(call: ProtectedCall<T>, where: 'queue' | 'line' | 'attempt'): Promise<T> {
    this.layers.tally.inFlightCount += 1;
    return call.start(where);
  }

  async #fallBack(
    error: unknown,
    call: Pick<ProtectedCall<never>, 'attemptCount' | 'key'> | undefined,
    options: ProtectedCallOptions | undefined,
  ): Promise<F> {
    const { layers } = this;
    const signal = options?.signal;
    // Nobody waits for an answer to a call that was given up.
    if (signal?.aborted && error === signal.reason) throw error;
    const fallback = this.#fallback as Fallback<F>;
    try {
      const answer =
        typeof fallback === 'function'
          ? await (fallback as (error: unknown, context: FallbackContext) => F | PromiseLike<F>)(
              error,
              {
                signal: signal ?? neverAborted,
                attempt: call?.attemptCount ?? 0,
                key: call?.key ?? options?.key ?? layers.newKey(),
              },
            )
          : fallback;
      layers.tally.fallbackCount += 1;
      return answer;
    } catch (failure) {
      layers.tally.fallbackFailedCount += 1;
      throw new FallbackFailedError(layers.name, error, failure);
    }
  }

  wrap<This, A extends unknown[], T>(
    callee: (this: This, ...args: A) => T | PromiseLike<T>,
    optionsOf?: OptionsOf<A>,
  ): (this: This, ...args: A) => Promise<T | F> {
    if (typeof callee !== 'function') {
      throw new TypeError(`'${this.layers.name}' wraps a function, got ${typeof callee}.`);
    }
    const gateway = this;
    function wrapped(this: This, ...args: A): Promise<T | F> {
      const call = (context: CallContext) =>
        gateway.#within(context, () => callee.apply(this, args));
      return gateway.run(call, optionsOf?.(...args));
    }
    Object.defineProperty(wrapped, 'name', { value: callee.name, configurable: true });
    Object.defineProperty(wrapped, 'length', { value: callee.length, configurable: true });
    return wrapped;
  }

  #within<T>(context: CallContext, call: () => T): T {
    const outer = this.#current;
    this.#current = context;
    try {
      return call();
    } finally {
      this.#current = outer;
    }
  }

  metrics(): ProtectionMetrics {
    const { tally, bulkhead, rateLimit, budgetCount } = this.layers;
    return tally.metrics({
      queuedCount: bulkhead?.line.length ?? 0,
      limitedCount: rateLimit?.line.length ?? 0,
      runningCount: bulkhead?.runningCount ?? 0,
      retryBudgetCount: budgetCount,
    });
  }
}

/** Only asked of breakers that admit nothing. */
const unreachable = (): never => {
  throw new TypeError('A breaker called a callee that it does not admit.');
};

/**
 * Joins the layers of a name to a host's own functions.
 *
 * @throws {TypeError} when `fallback` or `isRetryable` cannot be used.
 */
export function protection<F = never>(
  layers: ProtectLayers,
  functions: ProtectionFunctions<F> = {},
): Protection<F> {
  const { isRetryable } = functions;
  if (isRetryable !== undefined && typeof isRetryable !== 'function') {
    throw new TypeError(`'${layers.name}': isRetryable is a function, got ${typeof isRetryable}.`);
  }
  const gateway = new Gateway(layers, functions);
  const call = (callee: Method & ProtectedCallee<unknown>, second?: object): unknown => {
    if (second === undefined || !('kind' in second)) return gateway.run(callee, second);
    const { kind } = second as MethodContext;
    if (kind === 'method') return gateway.wrap(callee);
    throw new TypeError(`'${layers.name}' decorates methods, got a ${kind}.`);
  };
  const parts = {
    protection: { value: layers.name, enumerable: true },
    wrap: { value: gateway.wrap.bind(gateway) },
    metrics: { value: () => gateway.metrics() },
    current: { get: () => gateway.current },
  };
  return Object.defineProperties(call, parts) as unknown as Protection<F>;
}
