/** Rolling digest of a run: SHA-256 over the previous digest and the lines of each turn. */
import { hash } from 'node:crypto';

/** Turns hashed at once; part of the format, so that grouping never shows in the digest. */
const TURNS_PER_STEP = 64;

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

  /** The digest after the turns so far, in hex. */
  get value(): string {
    return this.pending === '' ? this.state : hash('sha256', this.state + this.pending);
  }
}
