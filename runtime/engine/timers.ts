/**
 * Timers as data: who asked, for whom, which event, when due. A heap by (deadline, order);
 * cancelled rows stay in it until they surface or are most of it, so that cancelling costs nothing.
 */
import type { AnyActor, AnyEventObject } from 'xstate';
import { Heap } from '../heap.ts';

export interface Timer {
  readonly source: AnyActor;
  readonly target: AnyActor;
  readonly event: AnyEventObject;
  id: string;
  /** The id that it was set under, when another timer has taken that over. */
  name?: string;
  /** What was asked for, ms. */
  readonly delayMs: number;
  readonly deadlineMs: number;
  readonly order: number;
  /** The seq whose turn asked for it. */
  readonly cause: number;
  live: boolean;
}

export class Timers {
  private readonly heap = new Heap<Timer>(before);
  private readonly bySource = new Map<AnyActor, Map<string, Timer>>();
  private order = 0;
  private liveCount = 0;
  /** Cancelled since the turn began, and the order of the first timer that is of this turn. */
  private gone: Timer[] = [];
  private firstOrder = 0;

  /** A turn begins. */
  begin(): void {
    this.gone = [];
    this.firstOrder = this.order;
  }

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
    this.heap.push(row);
  }

  /**
   * The id for a new timer. As in XState, one that has it already fires all the same: it goes on
   * under another id, and can no longer be cancelled by name.
   */
  claim(source: AnyActor, id: string | undefined, makeId: () => string): string {
    if (id === undefined) return makeId();
    const mine = this.bySource.get(source);
    const row = mine?.get(id);
    if (!mine || !row) return id;
    mine.delete(id);
    row.name ??= row.id;
    row.id = makeId();
    mine.set(row.id, row);
    return id;
  }

  cancel(source: AnyActor, id: string): void {
    const mine = this.bySource.get(source);
    const row = mine?.get(id);
    if (!mine || !row) return;
    this.gone.push(row);
    this.drop(mine, row);
  }

  private drop(mine: Map<string, Timer>, row: Timer): void {
    mine.delete(row.id);
    if (mine.size === 0) this.bySource.delete(row.source);
    row.live = false;
    this.liveCount--;
    this.compact();
  }

  cancelAll(source: AnyActor): void {
    const mine = this.bySource.get(source);
    if (!mine) return;
    for (const row of mine.values()) {
      row.live = false;
      this.gone.push(row);
    }
    this.liveCount -= mine.size;
    this.bySource.delete(source);
    this.compact();
  }

  /** All that are set, in the order in which they are due. */
  all(): Timer[] {
    return [...this.bySource.values()].flatMap((mine) => [...mine.values()]).sort(compare);
  }

  /** Timers that an actor has set. */
  of(source: AnyActor): Timer[] {
    return [...(this.bySource.get(source)?.values() ?? [])];
  }

  /** Timers that an actor had when the turn began, but for one that has fired since. */
  before(source: AnyActor): Timer[] {
    const gone = this.gone.filter((row) => row.source === source);
    const rows = [...this.of(source), ...gone].filter(({ order }) => order < this.firstOrder);
    return rows.sort((a, b) => a.order - b.order);
  }

  /** Takes a timer out, to fire it. */
  take(source: AnyActor, id: string): Timer | undefined {
    const mine = this.bySource.get(source);
    const row = mine?.get(id);
    if (mine && row) this.drop(mine, row);
    return row;
  }

  /** The timer that is due next, left in place. */
  next(): Timer | undefined {
    while (this.heap.peek()?.live === false) this.heap.pop();
    return this.heap.peek();
  }

  get count(): number {
    return this.liveCount;
  }

  /** Rows in memory, cancelled ones included. */
  get heldCount(): number {
    return this.heap.size;
  }

  private compact(): void {
    if (this.heap.size > 64 && this.heap.size > this.liveCount * 4)
      this.heap.keep((row) => row.live);
  }
}

const compare = (a: Timer, b: Timer): number => a.deadlineMs - b.deadlineMs || a.order - b.order;

function before(a: Timer, b: Timer): boolean {
  return compare(a, b) < 0;
}
