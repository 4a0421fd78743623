/** Rolling digest of a run: SHA-256 over the previous digest and the lines of each turn. */
import { hash } from 'node:crypto';

/** Turns hashed at once; part of the format, so that grouping never shows in the digest. */
const TURNS_PER_STEP = 64;

/** A digest between two of its steps. */
export interface SavedDigest {
  readonly state: string;
  /** Lines of turns that the next step will hash. */
  readonly pending: string;
  readonly turns: number;
}

export class Digest {
  private state = hash('sha256', 'kintsugi digest 1');
  private pending = '';
  private turns = 0;

  /** Adds one turn: its input line and its turn line. */
  add(lines: string): void {
    this.pending += lines;
    if (++this.turns % TURNS_PER_STEP !== 0) return;
    this.state = hash('sha256', this.state + this.pending);
    this.pending = '';
  }

  /** What is needed to go on from here. */
  save(): SavedDigest {
    const { state, pending, turns } = this;
    return { state, pending, turns };
  }

  restore({ state, pending, turns }: SavedDigest): void {
    this.state = state;
    this.pending = pending;
    this.turns = turns;
  }

  /** The digest after the turns so far, in hex. */
  get value(): string {
    return this.pending === '' ? this.state : hash('sha256', this.state + this.pending);
  }
}
