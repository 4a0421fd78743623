/**
 * The journal as the engine uses it: lines go in at once, and reach the log in groups.
 *
 * A group is committed when its time is up, when it is large enough, or at once when an entry is of
 * class safety. One commit is under way at a time; what comes meanwhile goes into the next block.
 * After a failed commit nothing more is acknowledged, since nobody can say what the disk still
 * holds.
 */
import { JournalUnavailableError } from '../../actors/errors.ts';
import type { AppendOutcome, EventLog, LogHead } from '../../actors/ports.ts';
import { type JournalSettingsInput, journalSettingsSchema } from '../../config/journal.ts';
import { BLOCK_MARK, GENESIS_HASH, sealBlock } from './chain.ts';
import { commitFailure } from './failure.ts';
import { type HeaderLine, isHeader, type JournalLine } from './format.ts';
import { type Group, LineBuffer } from './line-buffer.ts';

export interface JournalOptions extends JournalSettingsInput {
  /** Called once, when a commit has failed: the runtime must stop what it may not repeat. */
  readonly onFailure?: (error: Error) => void;
}

interface Waiter {
  /** Count of lines that must be durable first. */
  readonly appendCount: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Journal {
  /** For readers; who writes goes through this class. */
  readonly log: EventLog;
  readonly #commitMs: number;
  readonly #failureListeners: ((error: Error) => void)[] = [];
  readonly #buffer: LineBuffer;
  #head: LogHead = { version: 0, lastSeq: 0, hash: GENESIS_HASH, epoch: 0 };
  #state: 'new' | 'open' | 'closed' = 'new';
  #hasHeader = false;
  #lastSeq = 0;
  #appendCount = 0;
  #durableAppendCount = 0;
  #waiters: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isCommitting = false;
  /** A commit is wanted now: the time is up, an entry of class safety came, or somebody waits. */
  #isDue = false;
  #failed: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(log: EventLog, options: JournalOptions = {}) {
    const { onFailure, ...settings } = options;
    const { commitMs, ...limits } = journalSettingsSchema.parse(settings);
    this.log = log;
    this.#commitMs = commitMs;
    if (onFailure) this.#failureListeners.push(onFailure);
    this.#buffer = new LineBuffer(limits);
  }

  /** Set once a commit has failed; from then on every append and flush fails with it. */
  get failed(): Error | undefined {
    return this.#failed;
  }

  /** Calls `listener` once a commit has failed, which may be long after the last entry. */
  whenFailed(listener: (error: Error) => void): void {
    this.#failureListeners.push(listener);
  }

  /** Last entry that no crash can take away. */
  get durableSeq(): number {
    return this.#head.lastSeq;
  }

  /** Bytes of lines that are not durable yet. */
  get backlogBytes(): number {
    return this.#buffer.backlogBytes;
  }

