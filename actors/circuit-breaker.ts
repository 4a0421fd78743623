/** The circuit breaker's actor, and the handle through which calls are made. */
import {
  type CircuitBreakerSettings,
  circuitBreakerSettingsSchema,
} from '../config/circuit-breaker.ts';
import {
  type CircuitBreakerEvent,
  type CircuitBreakerInput,
  circuitBreakerMachine,
} from '../machines/circuit-breaker.ts';
import { type ChildScope, type ChildSpec, child } from './child.ts';
import { refusalOf } from './circuit-breaker-errors.ts';
import { CircuitBreakerJudge, type CircuitBreakerView } from './circuit-breaker-judge.ts';
import { orderEvent, type TemporaryCommand } from './circuit-breaker-orders.ts';
import {
  type CircuitBreakerState,
  generationsPerIncarnation,
  type Period,
} from './circuit-breaker-period.ts';
import type { CallPredicates } from './circuit-breaker-predicates.ts';
import type { CircuitBreakerMetrics } from './circuit-breaker-tally.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import {
  type Call,
  type Callee,
  type CallLimit,
  GuardedCall,
  isPromiseLike,
  neverAborted,
} from './guarded-call.ts';
import type { OperatorOrder } from './operator-order.ts';
import type { Clock } from './ports.ts';

export {
  CircuitDownError,
  CircuitIsolatedError,
  CircuitOpenError,
} from './circuit-breaker-errors.ts';
export type { CircuitBreakerView } from './circuit-breaker-judge.ts';
export type { CircuitBreakerState } from './circuit-breaker-period.ts';
export type { CallPredicates } from './circuit-breaker-predicates.ts';
export type { CircuitBreakerMetrics } from './circuit-breaker-tally.ts';
export type { Call, Callee } from './guarded-call.ts';

/**
 * Describes the actor of one breaker.
 *
 * It lives by the settings that the pointer `settings` names and follows their changes; without a
 * pointer by `preset`, or else by the defaults.
 *
 * @throws {TypeError} when the id is not usable.
 * @throws {ZodError} when the preset is not allowed.
 */
export function circuitBreakerChild(options: {
  readonly id: string;
  readonly settings?: string;
  readonly preset?: CircuitBreakerSettings;
}): ChildSpec {
  const preset = circuitBreakerSettingsSchema.parse(options.preset ?? {});
  const input = (scope: ChildScope): CircuitBreakerInput => ({
    settings:
      options.settings === undefined || scope.settings === undefined
        ? preset
        : circuitBreakerSettingsSchema.parse(scope.settings),
    seed: scope.seed,
    generation: scope.incarnation * generationsPerIncarnation,
  });
  return child({ id: options.id, logic: circuitBreakerMachine, input, settings: options.settings });
}

const plainCall: Call = Object.freeze({ signal: neverAborted });

/**
 * Makes calls through a breaker.
 *
 * While the breaker is closed a call is no event: the handle reads one word, runs the call, and
 * counts its result itself. Only what can change the chart's state is sent to it: a window that
 * trips, with all that it holds; the results of probes; orders of operators. The chart alone
 * decides, and `observe` brings back what it decided before the next call is made.
 */
export class CircuitBreaker {
  readonly name: string;
  readonly #clock: Clock;
  readonly #send: (event: CircuitBreakerEvent) => void;
  readonly #judge: CircuitBreakerJudge;
  #limit: CallLimit | undefined;

  constructor(options: {
    readonly name: string;
    readonly clock: Clock;
    /** Returns when the actor has handled the event, or queues it inside a turn. Never throws. */
    readonly send: (event: CircuitBreakerEvent) => void;
    readonly snapshot: () => CircuitBreakerView | undefined;
  }) {
    const { name, clock, send } = options;
    this.name = name;
    this.#clock = clock;
    this.#send = send;
    this.#judge = new CircuitBreakerJudge(name, clock, send);
    this.observe(options.snapshot());
  }

  /** To be called whenever the actor's snapshot has changed; with undefined when it went down. */
  observe(snapshot: CircuitBreakerView | undefined): void {
    this.#judge.observe(snapshot);
  }

  get state(): CircuitBreakerState {
    return this.#judge.period.state;
  }

  /** True when a call made now would be admitted. */
  get admits(): boolean {
    return this.#judge.admits;
  }

