/** Deadlines of calls that all have the same limit, with one request to the clock at a time. */
import type { Clock } from './ports.ts';

/** What waits for a deadline. The queue owns the links; everybody else leaves them alone. */
export interface Waiting {
  dueMs: number;
  earlier: Waiting | null;
  later: Waiting | null;
  /** Called once when the deadline has come; the entry is out of the queue by then. */
  expire(): void;
}

/**
 * Because the limit is the same for all, the order of arrival is the order of the deadlines: adding
 * and removing cost a few pointer writes, and only the oldest deadline needs the clock. A timer per
 * call costs more than the rest of a guarded call together.
 *
 * A request to the clock is not withdrawn when its call has ended: it wakes up once in vain, one
 * limit later at most, and asks for the next deadline, if there is one.
 */
export class DeadlineQueue {
  readonly limitMs: number;
  readonly #clock: Clock;
  #oldest: Waiting | null = null;
  #newest: Waiting | null = null;
  #isAsked = false;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.limitMs = limitMs;
  }

  /** The entry expires `limitMs` after `nowMs`, which never goes back. */
  add(entry: Waiting, nowMs: number): void {
    entry.dueMs = nowMs + this.limitMs;
    entry.earlier = this.#newest;
    if (this.#newest) this.#newest.later = entry;
    else this.#oldest = entry;
    this.#newest = entry;
    if (!this.#isAsked) this.#ask(entry.dueMs);
  }

  /** The entry must be in this queue. */
  remove(entry: Waiting): void {
    const { earlier, later } = entry;
    if (earlier) earlier.later = later;
    else this.#oldest = later;
    if (later) later.earlier = earlier;
    else this.#newest = earlier;
    entry.earlier = null;
    entry.later = null;
  }

  /** Expires all at once, whatever the time: nobody will wake this queue any more. */
  expireAll(): void {
    for (let entry = this.#oldest; entry; entry = this.#oldest) {
      this.remove(entry);
      entry.expire();
    }
  }

  #ask(dueMs: number): void {
    this.#isAsked = true;
    this.#clock.at(dueMs, this.#wake);
  }

  readonly #wake = (): void => {
    this.#isAsked = false;
    const nowMs = this.#clock.now();
    while (this.#oldest && this.#oldest.dueMs <= nowMs) {
      const entry = this.#oldest;
      this.remove(entry);
      entry.expire();
    }
    // An expired entry may have led to a new call, which has asked already.
    if (this.#oldest && !this.#isAsked) this.#ask(this.#oldest.dueMs);
  };
}
