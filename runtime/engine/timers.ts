/**
 * Timers as data: who asked, for whom, which event, when due. A binary heap by (deadline, order);
 * cancelled rows stay in the heap until they surface, so that cancelling costs nothing.
 */
import type { AnyActor, AnyEventObject } from 'xstate';

export interface Timer {
  readonly source: AnyActor;
  readonly target: AnyActor;
  readonly event: AnyEventObject;
  readonly id: string;
  readonly deadlineMs: number;
  readonly order: number;
  /** The seq whose turn asked for it. */
  readonly cause: number;
  live: boolean;
}

export class Timers {
  private readonly heap: Timer[] = [];
  private readonly bySource = new Map<AnyActor, Map<string, Timer>>();
  private order = 0;
  private liveCount = 0;

  /** Adds a timer; one with the same source and id is replaced. */
  schedule(timer: Omit<Timer, 'order' | 'live'>): void {
    this.cancel(timer.source, timer.id);
    let mine = this.bySource.get(timer.source);
    if (!mine) {
      mine = new Map();
      this.bySource.set(timer.source, mine);
    }
    const row: Timer = { ...timer, order: this.order++, live: true };
    mine.set(row.id, row);
    this.liveCount++;
    this.push(row);
  }

  cancel(source: AnyActor, id: string): void {
    const mine = this.bySource.get(source);
    const row = mine?.get(id);
    if (!mine || !row) return;
    mine.delete(id);
    if (mine.size === 0) this.bySource.delete(source);
    row.live = false;
    this.liveCount--;
    if (this.heap.length > 64 && this.heap.length > this.liveCount * 4) this.compact();
  }

  cancelAll(source: AnyActor): void {
    const mine = this.bySource.get(source);
    if (!mine) return;
    for (const row of mine.values()) row.live = false;
    this.liveCount -= mine.size;
    this.bySource.delete(source);
  }

  /** Takes a timer out, to fire it. */
  take(source: AnyActor, id: string): Timer | undefined {
    const row = this.bySource.get(source)?.get(id);
    if (row) this.cancel(source, id);
    return row;
  }

  /** The timer that is due next, left in place. */
  next(): Timer | undefined {
    while (this.heap.length > 0 && !this.heap[0]!.live) this.pop();
    return this.heap[0];
  }

  get count(): number {
    return this.liveCount;
  }

  private compact(): void {
    const rows = this.heap.filter((row) => row.live).sort((a, b) => (before(a, b) ? -1 : 1));
    this.heap.splice(0, this.heap.length, ...rows);
  }

  private push(row: Timer): void {
    const { heap } = this;
    let i = heap.push(row) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(row, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = row;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

const before = (a: Timer, b: Timer) =>
  a.deadlineMs < b.deadlineMs || (a.deadlineMs === b.deadlineMs && a.order < b.order);
