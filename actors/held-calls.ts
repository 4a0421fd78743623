/** Counts calls that wait or are refused, and tells a chart when that begins and ends. */
import type { HeldCallsEvent } from '../machines/held-calls.ts';
import type { Clock } from './ports.ts';

/** `down`: the chart's actor does not run, and is told nothing. */
export type HeldCallsState = 'calm' | 'held' | 'down';

type Edge = Exclude<HeldCallsEvent<never>, { readonly type: 'SETTINGS_CHANGED' }>;

/**
 * A dependency that is just busy would go to and fro with every call. So it is over only when no
 * call was held for `quietMs`: two events at most in that time, however many calls there are.
 */
export class HeldCalls {
  quietMs: number;
  /** As far as the chart is known to know. */
  #told: HeldCallsState = 'calm';
  #refusedCount = 0;
  #waitedCount = 0;
  #lastMs = 0;
  #isAsked = false;
  readonly #clock: Clock;
  readonly #send: (event: Edge) => void;

  constructor(quietMs: number, clock: Clock, send: (event: Edge) => void) {
    this.quietMs = quietMs;
    this.#clock = clock;
    this.#send = send;
  }

  /** To be called when the chart's state has changed. One that was restored as held will end. */
  observe(state: HeldCallsState): void {
    this.#told = state;
    if (state !== 'held' || this.#isAsked) return;
    this.#lastMs = this.#clock.now();
    this.#ask();
  }

  countRefusal(): void {
    this.#refusedCount += 1;
    this.#note();
  }

  countWait(): void {
    this.#waitedCount += 1;
    this.#note();
  }

  #note(): void {
    const at = this.#clock.now();
    this.#lastMs = at;
    if (this.#told !== 'calm') return;
    this.#told = 'held';
    if (!this.#isAsked) this.#ask();
    this.#send({ type: 'CALLS_HELD', at });
  }

  #ask(): void {
    this.#isAsked = true;
    this.#clock.at(this.#lastMs + this.quietMs, this.#wake);
  }

  readonly #wake = (): void => {
    this.#isAsked = false;
    const at = this.#clock.now();
    if (at < this.#lastMs + this.quietMs) {
      this.#ask();
      return;
    }
    const refusedCount = this.#refusedCount;
    const waitedCount = this.#waitedCount;
    this.#refusedCount = 0;
    this.#waitedCount = 0;
    if (this.#told === 'down') return;
    this.#told = 'calm';
    this.#send({ type: 'CALLS_FLOWED', at, refusedCount, waitedCount });
  };
}
