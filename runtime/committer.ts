/** Hands turns to the journal, and holds effects back until an entry of class safety is on disk. */
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

  private holdEffects(seq: number): void {
    const { engine } = this;
    engine.effects.hold(seq);
    const onDisk = this.journal.flush().then(
      () => {
        engine.effects.release(seq);
        engine.pump();
      },
      (error: Error) => this.failed(error),
    );
    this.clock.hold?.(onDisk);
  }

  /** Resolves at once, unless the disk is too far behind. */
  async ready(): Promise<void> {
    if (this.journal.backlogBytes > BACKLOG_BYTES_MAX) await this.journal.flush();
  }
}