  /** Becomes the writer. The header is that of the journal's start; absent when it is empty. */
  async open(): Promise<{ readonly header: HeaderLine | undefined; readonly head: LogHead }> {
    if (this.#state !== 'new') throw new TypeError('A journal is opened once: make a new Journal.');
    this.#head = await this.log.open();
    this.#lastSeq = this.#head.lastSeq;
    this.#state = 'open';
    const header = await findHeader(this.log);
    this.#hasHeader = header !== undefined;
    return { header, head: this.#head };
  }

  /** Writes the first line of an empty journal. */
  begin(header: HeaderLine): void {
    if (this.#hasHeader) throw new TypeError('This journal has its header already.');
    this.#hasHeader = true;
    this.append(`${JSON.stringify(header)}\n`, this.#lastSeq, false);
  }

  /**
   * Takes one or more complete lines of the entry `seq`, or of the last entry again. They are
   * durable once `flush` resolves; on their own within `commitMs`, or at once when `safety`.
   *
   * @throws {JournalUnavailableError} when the journal has failed or is closed.
   */
  append(text: string, seq: number, safety: boolean): void {
    if (this.#failed !== undefined) throw this.#failed;
    if (this.#state !== 'open') throw notOpen(this.#state);
    this.#checkLines(text, seq);
    const isEntry = seq > this.#lastSeq;
    this.#lastSeq = seq;
    this.#appendCount += 1;
    const isFull = this.#buffer.add(text, isEntry);
    if (safety || isFull) this.#commitSoon();
    else if (!this.#isDue) this.#timer ??= setTimeout(this.#commitSoon, this.#commitMs);
  }

  #checkLines(text: string, seq: number): void {
    if (!this.#hasHeader)
      throw new TypeError('A journal begins with its header: call begin first.');
    if (!text.endsWith('\n')) throw new TypeError("Lines of a journal end with '\\n'.");
    if (text.startsWith(BLOCK_MARK) || text.includes(`\n${BLOCK_MARK}`)) {
      throw new TypeError(`No line but a block line may start with '${BLOCK_MARK}'.`);
    }
    if (seq !== this.#lastSeq && seq !== this.#lastSeq + 1) {
      throw new RangeError(`Seq after ${this.#lastSeq} must be the same or one more, got ${seq}.`);
    }
  }

  /** Resolves once everything appended so far is durable; rejects when that is not certain. */
  flush(): Promise<void> {
    if (this.#failed !== undefined) return Promise.reject(this.#failed);
    const appendCount = this.#appendCount;
    if (this.#durableAppendCount >= appendCount) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ appendCount, resolve, reject });
      this.#commitSoon();
    });
  }

  /**
   * Flushes, then gives up the writer's role. Rejects, with the log closed, when the flush failed.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      const wasOpen = this.#state === 'open';
      this.#state = 'closed';
      if (wasOpen) await this.log.close();
    }
  }

  readonly #commitSoon = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = true;
    if (!this.#isCommitting) void this.#commitAll();
  };

  /** Commits until nothing is due; never rejects. */
  async #commitAll(): Promise<void> {
    this.#isCommitting = true;
    while (this.#isDue && this.#failed === undefined) {
      const group = this.#buffer.take();
      // Groups behind this one were there when the commit became due.
      this.#isDue = this.#buffer.groupCount > 0;
      if (group !== undefined) await this.#commit(group);
    }
    this.#isCommitting = false;
  }

  async #commit(group: Group): Promise<void> {
    const { version, lastSeq, hash, epoch } = this.#head;
    const last = lastSeq + group.entryCount;
    const first = group.entryCount === 0 ? lastSeq : lastSeq + 1;
    const block = sealBlock(hash, group.text, { block: version + 1, first, last, epoch });
    let outcome: AppendOutcome;
    try {
      outcome = await this.log.append(block, { version, epoch });
    } catch (cause) {
      outcome = { kind: 'unknownOutcome', cause };
    }
    if (outcome.kind !== 'ok') {
      this.#fail(commitFailure(outcome, this.#head));
      return;
    }
    this.#head = outcome.head;
    this.#durableAppendCount += group.appendCount;
    this.#buffer.forget(group);
    while (this.#waiters.length > 0 && this.#waiters[0]!.appendCount <= this.#durableAppendCount) {
      this.#waiters.shift()!.resolve();
    }
  }

  #fail(error: JournalUnavailableError): void {
    this.#failed = error;
    clearTimeout(this.#timer);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    for (const listener of this.#failureListeners) listener(error);
  }
}

/** The header of a log. Before it come at most blocks that the log has written itself. */
export async function findHeader(log: EventLog): Promise<HeaderLine | undefined> {
  for await (const { text, lastSeq } of log.read()) {
    const line = JSON.parse(text.slice(0, text.indexOf('\n'))) as JournalLine;
    if (isHeader(line)) return line;
    if (lastSeq > 0) return undefined;
  }
  return undefined;
}

const notOpen = (state: 'new' | 'closed'): JournalUnavailableError =>
  new JournalUnavailableError(
    state === 'new' ? 'The journal is not open yet: call open first.' : 'The journal is closed.',
  );
