/** Counts the results of calls, and tells the chart what can change its state. */
import type { CircuitBreakerContext, CircuitBreakerEvent } from '../machines/circuit-breaker.ts';
import { isSlow } from '../machines/policies/call-record.ts';
import { Period, type Reactions, statesOf } from './circuit-breaker-period.ts';
import { type CallPredicates, Classifier, wordsOf } from './circuit-breaker-predicates.ts';
import type { CallRing } from './circuit-breaker-rings.ts';
import { CircuitBreakerTally } from './circuit-breaker-tally.ts';
import { CallTimeoutError, withoutStack } from './errors.ts';
import type { CallJudge, JudgedCall } from './guarded-call.ts';
import type { Clock } from './ports.ts';

/** The part of the actor's snapshot that the handle reads. */
export interface CircuitBreakerView {
  readonly value: unknown;
  readonly context: CircuitBreakerContext;
}

/**
 * The state word. `plain`: calls are counted and nothing else; `guarded`: they have a time limit,
 * or their duration matters; `passing`: they are admitted and not counted.
 */
export type Mode = 'plain' | 'guarded' | 'probing' | 'passing' | 'refusing';

export class CircuitBreakerJudge implements CallJudge<Period> {
  readonly tally = new CircuitBreakerTally();
  mode: Mode = 'refusing';
  period = new Period(undefined, undefined);
  context: CircuitBreakerContext | undefined;
  /** Period of calls that count nowhere, whenever they end. */
  readonly uncounted = new Period('disabled', undefined);
  /** Calls that ended twice: by their deadline, and later by their result. */
  #endedTwiceCount = 0;
  /** Counts of the period in which the actor went down. */
  #kept: Period | undefined;
  readonly #classifier: Classifier;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #send: (event: CircuitBreakerEvent) => void;

