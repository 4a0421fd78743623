/** Takes a snapshot of the tree every so many entries, while the tree goes on. */
import { createHash } from 'node:crypto';
import type { JournalSettings } from '../../config/journal.ts';
import type { Core } from '../core.ts';
import { errorText } from '../error-text.ts';
import { FORMAT, type SnapshotLine } from '../journal/format.ts';
import type { Journal } from '../journal/journal.ts';
import type { TurnObserver } from '../options.ts';
import type { RunLog } from '../run-log.ts';
import { capture } from './capture.ts';
import { snapshotText } from './text.ts';

type SnapshotSettings = Pick<JournalSettings, 'snapshotEveryCount' | 'snapshotKeepCount'>;

export class Snapshotter {
  private readonly core: Core;
  private readonly journal: Journal;
  private readonly settings: SnapshotSettings;
  private readonly observer: Pick<TurnObserver, 'save'> | undefined;
  private readonly log: Pick<RunLog, 'snapshotFailed'>;
  private readonly told = new Set<string>();
  private writing: Promise<void> | undefined;
  /** The seq of the last one. */
  private lastSeq = 0;

  constructor(
    core: Core,
    journal: Journal,
    settings: SnapshotSettings,
    observer: Pick<TurnObserver, 'save'> | undefined,
    log: Pick<RunLog, 'snapshotFailed'>,
  ) {
    this.core = core;
    this.journal = journal;
    this.settings = settings;
    this.observer = observer;
    this.log = log;
  }

  /** A turn has ended and is with the journal. */
  after(seq: number): void {
    const { snapshotEveryCount: everyCount } = this.settings;
    if (everyCount === 0 || this.writing || seq - this.lastSeq < everyCount) return;
    this.lastSeq = seq;
    this.writing = this.take(seq)
      .catch((error) => this.tell(errorText(error)))
      .finally(() => {
        this.writing = undefined;
      });
  }

  /** Resolves when none is being written. */
  async idle(): Promise<void> {
    await this.writing;
  }

  private async take(seq: number): Promise<void> {
    const { core, journal, observer, settings } = this;
    const store = journal.log.snapshots;
    if (!store) return;
    const taken = capture(core, observer?.save());
    const sum = createHash('sha256');
    let bytes = 0;
    async function* hashed(): AsyncGenerator<string> {
      for await (const chunk of snapshotText(core, taken)) {
        sum.update(chunk);
        bytes += Buffer.byteLength(chunk);
        yield chunk;
      }
    }
    await store.write(seq, hashed());
    const line: SnapshotLine = { format: FORMAT, snapshot: seq, hash: sum.digest('hex'), bytes };
    journal.append(`${JSON.stringify(line)}\n`, core.engine.seq, false);
    await journal.flush();
    // Older ones go only when the journal vouches for the new one.
    for (const old of (await store.list()).slice(settings.snapshotKeepCount))
      await store.remove(old);
  }

  private tell(why: string): void {
    if (this.told.has(why)) return;
    this.told.add(why);
    this.log.snapshotFailed(why);
  }
}
