/**
 * A replayed tree that is moved along a journal: forward turn by turn, back from the nearest tree
 * snapshot. One for all viewers; who asks waits for who asked before.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import type { EventLog } from '../../actors/ports.ts';
import type { Core } from '../core.ts';
import type { Turn } from '../engine/engine.ts';
import { Refusal } from '../http/problem.ts';
import { fileLog } from '../journal/file-log.ts';
import { type InputLine, isInput, type JournalLine } from '../journal/format.ts';
import { readJournal } from '../journal/read.ts';
import { divergedError } from '../replay/divergence.ts';
import { feed } from '../replay/feed.ts';
import { openReplay, type ReplayOptions } from '../replay/replay.ts';

/** Time that a replay takes from whoever else lives in this process, at one go, ms. */
const SLICE_MS = 4;
/** Who asks while so many wait is turned away. */
const WAITING_MAX = 64;
/** A tree that nobody has asked about for so long is let go of, ms. */
const IDLE_MS = 60_000;
/** A snapshot that is so far ahead is nearer than replaying up to it. Entries. */
const LEAP_COUNT = 2_000;

export type JournalSource = string | EventLog;
export interface TreeOptions
  extends Pick<ReplayOptions, 'tree' | 'children' | 'allowChanged' | 'nameable'> {
  /** Ends a move that nobody waits for any more. */
  readonly signal?: AbortSignal;
}

export class Cursor {
  private readonly source: JournalSource;
  private readonly options: TreeOptions;
  private core: Core | undefined;
  private last: Turn | undefined;
  private entering: ((input: InputLine) => void) | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private waitingCount = 0;
  private idle: NodeJS.Timeout | undefined;

  constructor(source: JournalSource, options: TreeOptions) {
    this.source = source;
    this.options = options;
  }

  /**
   * Runs alone: nobody moves the cursor meanwhile.
   *
   * @throws {Refusal} when too many wait.
   */
  alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.waitingCount >= WAITING_MAX) {
      const text = `${WAITING_MAX} questions about the past are waiting: ask again later.`;
      return Promise.reject(new Refusal(503, 'BUSY', text));
    }
    this.waitingCount++;
    clearTimeout(this.idle);
    const done = this.queue.then(work).finally(() => this.answered());
    this.queue = done.catch(() => {});
    return done;
  }

  private answered(): void {
    this.waitingCount--;
    if (this.waitingCount > 0) return;
    this.idle = setTimeout(() => this.drop(), IDLE_MS);
    this.idle.unref();
  }

  /**
   * The tree after a turn, valid until the next move. Within `alone`.
   *
   * @param entering told of each entry just before its turn.
   * @throws {Refusal} when the journal has no such entry.
   * @throws {ReplayDivergedError} when this program does something else than the journal says.
   */
  async to(seq: number, entering?: (input: InputLine) => void): Promise<Core> {
    if (this.core && (await this.isFar(this.core.engine.seq, seq))) this.drop();
    this.entering = entering;
    try {
      const { core, lines } = this.core
        ? { core: this.core, lines: this.linesAfter(this.core.engine.seq) }
        : await this.opened(seq);
      this.core = core;
      if (core.engine.seq < seq) await this.move(core, lines, seq);
      return core;
    } catch (error) {
      this.drop();
      throw error;
    } finally {
      this.entering = undefined;
    }
  }

  /** The turn that was replayed last; undefined right behind a snapshot. */
  get turn(): Turn | undefined {
    return this.last;
  }

  drop(): void {
    clearTimeout(this.idle);
    this.core?.dispose();
    this.core = undefined;
    this.last = undefined;
  }

  private async move(core: Core, lines: AsyncIterable<JournalLine>, seq: number): Promise<void> {
    const { divergence } = await feed(core, this.gently(lines), { until: seq });
    if (divergence) throw divergedError(divergence);
    if (core.engine.seq >= seq) return;
    const text = `There is no entry ${seq}: the journal ends at seq ${core.engine.seq}.`;
    throw new Refusal(404, 'NOT_IN_JOURNAL', text);
  }

  private async opened(seq: number) {
    // From the entry behind it: then a snapshot right after it may be used.
    const options = { ...this.options, from: seq + 1, until: seq };
    const opened = await openReplay(this.source, options, (turn) => {
      this.last = turn;
    });
    if (opened.core.engine.seq < seq) return opened;
    // Nothing is to be read, and the file must be closed.
    await opened.lines[Symbol.asyncIterator]().return?.();
    return opened;
  }

  private linesAfter(seq: number): AsyncIterable<JournalLine> {
    return readJournal(this.source, { afterSeq: seq });
  }

  private async isFar(from: number, to: number): Promise<boolean> {
    if (to < from) return true;
    if (to - from < LEAP_COUNT) return false;
    const { source } = this;
    const log = typeof source === 'string' ? fileLog(source) : source;
    const seqs = (await log.snapshots?.list()) ?? [];
    return seqs.some((seq) => seq <= to && seq - from >= LEAP_COUNT);
  }

  /** Passes lines on, and lets others live in between. */
  private async *gently(lines: AsyncIterable<JournalLine>): AsyncGenerator<JournalLine, void> {
    let since = performance.now();
    for await (const line of lines) {
      this.options.signal?.throwIfAborted();
      if (isInput(line)) this.entering?.(line);
      yield line;
      if (performance.now() - since < SLICE_MS) continue;
      await breathe();
      since = performance.now();
    }
  }
}
