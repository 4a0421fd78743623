/** Places for calls, and the queue before them. */
import type { BulkheadSettings } from '../config/protect.ts';
import { bulkheadAdmission } from '../machines/policies/bulkhead.ts';
import type { HeldCalls } from './held-calls.ts';
import { type InLine, WaitingLine } from './waiting-line.ts';

export class Bulkhead {
  settings: BulkheadSettings;
  runningCount = 0;
  readonly line = new WaitingLine();
  readonly #held: HeldCalls;
  #isServing = false;

  constructor(settings: BulkheadSettings, held: HeldCalls) {
    this.settings = settings;
    this.#held = held;
  }

  /** Settings that admit more are of use to those who wait. */
  adopt(settings: BulkheadSettings): void {
    this.settings = settings;
    this.#serve();
  }

  /** Takes a place or joins the queue; says which. */
  enter(entry: () => InLine): 'run' | 'queue' | 'refuse' {
    const admission = bulkheadAdmission(this.settings, this.runningCount, this.line.length);
    if (admission === 'run') this.runningCount += 1;
    else if (admission === 'queue') this.line.join(entry());
    if (admission === 'queue') this.#held.countWait();
    if (admission === 'refuse') this.#held.countRefusal();
    return admission;
  }

  /** Gives back a place. */
  leave(): void {
    this.runningCount -= 1;
    this.#serve();
  }

  /** A loop, not a chain of calls: callees that end at once would fill the stack. */
  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    for (
      let next = this.line.first;
      next && this.runningCount < this.settings.concurrencyMax;
      next = this.line.first
    ) {
      this.line.leave(next);
      this.runningCount += 1;
      next.turnCame();
    }
    this.#isServing = false;
  }
}
