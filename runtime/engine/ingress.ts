/**
 * The queue before the turn loop. Whatever enters while a turn runs waits here, in order of
 * arrival, at most `countMax` entries for one path.
 */
import type { AnyActor } from 'xstate';
import type { InputKind } from '../journal/format.ts';

/** One thing on its way in; becomes an entry of the journal. */
export interface Entry {
  readonly kind: InputKind;
  readonly path: string;
  /** The event itself, not its JSON. */
  readonly event: unknown;
  readonly cause?: number | undefined;
  readonly safety?: boolean;
  /** The very actor an outcome is for: a successor under the same path must not take it. */
  readonly actor?: AnyActor;
}

export type Overflow = 'dropNewest' | 'dropOldest';

/** Paths that are counted, the idle ones among them. */
const PATHS_MAX = 1_000;

export class Ingress {
  private readonly queue: Entry[] = [];
  private head = 0;
  private countByPath = new Map<string, number>();

  private readonly countMax: number;
  private readonly overflow: Overflow;
  private readonly dropped: (entry: Entry) => void;

  constructor(countMax: number, overflow: Overflow, dropped: (entry: Entry) => void) {
    this.countMax = countMax;
    this.overflow = overflow;
    this.dropped = dropped;
  }

  /** Returns false when the mailbox of the path is full and this entry was dropped. */
  push(entry: Entry): boolean {
    const count = this.countByPath.get(entry.path) ?? 0;
    // Only events are dropped: who asked for an outcome would wait for ever, and orders are few.
    if (count >= this.countMax && entry.kind === 'event') {
      if (this.overflow === 'dropNewest' || !this.dropOldest(entry.path)) {
        this.dropped(entry);
        return false;
      }
    } else {
      this.countByPath.set(entry.path, count + 1);
    }
    this.queue.push(entry);
    return true;
  }

  private dropOldest(path: string): boolean {
    for (let i = this.head; i < this.queue.length; i++) {
      const entry = this.queue[i]!;
      if (entry.path !== path || entry.kind !== 'event') continue;
      this.queue.splice(i, 1);
      this.dropped(entry);
      return true;
    }
    return false;
  }

  shift(): Entry | undefined {
    const entry = this.queue[this.head];
    if (!entry) return undefined;
    this.head++;
    if (this.head === this.queue.length || this.head > 1_024) {
      this.queue.splice(0, this.head);
      this.head = 0;
    }
    const count = this.countByPath.get(entry.path)! - 1;
    // A path whose count is zero stays: V8 keeps what was in a Map that shrinks and grows.
    this.countByPath.set(entry.path, count);
    if (this.length === 0 && this.countByPath.size > PATHS_MAX) this.countByPath = new Map();
    return entry;
  }

  get length(): number {
    return this.queue.length - this.head;
  }
}
