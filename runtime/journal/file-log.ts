/** A log in a folder: one segment of JSON lines, its head, and the lock of its writer. */
import { resolve } from 'node:path';
import { JournalUnavailableError, KintsugiError } from '../../actors/errors.ts';
import type {
  AppendOutcome,
  EventLog,
  LogBlock,
  LogHead,
  LogPosition,
} from '../../actors/ports.ts';
import { type Audit, auditToEnd, checkedBlocks } from './audit.ts';
import { corrupt } from './damage.ts';
import { unavailable } from './failure.ts';
import { headFile, readHead, segmentFile } from './files.ts';
import { makeFolder, makeHead, openFiles } from './folder.ts';
import { HEAD_BYTES } from './head-file.ts';
import { type Lock, takeLock } from './lock.ts';
import { earlierThan } from './position.ts';
import { logHead, SegmentWriter } from './segment-writer.ts';
import { Subscribers } from './subscribers.ts';

/** What a start repaired after a crash. Nothing acknowledged is ever lost by it. */
export interface Repair {
  readonly file: string;
  /** Bytes cut from the end; 0 for a slot of the head that was written again. */
  readonly bytesCut: number;
  /** The journal goes on after this entry. */
  readonly afterSeq: number;
}

export interface FileLogOptions {
  readonly onRepair?: (repair: Repair) => void;
}

class FileLog implements EventLog {
  readonly #dir: string;
  readonly #onRepair: (repair: Repair) => void;
  readonly #subscribers = new Subscribers();
  #writer: SegmentWriter | undefined;
  /** Ends when the last append that was asked for has ended. */
  #lastAppend: Promise<unknown> = Promise.resolve();

  constructor(dir: string, options: FileLogOptions) {
    this.#dir = resolve(dir);
    this.#onRepair = options.onRepair ?? (() => {});
  }

  async open(): Promise<LogHead> {
    let lock: Lock | undefined;
    try {
      await makeFolder(this.#dir);
      const slots = await readHead(this.#dir);
      lock = await takeLock(this.#dir, (slots?.newest?.epoch ?? 0) + 1);
      await makeHead(this.#dir);
      const audit = await auditToEnd(this.#dir);
      if (audit.damage !== undefined) throw corrupt(audit.damage);
      const writer = await this.#takeOver(lock, audit);
      this.#writer = writer;
      return logHead(writer.end);
    } catch (error) {
      await lock?.release();
      throw error instanceof KintsugiError ? error : unavailable(this.#dir, 'opened', error);
    }
  }

  /**
   * Opens the files for writing, cuts back what a crash left, and names the new epoch in the head.
   */
  async #takeOver(lock: Lock, { end, head, tornBytes, isHeadTorn }: Audit): Promise<SegmentWriter> {
    const files = await openFiles(this.#dir);
    try {
      if (tornBytes > 0) {
        await files.segment.truncate(end.bytes);
        await files.segment.datasync();
      }
      if (isHeadTorn) await files.head.truncate(HEAD_BYTES);
      const writer = new SegmentWriter(this.#dir, files, lock, end, head?.write ?? 0);
      await writer.start();
      const afterSeq = end.lastSeq;
      if (isHeadTorn) this.#onRepair({ file: headFile(this.#dir), bytesCut: 0, afterSeq });
      if (tornBytes > 0) {
        this.#onRepair({ file: segmentFile(this.#dir), bytesCut: tornBytes, afterSeq });
      }
      return writer;
    } catch (error) {
      await files.segment.close();
      await files.head.close();
      throw error;
    }
  }

  append(
    block: LogBlock,
    expected: { readonly version: number; readonly epoch: number },
  ): Promise<AppendOutcome> {
    const outcome = this.#lastAppend.then(() => this.#appendNow(block, expected));
    this.#lastAppend = outcome.catch(() => {});
    return outcome;
  }

  async #appendNow(
    block: LogBlock,
    expected: { readonly version: number; readonly epoch: number },
  ): Promise<AppendOutcome> {
    if (this.#writer === undefined) {
      const cause = new JournalUnavailableError(`Journal '${this.#dir}' is not open for writing.`);
      return { kind: 'unavailable', cause };
    }
    const outcome = await this.#writer.append(block, expected);
    if (outcome.kind === 'ok') this.#subscribers.tell(block);
    return outcome;
  }

  async *read(from: LogPosition = { version: 1 }): AsyncIterable<LogBlock> {
    const isEarly = earlierThan(from);
    const writer = this.#writer;
    // The writer itself reads no further than what it has acknowledged.
    const endBytes = writer === undefined ? undefined : () => writer.end.bytes;
    for await (const batch of checkedBlocks(this.#dir, endBytes)) {
      const blocks = batch
        .filter(({ line }) => !isEarly({ version: line.block, lastSeq: line.last }))
        .map(
          ({ line, bytes }): LogBlock => ({
            version: line.block,
            firstSeq: line.first,
            lastSeq: line.last,
            hash: line.hash,
            text: bytes.toString('utf8'),
          }),
        );
      yield* blocks;
    }
  }

  async head(): Promise<LogHead> {
    if (this.#writer !== undefined) return logHead(this.#writer.end);
    const { damage, end, head } = await auditToEnd(this.#dir);
    if (damage !== undefined) throw corrupt(damage);
    return logHead({ ...end, epoch: head?.epoch ?? 0 });
  }

  subscribe(onBlock: (block: LogBlock) => void): () => void {
    return this.#subscribers.add(onBlock);
  }

  async close(): Promise<void> {
    await this.#lastAppend;
    const writer = this.#writer;
    this.#writer = undefined;
    try {
      await writer?.close();
    } catch (error) {
      throw unavailable(this.#dir, 'written', error);
    }
  }
}

/**
 * The log in the folder `dir`, which `open` makes when it is missing.
 *
 * `open` throws `JournalHeldError` while another process writes, `JournalCorruptError` when the log
 * was damaged or cut, and `JournalUnavailableError` when the folder cannot be written.
 */
export const fileLog = (dir: string, options: FileLogOptions = {}): EventLog =>
  new FileLog(dir, options);
