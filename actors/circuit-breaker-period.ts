/** What a breaker's handle keeps between two changes of its chart's state. */
import type { CircuitBreakerSettings } from '../config/circuit-breaker.ts';
import type { CircuitBreakerContext } from '../machines/circuit-breaker.ts';
import { isPassCertain, isPassImpossible } from '../machines/policies/probe-verdict.ts';

/** State of a breaker as its users see it; `down`: its actor does not run. */
export type CircuitBreakerState = 'closed' | 'open' | 'halfOpen' | 'isolated' | 'down';

export interface Reactions {
  readonly onSuccess: <T>(value: T) => T;
  readonly onFailure: (error: unknown) => never;
}

/**
 * Calls remember the period in which they were admitted: when it is over their result is late. An
 * object instead of the generation number makes the comparison one load, and also tells two periods
 * apart that a crash and a restart have given the same number.
 */
export class Period {
  readonly state: CircuitBreakerState;
  readonly generation: number;
  /** Failures in a row while closed. */
  failureCount: number;
  /** While half open; answered ones are counted as far as this handle or the chart knows. */
  probesStarted: number;
  probesInFlight = 0;
  #successCount: number;
  #failureCount: number;
  /** A verdict was reported that the chart has not confirmed: nothing is admitted until it has. */
  isReported = false;
  /** What calls that nobody guards do with their results; made once for all of them. */
  reactions: Reactions | undefined;
  /** Shared by all refusals of the period; made by the first one. */
  refusal: Promise<never> | undefined;

  constructor(state: CircuitBreakerState, context: CircuitBreakerContext | undefined) {
    this.state = state;
    this.generation = context?.generation ?? -1;
    this.failureCount = context?.failureCount ?? 0;
    this.#successCount = context?.probeSuccessCount ?? 0;
    this.#failureCount = context?.probeFailureCount ?? 0;
    this.probesStarted = this.#successCount + this.#failureCount;
  }

  /** True when one more probe may start. */
  hasProbeSlot(settings: CircuitBreakerSettings): boolean {
    if (this.isReported || this.probesInFlight >= settings.probeConcurrencyMax) return false;
    // Settings that lowered the count may leave the chart without a verdict and without a probe.
    return this.probesStarted < settings.probeCount || this.probesInFlight === 0;
  }

  startProbe(): void {
    this.probesStarted += 1;
    this.probesInFlight += 1;
  }

  /** A probe that was given up says nothing: another may start in its place. */
  forgetProbe(): void {
    this.probesStarted -= 1;
    this.probesInFlight -= 1;
  }

  /** Notes an answer that is about to be reported to the chart. */
  countProbe(ok: boolean, settings: CircuitBreakerSettings): void {
    this.probesInFlight -= 1;
    if (ok) this.#successCount += 1;
    else this.#failureCount += 1;
    this.isReported = ok
      ? isPassCertain(settings, this.#successCount)
      : isPassImpossible(settings, this.#failureCount);
  }

  /** The chart has moved on within the period, by a report of this handle or of somebody else. */
  adopt(context: CircuitBreakerContext): void {
    this.#successCount = Math.max(this.#successCount, context.probeSuccessCount);
    this.#failureCount = Math.max(this.#failureCount, context.probeFailureCount);
    if (!this.isReported) return;
    const { settings, probeSuccessCount, probeFailureCount } = context;
    this.isReported =
      this.state === 'closed'
        ? this.failureCount >= settings.window.failureCountMax
        : this.#successCount + this.#failureCount > probeSuccessCount + probeFailureCount;
  }
}
