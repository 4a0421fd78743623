/** What a breaker's handle keeps between two changes of its chart's state. */
import type { CircuitBreakerSettings } from '../config/circuit-breaker.ts';
import type { CircuitBreakerContext } from '../machines/circuit-breaker.ts';
import { tripReason } from '../machines/policies/call-counts.ts';
import type { WindowSettings } from '../machines/policies/call-record.ts';
import { isPassCertain, isPassImpossible } from '../machines/policies/probe-verdict.ts';
import { type CallRing, ringOf } from './circuit-breaker-rings.ts';
import type { Clock } from './ports.ts';

/** Restarts of an actor begin so many generations apart: no result crosses one unnoticed. */
export const generationsPerIncarnation = 2 ** 32;

/** State of a breaker as its users see it; `down`: its actor does not run. */
export type CircuitBreakerState =
  | 'closed'
  | 'open'
  | 'halfOpen'
  | 'isolated'
  | 'disabled'
  | 'metricsOnly'
  | 'down';

/** What becomes of calls: `metricsOnly` has these phases as well, of which only facts follow. */
export type Phase = 'counting' | 'probing' | 'idle';

export interface Reactions {
  readonly onSuccess: <T>(value: T) => T;
  readonly onFailure: (error: unknown) => never;
}

/** The chart's state value, which is nested in `metricsOnly`. */
export function statesOf(value: unknown): {
  readonly state: CircuitBreakerState;
  readonly phase: Phase;
} {
  const nested = (value as { readonly metricsOnly?: string } | undefined)?.metricsOnly;
  const inner = nested ?? value;
  const phase = inner === 'closed' ? 'counting' : inner === 'halfOpen' ? 'probing' : 'idle';
  return { state: nested ? 'metricsOnly' : ((value ?? 'down') as CircuitBreakerState), phase };
}

/**
 * Calls remember the period in which they were admitted: when it is over their result is late. An
 * object instead of the generation number makes the comparison one load, and also tells two periods
 * apart that a crash and a restart have given the same number.
 */
export class Period {
  readonly state: CircuitBreakerState;
  readonly phase: Phase;
  readonly generation: number;
  /** Failures in a row while counting by a consecutive window. */
  failureCount: number;
  /** From here on the run is too long; never with other windows. */
  failureCountMax = Number.POSITIVE_INFINITY;
  /** What a count or time window holds. */
  ring: CallRing | null;
  /** While probing; answered ones are counted as far as this handle or the chart knows. */
  probesStarted: number;
  probesInFlight = 0;
  #window: WindowSettings | undefined;
  #successCount: number;
  #failureCount: number;
  /** A verdict was reported that the chart has not confirmed: nothing is admitted until it has. */
  isReported = false;
  /** What calls that nobody guards do with their results; made once for all of them. */
  reactions: Reactions | undefined;
  /** Shared by all refusals of the period; made by the first one. */
  refusal: Promise<never> | undefined;

  constructor(value: unknown, context: CircuitBreakerContext | undefined) {
    const { state, phase } = statesOf(value);
    this.state = state;
    this.phase = phase;
    this.generation = context?.generation ?? -1;
    this.failureCount = context?.failureCount ?? 0;
    this.#window = context?.settings.window;
    this.ring = this.#window ? ringOf(this.#window, context?.calls ?? null) : null;
    this.#limitRun();
    this.#successCount = context?.probeSuccessCount ?? 0;
    this.#failureCount = context?.probeFailureCount ?? 0;
    this.probesStarted = this.#successCount + this.#failureCount;
  }

  /** Which life of the actor it belongs to. */
  get incarnation(): number {
    return Math.floor(this.generation / generationsPerIncarnation);
  }

  get admitsAll(): boolean {
    return this.state === 'disabled' || this.state === 'metricsOnly';
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
  adopt(context: CircuitBreakerContext, clock: Clock): void {
    const { settings, probeSuccessCount, probeFailureCount } = context;
    this.#adoptWindow(settings.window, clock);
    this.#successCount = Math.max(this.#successCount, probeSuccessCount);
    this.#failureCount = Math.max(this.#failureCount, probeFailureCount);
    if (!this.isReported) return;
    this.isReported =
      this.phase === 'counting'
        ? this.trips(settings)
        : this.#successCount + this.#failureCount > probeSuccessCount + probeFailureCount;
  }

  /** Goes on with the counts of a period that a crash of the actor has ended. */
  inherit(earlier: Period): void {
    const window = this.#window;
    if (!window || earlier.#window?.kind !== window.kind) return;
    this.failureCount = earlier.failureCount;
    this.ring = ringOf(window, earlier.ring?.record() ?? null);
  }

  /** True when what was counted is too much. */
  trips(settings: CircuitBreakerSettings): boolean {
    return this.ring
      ? tripReason(settings, this.ring) !== null
      : this.failureCount >= this.failureCountMax;
  }

  /**
   * True when the chart may learn what this handle has counted beyond it. Counts that trip only by
   * settings that came later wait for the next result, as ever: telling them would open it.
   */
  knowsMoreThan(context: CircuitBreakerContext): boolean {
    if (this.phase !== 'counting' || this.isReported) return false;
    if (this.trips(context.settings)) return false;
    return this.ring ? this.ring.addedCount > 0 : this.failureCount !== context.failureCount;
  }

  /** A window of another size keeps its newest results; one of another kind begins anew. */
  #adoptWindow(window: WindowSettings, clock: Clock): void {
    const before = this.#window;
    if (before === window) return;
    this.#window = window;
    if (before?.kind !== window.kind) this.failureCount = 0;
    const addedCount = this.ring?.addedCount ?? 0;
    this.ring?.forgetUntil(clock.now());
    this.ring = ringOf(window, this.ring?.record() ?? null);
    if (this.ring) this.ring.addedCount = addedCount;
    this.#limitRun();
  }

  #limitRun(): void {
    const window = this.#window;
    this.failureCountMax =
      window?.kind === 'consecutive' ? window.failureCountMax : Number.POSITIVE_INFINITY;
  }
}
