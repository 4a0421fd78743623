/** Counts the results of calls, and tells the chart what can change its state. */
import type { CircuitBreakerContext, CircuitBreakerEvent } from '../machines/circuit-breaker.ts';
import { isRunTooLong } from '../machines/policies/consecutive-window.ts';
import { type CircuitBreakerState, Period, type Reactions } from './circuit-breaker-period.ts';
import { CircuitBreakerTally } from './circuit-breaker-tally.ts';
import { CallTimeoutError, withoutStack } from './errors.ts';
import type { CallJudge, JudgedCall } from './guarded-call.ts';
import type { Clock } from './ports.ts';

/** The part of the actor's snapshot that the handle reads. */
export interface CircuitBreakerView {
  readonly value: unknown;
  readonly context: CircuitBreakerContext;
}

/** The state word. `plain`: closed, calls have no limit; `guarded`: closed, they have one. */
export type Mode = 'plain' | 'guarded' | 'probing' | 'refusing';

const whyLengthMax = 200;

/** Short words of an error for the journal. Never throws, whatever was thrown. */
function wordsOf(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`.slice(0, whyLengthMax);
  return typeof error === 'string' ? error.slice(0, whyLengthMax) : `a thrown ${typeof error}`;
}

export class CircuitBreakerJudge implements CallJudge<Period> {
  readonly tally = new CircuitBreakerTally();
  mode: Mode = 'refusing';
  period = new Period('down', undefined);
  context: CircuitBreakerContext | undefined;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #send: (event: CircuitBreakerEvent) => void;

  constructor(name: string, clock: Clock, send: (event: CircuitBreakerEvent) => void) {
    this.#name = name;
    this.#clock = clock;
    this.#send = send;
  }

  observe(snapshot: CircuitBreakerView | undefined): void {
    const state = (snapshot?.value ?? 'down') as CircuitBreakerState;
    const context = snapshot?.context;
    this.context = context;
    const isSamePeriod =
      this.period.state === state && this.period.generation === context?.generation;
    if (context && isSamePeriod) {
      this.period.adopt(context);
    } else {
      this.period = new Period(state, context);
      if (state === 'open') this.tally.openedCount += 1;
    }
    this.mode = this.#modeNow();
  }

  get admits(): boolean {
    if (this.mode !== 'probing') return this.mode !== 'refusing';
    return this.context !== undefined && this.period.hasProbeSlot(this.context.settings);
  }

  /** Two functions per period instead of two per call: this halves the cost of a call. */
  reactions(period: Period): Reactions {
    period.reactions ??= {
      onSuccess: (value) => {
        this.countSuccess(period);
        return value;
      },
      onFailure: (error) => {
        this.countFailure(period, error);
        throw error;
      },
    };
    return period.reactions;
  }

  /** While closed; also for calls that nobody guards. */
  countSuccess(period: Period): void {
    if (this.#isLate(period)) return;
    this.tally.successCount += 1;
    period.failureCount = 0;
  }

  /** While closed; also for calls that nobody guards. */
  countFailure(period: Period, error: unknown): void {
    if (this.#isLate(period)) return;
    this.tally.failureCount += 1;
    period.failureCount += 1;
    const { failureCount, generation } = period;
    if (!this.context || !isRunTooLong(this.context.settings.window, failureCount)) return;
    period.isReported = true;
    this.mode = 'refusing';
    const at = this.#clock.now();
    this.#send({ type: 'CALLS_COUNTED', at, generation, failureCount, why: wordsOf(error) });
  }

  succeeded(call: JudgedCall<Period>): void {
    if (call.period.state !== 'halfOpen') this.countSuccess(call.period);
    else this.#reportProbe(call, true, undefined);
  }

  failed(call: JudgedCall<Period>, error: unknown): void {
    if (call.period.state !== 'halfOpen') this.countFailure(call.period, error);
    else this.#reportProbe(call, false, error);
  }

  timedOut(call: JudgedCall<Period>, limitMs: number): Error {
    const error = withoutStack(() => new CallTimeoutError(this.#name, limitMs));
    if (call.period === this.period) this.tally.timeoutCount += 1;
    this.failed(call, error);
    return error;
  }

  aborted({ period }: JudgedCall<Period>): void {
    this.tally.abortCount += 1;
    if (period.state === 'halfOpen') period.forgetProbe();
  }

  late(): void {
    this.tally.lateCount += 1;
  }

  #reportProbe({ period, startedAtMs }: JudgedCall<Period>, ok: boolean, error: unknown): void {
    if (period !== this.period || !this.context) {
      this.tally.lateCount += 1;
      return;
    }
    if (ok) this.tally.successCount += 1;
    else this.tally.failureCount += 1;
    period.countProbe(ok, this.context.settings);
    const at = this.#clock.now();
    const { generation } = period;
    this.#send(
      ok
        ? { type: 'CALL_SUCCEEDED', at, generation, durationMs: at - startedAtMs }
        : { type: 'CALL_FAILED', at, generation, why: wordsOf(error) },
    );
  }

  /** A window that was reported has been judged, even when the chart has yet to say so. */
  #isLate(period: Period): boolean {
    if (period === this.period && !period.isReported) return false;
    this.tally.lateCount += 1;
    return true;
  }

  #modeNow(): Mode {
    const { state, isReported } = this.period;
    if (state === 'halfOpen') return 'probing';
    if (state !== 'closed' || isReported) return 'refusing';
    return this.context?.settings.callTimeoutMs === 0 ? 'plain' : 'guarded';
  }
}