  /**
   * Makes the call, if the breaker admits it, and settles as the call does.
   *
   * A call that its caller aborts is neither a success nor a failure.
   *
   * @throws {CircuitOpenError} when the breaker is open, isolated, or has no free probe.
   * @throws {CircuitDownError} when the breaker's actor does not run.
   * @throws {CallTimeoutError} when there was no result within `callTimeoutMs`.
   * @throws {unknown} the call's own error, or the reason with which `options.signal` was aborted.
   */
  execute<T>(callee: Callee<T>, options?: { readonly signal?: AbortSignal }): Promise<T> {
    if (typeof callee !== 'function') {
      throw new TypeError(`Circuit '${this.name}' executes a function, got ${typeof callee}.`);
    }
    const signal = options?.signal;
    if (this.#judge.mode === 'plain' && signal === undefined) return this.#runPlain(callee);
    return this.#runGuarded(callee, signal);
  }

  /** Whose results are failures; replaces what was said before. */
  classify(predicates: CallPredicates): void {
    this.#judge.classify(predicates);
  }

  /**
   * Tells the actor what was counted since, as an entry of the journal: after a restart of the
   * process a breaker knows what its last trip, its last closing or this has told.
   */
  checkpoint(): void {
    this.#judge.checkpoint();
  }

  /**
   * Refuses all calls until `reset`, or until `expiresAtMs` (logical ms), when probes decide.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   * @throws {RangeError} when it would expire in the past.
   */
  isolate(order: TemporaryCommand): void {
    this.#send(orderEvent('ISOLATE', order, this.#clock.now()));
  }

  /**
   * Admits all calls and counts none until `enable`, or until `expiresAtMs` (logical ms). Their
   * time limit stays.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   * @throws {RangeError} when it would expire in the past.
   */
  disable(order: TemporaryCommand): void {
    this.#send(orderEvent('DISABLE', order, this.#clock.now()));
  }

  /**
   * A dry run, until `enable` or until `expiresAtMs` (logical ms): admits all calls, counts them
   * from nothing, and says by `breaker.wouldOpen` and `breaker.wouldClose` what it would have done.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   * @throws {RangeError} when it would expire in the past.
   */
  metricsOnly(order: TemporaryCommand): void {
    this.#send(orderEvent('METRICS_ONLY', order, this.#clock.now()));
  }

  /**
   * Closes a breaker that is disabled or in a dry run, with clean counts; otherwise does nothing.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   */
  enable(order: OperatorOrder): void {
    this.#send(orderEvent('ENABLE', order, this.#clock.now()));
  }

  /**
   * Closes the breaker, whatever its state, with clean counts.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   */
  reset(order: OperatorOrder): void {
    this.#send(orderEvent('RESET', order, this.#clock.now()));
  }

  metrics(): CircuitBreakerMetrics {
    const { period, context, tally } = this.#judge;
    const { state, phase, generation, failureCount, probesInFlight, ring } = period;
    ring?.forgetUntil(this.#clock.now());
    const counts = phase === 'counting' && ring ? ring : undefined;
    return {
      ...tally,
      state,
      generation,
      consecutiveFailureCount: phase === 'counting' ? failureCount : 0,
      window: {
        callCount: counts?.callCount ?? 0,
        failureCount: counts?.failureCount ?? 0,
        slowCount: counts?.slowCount ?? 0,
      },
      inFlightCount: this.#judge.inFlightCount,
      probesInFlightCount: probesInFlight,
      openUntilMs: state === 'open' ? (context?.openUntilMs ?? null) : null,
    };
  }

  #runPlain<T>(callee: Callee<T>): Promise<T> {
    const judge = this.#judge;
    const { period } = judge;
    judge.tally.callCount += 1;
    let result: T | PromiseLike<T>;
    try {
      result = callee(plainCall);
    } catch (error) {
      judge.countError(period, error);
      return Promise.reject(error);
    }
    // Chaining costs half of what an async function with try and await does.
    const { onSuccess, onFailure } = judge.reactions(period);
    if (result instanceof Promise) return result.then(onSuccess, onFailure);
    if (isPromiseLike(result)) return Promise.resolve(result).then(onSuccess, onFailure);
    return Promise.resolve(onSuccess(result));
  }

  #runGuarded<T>(callee: Callee<T>, signal: AbortSignal | undefined): Promise<T> {
    const judge = this.#judge;
    const { context } = judge;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (!context || !judge.admits) return this.#refuse();
    const isProbe = judge.mode === 'probing' && judge.hasProbeSlot;
    const isCounted = isProbe || judge.mode === 'plain' || judge.mode === 'guarded';
    const period = isCounted ? judge.period : judge.uncounted;
    if (isProbe) period.startProbe();
    judge.tally.callCount += 1;
    const limit = this.#limitOf(context.settings, isProbe);
    return new GuardedCall<T, Period>(judge, period, this.#clock.now(), limit, signal).start(
      callee,
    );
  }

  /**
   * All refusals of a period share one promise as well. Rejecting a new one each time costs five
   * times as much, because the engine watches every rejected promise until somebody handles it.
   */
  #refuse(): Promise<never> {
    const { period, context, tally } = this.#judge;
    tally.rejectionCount += 1;
    period.refusal ??= refused(refusalOf(this.name, period.state, context, this.#clock));
    return period.refusal;
  }

  /**
   * A probe has to end some time even when calls have no limit: half open must not last for ever.
   * A new limit takes a new queue, because a queue is in order only while its limit is the same.
   */
  #limitOf(settings: CircuitBreakerSettings, isProbe: boolean): CallLimit | undefined {
    const { callTimeoutMs, openDurationMs } = settings;
    const endsCall = callTimeoutMs > 0;
    if (!endsCall && !isProbe) return undefined;
    const limitMs = endsCall ? callTimeoutMs : openDurationMs;
    if (this.#limit?.endsCall !== endsCall || this.#limit.deadlines.limitMs !== limitMs) {
      this.#limit = { deadlines: new DeadlineQueue(this.#clock, limitMs), endsCall };
    }
    return this.#limit;
  }
}

/** Handled in advance: nobody has to await a call that was not made. */
function refused(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}
