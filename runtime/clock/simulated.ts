/**
 * Simulated time: stands still until it is moved, and stops at each due time on the way.
 *
 * After each stop it lets everything that was woken run to its end (promise chains included), so that
 * what happens does not depend on how far it is moved at once.
 */
import type { Clock } from '../../actors/ports.ts';

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

/** Called before time moves on: a host that paces a run waits here, and rejects to stop the move. */
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
  private readonly heap: Wake[] = [];
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
    const row: Wake = { dueMs, order: this.order++, wake, gate, live: true };
    insert(this.heap, row);
    return () => {
      row.live = false;
    };
  }

  get nextDueMs(): number | undefined {
    while (this.heap.length > 0 && !this.heap.at(-1)!.live) this.heap.pop();
    return this.heap.at(-1)?.dueMs;
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
    do {
      await immediate();
      while (this.holds.size > 0) await Promise.all(this.holds);
    } while (this.holds.size > 0);
  }

  advance(ms: number): Promise<void> {
    return this.advanceTo(this.time + ms);
  }

  advanceTo(toMs: number): Promise<void> {
    const moved = this.moving.then(() => this.move(toMs));
    this.moving = moved.catch(() => {});
    return moved;
  }

  private async move(toMs: number): Promise<void> {
    if (!(toMs >= this.time)) {
      throw new RangeError(`Time cannot go back from ${this.time} to ${toMs}.`);
    }
    await this.settle();
    for (let due = this.nextDueMs; due !== undefined && due <= toMs; due = this.nextDueMs) {
      const paced = this.pace?.(due);
      if (paced) await paced;
      const next = this.heap.at(-1)!;
      // A request that came while the run was paced may be due before this one.
      if (next.dueMs < due || !next.live) continue;
      if (next.gate) await next.gate.catch(() => {});
      this.heap.splice(this.heap.indexOf(next), 1);
      if (!next.live) continue;
      this.time = Math.max(this.time, next.dueMs);
      next.wake();
      await this.settle();
    }
    const paced = this.pace?.(toMs);
    if (paced) await paced;
    this.time = Math.max(this.time, toMs);
  }
}

/** Keeps the list sorted from the last due to the next due; requests are few. */
function insert(rows: Wake[], row: Wake): void {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = rows[middle]!;
    const later = other.dueMs > row.dueMs || (other.dueMs === row.dueMs && other.order > row.order);
    if (later) low = middle + 1;
    else high = middle;
  }
  rows.splice(low, 0, row);
}