  constructor(name: string, clock: Clock, send: (event: CircuitBreakerEvent) => void) {
    this.#name = name;
    this.#clock = clock;
    this.#send = send;
    this.#classifier = new Classifier((predicate, why) =>
      send({ type: 'PREDICATE_FAILED', at: clock.now(), predicate, why }),
    );
  }

  classify(predicates: CallPredicates): void {
    this.#classifier.predicates = predicates;
  }

  observe(snapshot: CircuitBreakerView | undefined): void {
    const { state, phase } = statesOf(snapshot?.value);
    const context = snapshot?.context;
    const last = this.period;
    this.context = context;
    if (
      context &&
      last.state === state &&
      last.phase === phase &&
      last.generation === context.generation
    ) {
      last.adopt(context, this.#clock);
    } else {
      this.period = new Period(snapshot?.value, context);
      if (state === 'open') this.tally.openedCount += 1;
      this.#inherit(last);
    }
    this.mode = this.#modeNow();
  }

  /** What was counted outlives a restart of the actor: its calls did happen. */
  #inherit(last: Period): void {
    const { period } = this;
    const wasRestarted = last.state !== 'down' && last.incarnation !== period.incarnation;
    if (wasRestarted) this.#kept = last.state === 'closed' ? last : undefined;
    if (period.state === 'down') return;
    if (this.#kept && period.state === 'closed') period.inherit(this.#kept);
    this.#kept = undefined;
  }

  get admits(): boolean {
    if (this.mode !== 'probing' || this.period.admitsAll) return this.mode !== 'refusing';
    return this.hasProbeSlot;
  }

  get hasProbeSlot(): boolean {
    return this.context !== undefined && this.period.hasProbeSlot(this.context.settings);
  }

  get inFlightCount(): number {
    const { callCount, successCount, failureCount, abortCount, lateCount, uncountedCount } =
      this.tally;
    const ended = successCount + failureCount + abortCount + lateCount + uncountedCount;
    return callCount - ended + this.#endedTwiceCount;
  }

  /** Two functions per period instead of two per call: this halves the cost of a call. */
  reactions(period: Period): Reactions {
    period.reactions ??= {
      onSuccess: (value) => {
        this.countResult(period, value);
        return value;
      },
      onFailure: (error) => {
        this.countError(period, error);
        throw error;
      },
    };
    return period.reactions;
  }

  /** While counting; also for calls that nobody guards, whose duration does not matter. */
  countResult(period: Period, value: unknown, startedAtMs?: number): void {
    if (this.#isDropped(period)) return;
    if (this.#classifier.isFailedResult(value)) {
      this.#count(period, true, startedAtMs, 'a failed result');
    } else {
      this.#count(period, false, startedAtMs, undefined);
    }
  }

  /** While counting; also for calls that nobody guards. */
  countError(period: Period, error: unknown, startedAtMs?: number): void {
    if (this.#isDropped(period)) return;
    this.#count(period, this.#classifier.isFailure(error), startedAtMs, error);
  }

  succeeded(call: JudgedCall<Period>, value: unknown): void {
    const { period, startedAtMs } = call;
    if (period.phase !== 'probing') {
      this.countResult(period, value, startedAtMs);
    } else {
      const isFailed = period === this.period && this.#classifier.isFailedResult(value);
      this.#reportProbe(call, !isFailed, 'a failed result');
    }
  }

  failed(call: JudgedCall<Period>, error: unknown): void {
    const { period, startedAtMs } = call;
    if (period.phase !== 'probing') {
      this.countError(period, error, startedAtMs);
    } else {
      const isFailed = period !== this.period || this.#classifier.isFailure(error);
      this.#reportProbe(call, !isFailed, error);
    }
  }

  /** A failure, whatever the predicates say: they know the callee's errors, and this is ours. */
  timedOut(call: JudgedCall<Period>, limitMs: number): Error {
    const { period, startedAtMs } = call;
    const error = withoutStack(() => new CallTimeoutError(this.#name, limitMs));
    if (period === this.period) this.tally.timeoutCount += 1;
    if (period.phase === 'probing') this.#reportProbe(call, false, error);
    else if (!this.#isDropped(period)) this.#count(period, true, startedAtMs, error);
    return error;
  }

  aborted({ period }: JudgedCall<Period>): void {
    this.tally.abortCount += 1;
    if (period.phase === 'probing') period.forgetProbe();
  }

  late(): void {
    this.tally.lateCount += 1;
    this.#endedTwiceCount += 1;
  }

  /** Tells the chart what it does not know yet, so that the journal keeps it. */
  checkpoint(): void {
    const { period, context } = this;
    if (!context || !period.knowsMoreThan(context)) return;
    this.#send(this.#counted(period));
    if (period.ring) period.ring.addedCount = 0;
  }

  #counted(period: Period) {
    const { generation, failureCount, ring } = period;
    const calls = ring ? { calls: ring.record() } : undefined;
    const at = this.#clock.now();
    return { type: 'CALLS_COUNTED', at, generation, failureCount, ...calls } as const;
  }

  #count(
    period: Period,
    isFailure: boolean,
    startedAtMs: number | undefined,
    error: unknown,
  ): void {
    if (isFailure) this.tally.failureCount += 1;
    else this.tally.successCount += 1;
    const { ring } = period;
    if (ring !== null) {
      if (!this.#tripsRing(ring, isFailure, startedAtMs)) return;
    } else if (!isFailure) {
      period.failureCount = 0;
      return;
    } else {
      period.failureCount += 1;
      if (period.failureCount < period.failureCountMax) return;
    }
    period.isReported = true;
    this.mode = period.admitsAll ? 'passing' : 'refusing';
    const why = isFailure ? { why: wordsOf(error) } : undefined;
    this.#send({ ...this.#counted(period), ...why });
  }

  /** The clock is read only when the time matters. */
  #tripsRing(ring: CallRing, isFailure: boolean, startedAtMs: number | undefined): boolean {
    const { context } = this;
    if (!context) return false;
    const { settings } = context;
    const isTimed = ring.kind === 'time' || settings.slowCallMs > 0;
    const at = isTimed ? this.#clock.now() : 0;
    const isSlowCall = isSlow(settings, at - (startedAtMs ?? at));
    ring.add(at, isFailure, isSlowCall);
    return this.period.trips(settings);
  }

  #reportProbe({ period, startedAtMs }: JudgedCall<Period>, ok: boolean, error: unknown): void {
    if (period !== this.period || !this.context) {
      this.tally.lateCount += 1;
      return;
    }
    if (ok) this.tally.successCount += 1;
    else this.tally.failureCount += 1;
    const at = this.#clock.now();
    const durationMs = at - startedAtMs;
    const { settings } = this.context;
    period.countProbe(ok && !isSlow(settings, durationMs), settings);
    const { generation } = period;
    this.#send(
      ok
        ? { type: 'CALL_SUCCEEDED', at, generation, durationMs }
        : { type: 'CALL_FAILED', at, generation, why: wordsOf(error) },
    );
  }

  /** A window that was reported has been judged, even when the chart has yet to say so. */
  #isDropped(period: Period): boolean {
    if (period === this.period && !period.isReported) return false;
    if (period === this.uncounted) this.tally.uncountedCount += 1;
    else this.tally.lateCount += 1;
    return true;
  }

  #modeNow(): Mode {
    const { phase, isReported, admitsAll } = this.period;
    if (phase === 'probing') return 'probing';
    if (phase !== 'counting' || isReported) return admitsAll ? 'passing' : 'refusing';
    const { callTimeoutMs = 0, slowCallMs = 0 } = this.context?.settings ?? {};
    return callTimeoutMs === 0 && slowCallMs === 0 ? 'plain' : 'guarded';
  }
}
