/** The layers that all calls of one name share. */
import type { ProtectionSettings } from '../config/protect.ts';
import { drawRatio } from '../machines/policies/random.ts';
import { Bulkhead } from './bulkhead.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import { RuntimeStoppedError, withoutStack } from './errors.ts';
import { HeldCalls, type HeldCallsState } from './held-calls.ts';
import type { Clock } from './ports.ts';
import { BulkheadFullError, RateLimitedError } from './protect-errors.ts';
import { ProtectionTally } from './protect-tally.ts';
import { RateLimit } from './rate-limit.ts';

/** Layers that stand as charts. */
export type ProtectChart = 'bulkhead' | 'rateLimit';

type Edge = Parameters<ConstructorParameters<typeof HeldCalls>[2]>[0];

export interface ProtectLayersOptions {
  readonly name: string;
  readonly clock: Clock;
  /** Of the jitter, and of idempotency keys: an unsigned 32-bit integer. */
  readonly seed: number;
  readonly settings: ProtectionSettings;
  readonly breaker?: CircuitBreaker | undefined;
  /** Tells a chart what its calls did. Never throws. */
  readonly send?: (chart: ProtectChart, event: Edge) => void;
}

/** What can be stopped from outside while it pauses before a retry. */
export interface Pausing {
  turnedAway(): void;
}

/** A promise that nobody has to handle. */
function handled(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}

export class ProtectLayers {
  readonly name: string;
  readonly clock: Clock;
  readonly tally = new ProtectionTally();
  breaker: CircuitBreaker | undefined;
  settings: ProtectionSettings;
  bulkhead: Bulkhead | undefined;
  rateLimit: RateLimit | undefined;
  /** Limits of whole calls, and of attempts. */
  deadlines: DeadlineQueue | undefined;
  attemptDeadlines: DeadlineQueue | undefined;
  /** Retries that may be made. */
  budgetCount = 0;
  readonly pausing = new Set<Pausing>();
  #bulkheadFull: Promise<never> | undefined;
  #rateLimited: Promise<never> | undefined;
  #rateLimitedError: RateLimitedError | undefined;
  #stopped: RuntimeStoppedError | undefined;
  #drawCount = 0;
  #keyCount = 0;
  readonly #seed: number;
  readonly #startedAtMs: number;
  readonly #send: NonNullable<ProtectLayersOptions['send']>;
  readonly #queues = new Map<number, DeadlineQueue>();
  readonly #held = new Map<ProtectChart, HeldCalls>();

  constructor(options: ProtectLayersOptions) {
    this.name = options.name;
    this.clock = options.clock;
    this.#seed = options.seed;
    this.#startedAtMs = options.clock.now();
    this.breaker = options.breaker;
    this.#send = options.send ?? (() => {});
    this.settings = options.settings;
    this.budgetCount = options.settings.retry?.budgetCountMax ?? 0;
    this.adopt(options.settings);
  }

  get hasAttemptLimit(): boolean {
    return this.attemptDeadlines !== undefined;
  }

  /** Goes on with other settings: what runs, waits and was counted stays. */
  adopt(settings: ProtectionSettings): void {
    const { timeoutMs, attemptTimeoutMs, bulkhead, rateLimit, retry } = settings;
    const hadBudget = this.settings.retry !== undefined;
    this.settings = settings;
    this.#bulkheadFull = undefined;
    this.#rateLimited = undefined;
    this.#rateLimitedError = undefined;
    this.deadlines = this.#queueOf(timeoutMs);
    this.attemptDeadlines = this.#queueOf(attemptTimeoutMs);
    const budgetCountMax = retry?.budgetCountMax ?? 0;
    this.budgetCount =
      hadBudget && retry ? Math.min(this.budgetCount, budgetCountMax) : budgetCountMax;
    // A layer that was there stays: calls stand in its line. Only a new process can be without.
    if (bulkhead) {
      const held = this.#heldBy('bulkhead', bulkhead.quietMs);
      this.bulkhead ??= new Bulkhead(bulkhead, held);
      this.bulkhead.adopt(bulkhead);
    }
    if (rateLimit) {
      const held = this.#heldBy('rateLimit', rateLimit.quietMs);
      this.rateLimit ??= new RateLimit(rateLimit, this.clock, held);
      this.rateLimit.adopt(rateLimit);
    }
  }

  /** One queue for each limit: the order in a queue is the order of the deadlines. */
  #queueOf(limitMs: number | undefined): DeadlineQueue | undefined {
    if (limitMs === undefined) return undefined;
    const queue = this.#queues.get(limitMs) ?? new DeadlineQueue(this.clock, limitMs);
    this.#queues.set(limitMs, queue);
    return queue;
  }

  #heldBy(chart: ProtectChart, quietMs: number): HeldCalls {
    const known = this.#held.get(chart);
    const held = known ?? new HeldCalls(quietMs, this.clock, (event) => this.#send(chart, event));
    held.quietMs = quietMs;
    this.#held.set(chart, held);
    return held;
  }

  /** To be called when the state of a chart has changed. */
  observe(chart: ProtectChart, state: HeldCallsState): void {
    this.#held.get(chart)?.observe(state);
  }

  /** All refusals share one promise: rejecting a new one costs five times as much. */
  refusedByBulkhead(): Promise<never> {
    const bounds = this.bulkhead?.settings ?? { concurrencyMax: 0, queueCountMax: 0 };
    this.#bulkheadFull ??= handled(withoutStack(() => new BulkheadFullError(this.name, bounds)));
    return this.#bulkheadFull;
  }

  refusedByRateLimit(): Promise<never> {
    this.#rateLimited ??= handled(this.rateLimitedError());
    return this.#rateLimited;
  }

  rateLimitedError(): RateLimitedError {
    const { rateLimit } = this;
    const rate = rateLimit?.settings ?? { callCountMax: 0, periodMs: 0 };
    const retryAfterMs = () => rateLimit?.retryAfterMs ?? 0;
    this.#rateLimitedError ??= withoutStack(
      () => new RateLimitedError(this.name, rate, retryAfterMs),
    );
    return this.#rateLimitedError;
  }

  /** Each call earns a share of a retry. */
  earnRetry(): void {
    const { retry } = this.settings;
    if (!retry) return;
    this.budgetCount = Math.min(retry.budgetCountMax, this.budgetCount + retry.budgetRatio);
  }

  /** The next random number of this protection, in [0, 1). */
  draw(): number {
    return drawRatio(this.#seed, this.#drawCount++);
  }

  /** A key that no other call of this name has, nor had before a restart of the process. */
  newKey(): string {
    const seed = this.#seed.toString(36);
    return `${this.name}-${seed}-${this.#startedAtMs.toString(36)}-${this.#keyCount++}`;
  }

  /** The error of a runtime that has stopped; undefined while it runs. */
  stopped(): RuntimeStoppedError | undefined {
    return this.#stopped;
  }

  /** Nobody gives the time any more: whatever waits for it, or for a turn, ends now. */
  close(): void {
    if (this.#stopped) return;
    const message = `Call '${this.name}' ended: the runtime has stopped.`;
    this.#stopped = withoutStack(() => new RuntimeStoppedError(message));
    this.bulkhead?.line.turnAllAway();
    this.rateLimit?.line.turnAllAway();
    for (const call of [...this.pausing]) call.turnedAway();
    for (const queue of this.#queues.values()) queue.expireAll();
  }
}
