/** A log in memory, for tests: the same promises as a file, nothing outlives the process. */
import { JournalUnavailableError } from '../../actors/errors.ts';
import type {
  AppendOutcome,
  EventLog,
  LogBlock,
  LogHead,
  LogPosition,
  SnapshotStore,
} from '../../actors/ports.ts';
import { checkBlock, GENESIS_HASH } from './chain.ts';
import { Journal, type JournalOptions } from './journal.ts';
import { earlierThan } from './position.ts';
import { memorySnapshots } from './snapshot-store.ts';
import { Subscribers } from './subscribers.ts';

class MemoryLog implements EventLog {
  readonly snapshots: SnapshotStore = memorySnapshots();
  readonly #blocks: LogBlock[] = [];
  readonly #subscribers = new Subscribers();
  #epoch = 0;
  #isOpen = false;

  #head(): LogHead {
    const last = this.#blocks.at(-1);
    return {
      version: last?.version ?? 0,
      lastSeq: last?.lastSeq ?? 0,
      hash: last?.hash ?? GENESIS_HASH,
      epoch: this.#epoch,
    };
  }

  /** Opening again takes over, as a new process does after a crash: the writer before is fenced. */
  async open(): Promise<LogHead> {
    this.#epoch += 1;
    this.#isOpen = true;
    return this.#head();
  }

  async append(
    block: LogBlock,
    expected: { readonly version: number; readonly epoch: number },
  ): Promise<AppendOutcome> {
    if (!this.#isOpen) {
      const cause = new JournalUnavailableError('The journal in memory is not open for writing.');
      return { kind: 'unavailable', cause };
    }
    if (expected.epoch < this.#epoch) return { kind: 'fenced', epoch: this.#epoch };
    if (expected.epoch > this.#epoch || expected.version !== this.#blocks.length) {
      return { kind: 'conflict', head: this.#head() };
    }
    if (block.version !== expected.version + 1) {
      throw new TypeError(`Block ${block.version} cannot follow version ${expected.version}.`);
    }
    checkBlock(block, this.#epoch);
    this.#blocks.push(block);
    this.#subscribers.tell(block);
    return { kind: 'ok', head: this.#head() };
  }

  async *read(from: LogPosition = { version: 1 }): AsyncIterable<LogBlock> {
    const endVersion = this.#blocks.length;
    const isEarly = earlierThan(from);
    for (let version = 1; version <= endVersion; version += 1) {
      const block = this.#blocks[version - 1]!;
      if (!isEarly(block)) yield block;
    }
  }

  async head(): Promise<LogHead> {
    return this.#head();
  }

  subscribe(onBlock: (block: LogBlock) => void): () => void {
    return this.#subscribers.add(onBlock);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }
}

/**
 * A log that lives as long as the object. Opening it again takes it over from the writer before.
 */
export const memoryLog = (): EventLog => new MemoryLog();

/** A journal over a log in memory. */
export const memoryJournal = (options: JournalOptions = {}): Journal =>
  new Journal(memoryLog(), options);
