/**
 * Simulated time: stands still until it is moved, and stops at each due time on the way.
 *
 * After each stop it lets everything that was woken run to its end (promise chains included), so
 * that what happens does not depend on how far it is moved at once.
 */
import type { Clock } from '../../actors/ports.ts';
import { Heap } from '../heap.ts';

interface Wake {
  readonly dueMs: number;
  readonly order: number;
  readonly wake: () => void;
  readonly gate: Promise<unknown> | undefined;
  live: boolean;
}

export interface SimulatedClock extends Clock {
  /** Moves to `toMs`, stopping at each due time. Resolves when all that was due has been done. */
  advanceTo(toMs: number): Promise<void>;
  /** Moves on by `ms`. */
  advance(ms: number): Promise<void>;
  /** Time of the earliest request, if any. */
  readonly nextDueMs: number | undefined;
  /** Keeps time from moving on until the promise has settled. */
  hold(until: Promise<unknown>): void;
  catchUp(atMs: number): void;
  /** Lets everything that is running come to rest, without moving time. */
  settle(): Promise<void>;
}

/**
 * Called before time moves on: a host that paces a run waits here, and rejects to stop the move.
 */
export type Pace = (dueMs: number) => Promise<void> | undefined;

/**
 * @param options.startMs first time, ms since 1970, default 0.
 * @throws {RangeError} by `advanceTo` when time would go back.
 */
export function simulatedClock(options: { startMs?: number; pace?: Pace } = {}): SimulatedClock {
  return new Simulated(options.startMs ?? 0, options.pace);
}

const immediate = () => new Promise<void>((resolve) => setImmediate(resolve));

class Simulated implements SimulatedClock {
  private time: number;
  private order = 0;
  private readonly requests = new Heap<Wake>(before);
  private liveCount = 0;
  private readonly holds = new Set<Promise<unknown>>();
  private moving: Promise<void> = Promise.resolve();

  private readonly pace: Pace | undefined;

  constructor(startMs: number, pace: Pace | undefined) {
    this.pace = pace;
    this.time = startMs;
  }

  now(): number {
    return this.time;
  }

  at(dueMs: number, wake: () => void, gate?: Promise<unknown>): () => void {
    // A gate that rejects long before its time must not count as unhandled.
    const settled = gate?.catch(() => {});
    const row: Wake = { dueMs, order: this.order++, wake, gate: settled, live: true };
    this.requests.push(row);
    this.liveCount++;
    return () => this.drop(row);
  }

  /** Withdrawn requests stay until they surface or are most of all. */
  private drop(row: Wake): void {
    if (!row.live) return;
    row.live = false;
    this.liveCount--;
    const { size } = this.requests;
    if (size > 64 && size > this.liveCount * 4) this.requests.keep((other) => other.live);
  }

  private next(): Wake | undefined {
    while (this.requests.peek()?.live === false) this.requests.pop();
    return this.requests.peek();
  }

  private dueBy(toMs: number): Wake | undefined {
    const next = this.next();
    return next && next.dueMs <= toMs ? next : undefined;
  }

  get nextDueMs(): number | undefined {
    return this.next()?.dueMs;
  }

  hold(until: Promise<unknown>): void {
    const held: Promise<unknown> = until
      .catch(() => {})
      .finally(() => {
        this.holds.delete(held);
      });
    this.holds.add(held);
  }

  catchUp(atMs: number): void {
    this.time = Math.max(this.time, atMs);
  }

  async settle(): Promise<void> {
    for (;;) {
      await immediate();
      if (this.holds.size === 0) return;
      // What was held back may set more in motion once it is let go.
      await Promise.all(this.holds);
    }
  }

  advance(ms: number): Promise<void> {
    return this.afterOthers(() => this.move(this.time + ms));
  }

  advanceTo(toMs: number): Promise<void> {
    return this.afterOthers(() => this.move(toMs));
  }

  /** One move at a time, in the order of asking. */
  private afterOthers(move: () => Promise<void>): Promise<void> {
    const moved = this.moving.then(move);
    this.moving = moved.catch(() => {});
    return moved;
  }

  private async move(toMs: number): Promise<void> {
    if (!(toMs >= this.time)) {
      throw new RangeError(`Time cannot go back from ${this.time} to ${toMs}.`);
    }
    await this.settle();
    for (;;) {
      const due = this.dueBy(toMs);
      await this.paceTo(due?.dueMs ?? toMs);
      if (due?.gate) await due.gate;
      // Meanwhile this one may have been withdrawn, or others have come that are due before it.
      if (this.dueBy(toMs) !== due) continue;
      this.time = Math.max(this.time, due?.dueMs ?? toMs);
      if (!due) return;
      this.drop(due);
      due.wake();
      await this.settle();
    }
  }

  private async paceTo(dueMs: number): Promise<void> {
    const paced = this.pace?.(dueMs);
    if (!paced) return;
    await paced;
    // Outside time has passed: what it brought goes first.
    await this.settle();
  }
}

function before(a: Wake, b: Wake): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
