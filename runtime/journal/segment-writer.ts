/** Writes blocks to the segments and the head, one at a time, as the holder of the lock. */
import { JournalUnavailableError } from '../../actors/errors.ts';
import type { AppendOutcome, LogBlock, LogHead } from '../../actors/ports.ts';
import { checkBlock } from './chain.ts';
import { unavailable } from './failure.ts';
import { type Folder, hasCode, makeFile, type OpenFile, writeAll } from './file-system.ts';
import { segmentFile, unfinished } from './files.ts';
import { HeadWriter } from './folder.ts';
import type { Signer } from './keys.ts';
import type { Lock } from './lock.ts';
import type { LogEnd } from './log-end.ts';
import { checkpointBlock, segmentBlock } from './own-blocks.ts';

/** Where a log ends, as the port tells it. */
export const logHead = ({ version, lastSeq, hash, epoch }: LogEnd): LogHead => ({
  version,
  lastSeq,
  hash,
  epoch,
});

export interface SegmentWriterOptions {
  readonly folder: Folder;
  readonly lock: Lock;
  readonly signer: Signer;
  /** Told of each block that is durable, those that the writer makes itself included. */
  readonly onBlock: (block: LogBlock) => void;
  readonly segmentBytesMax: number;
  readonly segmentAgeMaxMs: number;
  /** Milliseconds on any scale that only grows. */
  readonly now: () => number;
}

