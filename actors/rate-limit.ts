/** Turns for attempts, and the line of those that wait for theirs. */
import type { RateLimitSettings } from '../config/protect.ts';
import { bucketDueMs, bucketFullAtMs, slidingDueMs } from '../machines/policies/rate-limit.ts';
import type { HeldCalls } from './held-calls.ts';
import type { Clock } from './ports.ts';
import { type InLine, WaitingLine } from './waiting-line.ts';

/** The times of the last turns, in a ring: as many as the limit counts. */
class Turns {
  readonly #times: Float64Array;
  #next = 0;

  constructor(size: number, before?: Turns) {
    this.#times = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
    for (let back = before?.size ?? 0; before && back > 0; back -= 1) {
      this.add(before.timeOf(back));
    }
  }

  get size(): number {
    return this.#times.length;
  }

  readonly timeOf = (back: number): number =>
    this.#times[(this.#next - back + this.size) % this.size] ?? Number.NEGATIVE_INFINITY;

  add(atMs: number): void {
    this.#times[this.#next] = atMs;
    this.#next = (this.#next + 1) % this.size;
  }
}

export class RateLimit {
  settings: RateLimitSettings;
  readonly line = new WaitingLine();
  readonly #clock: Clock;
  readonly #held: HeldCalls;
  /** The state of a sliding window. */
  #turns: Turns;
  /** The state of a token bucket. */
  #fullAtMs = Number.NEGATIVE_INFINITY;
  #withdraw: (() => void) | undefined;

  constructor(settings: RateLimitSettings, clock: Clock, held: HeldCalls) {
    this.settings = settings;
    this.#clock = clock;
    this.#held = held;
    this.#turns = new Turns(this.#turnCount);
  }

  /** What was counted before still counts. */
  adopt(settings: RateLimitSettings): void {
    this.settings = settings;
    // A ring that is too large does no harm, and what it knows may be asked for again.
    if (this.#turnCount > this.#turns.size) this.#turns = new Turns(this.#turnCount, this.#turns);
    this.#serve();
  }

  /** A bucket does not look at the times. */
  get #turnCount(): number {
    return this.settings.kind === 'slidingWindow' ? this.settings.callCountMax : 1;
  }

  #dueMs(ahead: number): number {
    return this.settings.kind === 'slidingWindow'
      ? slidingDueMs(this.settings, this.#turns.timeOf, ahead)
      : bucketDueMs(this.settings, this.#fullAtMs, ahead);
  }

  /** Milliseconds until one more attempt could have its turn. */
  get retryAfterMs(): number {
    return Math.max(0, Math.ceil(this.#dueMs(this.line.length) - this.#clock.now()));
  }

  /** Gives a turn, a place in the line, or nothing. Nobody overtakes. */
  enter(entry: () => InLine): 'run' | 'wait' | 'refuse' {
    const waitMs = this.retryAfterMs;
    if (waitMs === 0 && this.line.length === 0) {
      this.count();
      return 'run';
    }
    if (waitMs > this.settings.waitMaxMs) {
      this.#held.countRefusal();
      return 'refuse';
    }
    this.#held.countWait();
    this.line.join(entry());
    if (!this.#withdraw) this.#ask();
    return 'wait';
  }

  /** Notes a turn. To be called by whoever uses the turn that has come to him. */
  count(): void {
    const nowMs = this.#clock.now();
    if (this.settings.kind === 'slidingWindow') this.#turns.add(nowMs);
    else this.#fullAtMs = bucketFullAtMs(this.settings, this.#fullAtMs, nowMs);
  }

  /** The entry gives up its place in the line. */
  leave(entry: InLine): void {
    this.line.leave(entry);
    if (this.line.length === 0) this.#forget();
  }

  #forget(): void {
    this.#withdraw?.();
    this.#withdraw = undefined;
  }

  #ask(): void {
    this.#withdraw = this.#clock.at(Math.ceil(this.#dueMs(0)), () => this.#serve());
  }

  #serve(): void {
    this.#forget();
    for (
      let next = this.line.first;
      next && this.#dueMs(0) <= this.#clock.now();
      next = this.line.first
    ) {
      this.line.leave(next);
      next.turnCame();
    }
    if (this.line.first && !this.#withdraw) this.#ask();
  }
}
