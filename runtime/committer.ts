/** Hands turns to the journal, and holds effects back until an entry of class safety is on disk. */
import { setImmediate as later } from 'node:timers/promises';
import type { Clock } from '../actors/ports.ts';
import type { Engine, Turn } from './engine/engine.ts';
import type { Journal } from './journal/journal.ts';

/** Journal bytes not yet on disk above which a fast host should wait. */
const BACKLOG_BYTES_MAX = 8 * 1024 * 1024;

export class Committer {
  private readonly engine: Engine;
  private readonly journal: Journal;
  private readonly clock: Clock;
  private readonly failed: (error: Error) => void;
  /** Settles once the effects of every entry so far have been released, or never will be. */
  private released: Promise<void> = Promise.resolve();

  constructor(engine: Engine, journal: Journal, clock: Clock, failed: (error: Error) => void) {
    this.engine = engine;
    this.journal = journal;
    this.clock = clock;
    this.failed = failed;
    journal.whenFailed(failed);
  }

  commit(turn: Turn, safety: boolean): void {
    try {
      this.journal.append(turn.text, turn.input.seq, safety);
    } catch (error) {
      this.failed(error as Error);
      return;
    }
    if (safety) this.holdEffects(turn.input.seq);
  }

  /**
   * Entries that share a block are on disk at the same moment, and it is chance which ones do.
   * Each is released by itself, a turn of the event loop after the one before: what that one has
   * set in motion without the outside has come to rest, and outcomes enter in one order.
   */
  private holdEffects(seq: number): void {
    const { engine } = this;
    engine.effects.hold(seq);
    const flushed = this.journal.flush();
    this.released = this.released.then(async () => {
      try {
        await flushed;
        await later();
        engine.effects.release(seq);
        engine.pump();
      } catch (error) {
        this.failed(error as Error);
      }
    });
    flushed.catch(() => {});
    this.clock.hold?.(this.released);
  }

  /** Resolves at once, unless the disk is too far behind. */
  async ready(): Promise<void> {
    if (this.journal.backlogBytes > BACKLOG_BYTES_MAX) await this.journal.flush();
  }
}
