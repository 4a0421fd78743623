/** Writes blocks to the segment and the head, one at a time, as the holder of the lock. */
import { fstatSync, writeSync } from 'node:fs';
import type { AppendOutcome, LogBlock, LogHead } from '../../actors/ports.ts';
import type { LogEnd } from './audit.ts';
import { checkBlock } from './chain.ts';
import { unavailable } from './failure.ts';
import { headRecord, type WriterFiles } from './folder.ts';
import { renderSlot, slotOffset } from './head-file.ts';
import type { Lock } from './lock.ts';

/** Where a log ends, as the port tells it. */
export const logHead = ({ version, lastSeq, hash, epoch }: LogEnd): LogHead => ({
  version,
  lastSeq,
  hash,
  epoch,
});

export class SegmentWriter {
  readonly #dir: string;
  readonly #files: WriterFiles;
  readonly #lock: Lock;
  #end: LogEnd;
  #headWriteCount: number;
  /** Set once nobody can say any more what is on the disk; then nothing else is written. */
  #broken: unknown;

  constructor(dir: string, files: WriterFiles, lock: Lock, end: LogEnd, headWriteCount: number) {
    this.#dir = dir;
    this.#files = files;
    this.#lock = lock;
    this.#end = { ...end, epoch: lock.epoch };
    this.#headWriteCount = headWriteCount;
  }

  get end(): LogEnd {
    return this.#end;
  }

  /** Puts the new epoch on the disk before anything is written under it. */
  async start(): Promise<void> {
    this.#writeHead();
    await this.#files.head.datasync();
  }

  /** One call at a time: the log queues them. */
  async append(
    block: LogBlock,
    expected: { readonly version: number; readonly epoch: number },
  ): Promise<AppendOutcome> {
    const { epoch } = this.#lock;
    if (this.#broken !== undefined) return { kind: 'unavailable', cause: this.#broken };
    if (expected.epoch < epoch) return { kind: 'fenced', epoch };
    if (this.#lock.isLost()) return { kind: 'fenced', epoch: epoch + 1 };
    if (expected.epoch > epoch || expected.version !== this.#end.version || this.#hasGrown()) {
      return { kind: 'conflict', head: logHead(this.#end) };
    }
    if (block.version !== expected.version + 1) {
      throw new TypeError(`Block ${block.version} cannot follow version ${expected.version}.`);
    }
    checkBlock(block, epoch);
    return this.#write(block);
  }

  async #write(block: LogBlock): Promise<AppendOutcome> {
    const bytes = Buffer.from(block.text);
    const { segment } = this.#files;
    try {
      await this.#writeAll(bytes);
    } catch (error) {
      return this.#undo(error);
    }
    try {
      await segment.datasync();
    } catch (error) {
      // After a failed sync the kernel may have dropped the pages: trying again would prove
      // nothing.
      this.#broken = unavailable(this.#dir, 'written', error);
      return { kind: 'unknownOutcome', cause: this.#broken };
    }
    this.#end = {
      version: block.version,
      firstSeq: block.firstSeq,
      lastSeq: block.lastSeq,
      hash: block.hash,
      epoch: this.#end.epoch,
      bytes: this.#end.bytes + bytes.length,
    };
    try {
      this.#writeHead();
    } catch (error) {
      // The block is safe, and the head may lag; but a disk that fails here takes no other block.
      this.#broken = unavailable(this.#dir, 'written', error);
    }
    return { kind: 'ok', head: logHead(this.#end) };
  }

  async #writeAll(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const at = this.#end.bytes + done;
      const { bytesWritten } = await this.#files.segment.write(bytes, done, undefined, at);
      done += bytesWritten;
    }
  }

  /** Takes back what part of a block was written, so that it is certain that there is nothing. */
  async #undo(error: unknown): Promise<AppendOutcome> {
    const cause = unavailable(this.#dir, 'written', error);
    try {
      await this.#files.segment.truncate(this.#end.bytes);
      return { kind: 'unavailable', cause };
    } catch {
      this.#broken = cause;
      return { kind: 'unknownOutcome', cause };
    }
  }

  /** Whether somebody without the lock wrote to the segment. */
  #hasGrown(): boolean {
    return fstatSync(this.#files.segment.fd).size !== this.#end.bytes;
  }

  /**
   * In the page cache this outlives the process at once; 256 bytes in place are not worth a thread.
   */
  #writeHead(): void {
    this.#headWriteCount += 1;
    const write = this.#headWriteCount;
    writeSync(this.#files.head.fd, renderSlot(headRecord(write, this.#end)), slotOffset(write));
  }

  /** Syncs the head, and gives up files and lock whatever happens. */
  async close(): Promise<void> {
    try {
      if (!this.#lock.isLost()) await this.#files.head.datasync();
    } finally {
      await this.#files.segment.close();
      await this.#files.head.close();
      await this.#lock.release();
    }
  }
}