export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #end: LogEnd;
  #head: HeadWriter;
  /** The newest segment; absent until the first one is begun. */
  #file: OpenFile | undefined;
  #startedAtMs = 0;
  /** Set once nobody can say any more what is on the disk; then nothing else is written. */
  #broken: unknown;

  private constructor(options: SegmentWriterOptions, end: LogEnd, head: HeadWriter) {
    this.#options = options;
    this.#end = { ...end, epoch: options.lock.epoch };
    this.#head = head;
  }

  /**
   * Takes over behind `end`: names the new epoch in the head, then begins a segment of its own, so
   * that whatever an earlier writer still writes stays outside of the chain.
   */
  static async start(
    options: SegmentWriterOptions,
    end: LogEnd,
    headWriteCount: number,
  ): Promise<SegmentWriter> {
    const epochEnd = { ...end, epoch: options.lock.epoch };
    const head = await HeadWriter.replace(options.folder, options.signer, epochEnd, headWriteCount);
    const writer = new SegmentWriter(options, end, head);
    try {
      await writer.#beginSegment();
      return writer;
    } catch (error) {
      await writer.#file?.close();
      await head.close();
      throw error;
    }
  }

  get end(): LogEnd {
    return this.#end;
  }

  /** One call at a time: the log queues them. */
  async append(
    block: LogBlock,
    expected: { readonly version: number; readonly epoch: number },
  ): Promise<AppendOutcome> {
    const { lock } = this.#options;
    const { epoch } = lock;
    if (this.#broken !== undefined) return { kind: 'unavailable', cause: this.#broken };
    if (expected.epoch < epoch) return { kind: 'fenced', epoch };
    if (lock.isLost()) return { kind: 'fenced', epoch: epoch + 1 };
    if (expected.epoch > epoch || expected.version !== this.#end.version || this.#hasGrown()) {
      return { kind: 'conflict', head: logHead(this.#end) };
    }
    if (block.version !== expected.version + 1) {
      throw new TypeError(`Block ${block.version} cannot follow version ${expected.version}.`);
    }
    checkBlock(block, epoch);
    const outcome = await this.#write(block);
    if (outcome.kind !== 'ok') return outcome;
    await this.#rotate();
    return { kind: 'ok', head: logHead(this.#end) };
  }

  async #write(block: LogBlock, closed = false): Promise<AppendOutcome> {
    const bytes = Buffer.from(block.text);
    const file = this.#file!;
    try {
      await writeAll(file, bytes, this.#end.bytes);
    } catch (error) {
      return this.#undo(error);
    }
    try {
      await file.datasync();
    } catch (error) {
      // After a failed sync the kernel may have dropped the pages: trying again would prove
      // nothing.
      return { kind: 'unknownOutcome', cause: this.#break(error) };
    }
    // Paused in the middle of it all, this process may have been given up: its block may lie behind
    // the place at which the next writer sealed the segment.
    if (this.#options.lock.isLost()) return { kind: 'fenced', epoch: this.#end.epoch + 1 };
    this.#advance(block, this.#end.segment, this.#end.bytes + bytes.length, closed);
    return { kind: 'ok', head: logHead(this.#end) };
  }

  /**
   * The block is durable. Each write of the head names another block, so that one that a crash has
   * spoiled can be told from one that somebody has spoiled to hide the end of the log.
   */
  #advance(block: LogBlock, segment: number, bytes: number, closed = false): void {
    const { version, firstSeq, lastSeq, hash } = block;
    this.#end = { segment, bytes, version, firstSeq, lastSeq, hash, epoch: this.#end.epoch };
    try {
      this.#head.write(this.#end, closed);
    } catch (error) {
      // The block is safe, and the head may lag; but a disk that fails here takes no other block.
      this.#break(error);
    }
    this.#options.onBlock(block);
  }

  #break(error: unknown): unknown {
    this.#broken ??= unavailable(this.#options.folder.dir, 'written', error);
    return this.#broken;
  }

  /** Takes back what part of a block was written, so that it is certain that there is nothing. */
  async #undo(error: unknown): Promise<AppendOutcome> {
    try {
      await this.#file!.truncate(this.#end.bytes);
      const cause = unavailable(this.#options.folder.dir, 'written', error);
      return { kind: 'unavailable', cause };
    } catch {
      return { kind: 'unknownOutcome', cause: this.#break(error) };
    }
  }

  /** Whether somebody without the lock wrote to the segment. */
  #hasGrown(): boolean {
    return this.#file!.stat().size !== this.#end.bytes;
  }

  /** Begins the next segment when this one is full or old. The block before is safe anyway. */
  async #rotate(): Promise<void> {
    const { segmentBytesMax, segmentAgeMaxMs, now } = this.#options;
    const isFull = this.#end.bytes >= segmentBytesMax;
    if (!isFull && now() - this.#startedAtMs < segmentAgeMaxMs) return;
    try {
      await this.#beginSegment();
    } catch (error) {
      this.#break(error);
    }
  }

  /**
   * The file gets its name once its first block is on the disk: there is no segment without one.
   * A hard link takes no name that is taken, unlike a rename: of two writers that believe in their
   * lock only one gets it.
   */
  async #beginSegment(): Promise<void> {
    const { folder, lock, signer, now } = this.#options;
    const { dir, fs } = folder;
    const segment = this.#end.segment + 1;
    const path = segmentFile(dir, segment);
    const block = segmentBlock(this.#end, lock.epoch, signer);
    const file = await makeFile(fs, unfinished(path), block.text);
    try {
      await fs.link(unfinished(path), path);
      await fs.rm(unfinished(path));
      await fs.syncFolder(dir);
    } catch (error) {
      await file.close();
      throw hasCode(error, 'EEXIST') ? takenError(path) : error;
    }
    await this.#file?.close();
    this.#file = file;
    this.#startedAtMs = now();
    this.#advance(block, segment, Buffer.byteLength(block.text));
  }

  /**
   * Signs the chain, says in the head that nothing may follow, and gives up files and lock whatever
   * happens. A disk that takes no more leaves the journal as a crash does.
   */
  async close(): Promise<void> {
    const { lock, signer } = this.#options;
    try {
      if (this.#broken !== undefined || lock.isLost() || this.#hasGrown()) return;
      await this.#write(checkpointBlock(this.#end, lock.epoch, signer), true);
      if (this.#broken === undefined && !lock.isLost()) await this.#head.datasync();
    } finally {
      await this.#file?.close();
      await this.#head.close();
      await lock.release();
    }
  }
}

const takenError = (path: string): Error =>
  new JournalUnavailableError(`Another process has made '${path}'. Stop it, then start again.`);
