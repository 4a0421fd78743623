/** A log in a folder: segments of JSON lines, their head, and the lock of its writer. */
import { resolve } from 'node:path';
import { JournalUnavailableError, KintsugiError } from '../../actors/errors.ts';
import type {
  AppendOutcome,
  EventLog,
  LogBlock,
  LogHead,
  LogPosition,
} from '../../actors/ports.ts';
import { type JournalSettings, journalSettingsSchema } from '../../config/journal.ts';
import { type Audit, auditToEnd, checkedBlocks } from './audit.ts';
import { corrupt, damageOfKeys } from './damage.ts';
import { unavailable } from './failure.ts';
import { FileSnapshots } from './file-snapshots.ts';
import { type FileSystem, type Folder, nodeFileSystem } from './file-system.ts';
import { headFile, listSegments, readHead, removeUnfinished, segmentFile } from './files.ts';
import { makeFolder } from './folder.ts';
import { addFolderKey, type KeyRing, loadSigner, readFolderKeys, type Signer } from './keys.ts';
import { type Lock, takeLock } from './lock.ts';
import type { LogEnd } from './log-end.ts';
import { earlierThan } from './position.ts';
import { logHead, SegmentWriter } from './segment-writer.ts';
import { boundaryBefore } from './segments.ts';
import { Subscribers } from './subscribers.ts';

/** What a start repaired after a crash. Nothing acknowledged is ever lost by it. */
export interface Repair {
  readonly file: string;
  /** Bytes cut from the end; 0 for a slot of the head that was written again. */
  readonly bytesCut: number;
  /** The journal goes on after this entry. */
  readonly afterSeq: number;
}

/** The key that signed before was not found: from here on another one signs. */
export interface NewKey {
  /** The private key that was made. */
  readonly file: string;
  readonly key: string;
  /** It signs what comes after this entry. */
  readonly afterSeq: number;
}

export interface FileLogOptions
  extends Partial<Pick<JournalSettings, 'segmentBytesMax' | 'segmentAgeMaxMs' | 'signingKeyFile'>> {
  readonly onRepair?: (repair: Repair) => void;
  readonly onNewKey?: (notice: NewKey) => void;
  /** The disk; default: that of this machine. */
  readonly fileSystem?: FileSystem;
  /** Milliseconds on any scale that only grows, for the age of segments. */
  readonly now?: () => number;
}

class FileLog implements EventLog {
  readonly snapshots: FileSnapshots;
  readonly #folder: Folder;
  readonly #options: FileLogOptions;
  readonly #subscribers = new Subscribers();
  #writer: SegmentWriter | undefined;
  /** Ends when the last append that was asked for has ended. */
  #lastAppend: Promise<unknown> = Promise.resolve();

  constructor(dir: string, options: FileLogOptions) {
    this.#folder = { dir: resolve(dir), fs: options.fileSystem ?? nodeFileSystem };
    this.#options = options;
    this.snapshots = new FileSnapshots(this.#folder);
  }

  async open(): Promise<LogHead> {
    const folder = this.#folder;
    let lock: Lock | undefined;
    try {
      await makeFolder(folder);
      const slots = await readHead(folder);
      lock = await takeLock(folder, (slots?.newest?.epoch ?? 0) + 1);
      await removeUnfinished(folder);
      const { signer, path, isNew } = await loadSigner(folder, this.#options.signingKeyFile);
      const { ring, fault } = await this.#keysFor(signer);
      const audit = await auditToEnd(folder, { keys: ring });
      if (fault !== undefined) throw corrupt(damageOfKeys(folder.dir, audit.end, fault));
      if (audit.damage !== undefined) throw corrupt(audit.damage);
      await addFolderKey(folder, ring, signer);
      const writer = await this.#takeOver(lock, signer, audit);
      this.#writer = writer;
      if (isNew && audit.end.version > 0) {
        const { key } = signer;
        this.#options.onNewKey?.({ file: path, key, afterSeq: audit.end.lastSeq });
      }
      return logHead(writer.end);
    } catch (error) {
      await lock?.release().catch(() => {});
      throw error instanceof KintsugiError ? error : unavailable(folder.dir, 'opened', error);
    }
  }

  /** Keys that may have signed what is there: the writer's own, and those in the folder. */
  async #keysFor(signer: Signer): Promise<{ ring: KeyRing; fault?: string }> {
    const own: KeyRing = new Map([[signer.key, signer.publicKey]]);
    const found = await readFolderKeys(this.#folder);
    if ('ring' in found) return { ring: new Map([...found.ring, ...own]) };
    return found.isAbsent ? { ring: own } : { ring: own, fault: found.fault };
  }

  /** Cuts back what a crash left, and begins to write under the new epoch. */
  async #takeOver(lock: Lock, signer: Signer, audit: Audit): Promise<SegmentWriter> {
    const { end, torn, head, isHeadTorn } = audit;
    const { dir } = this.#folder;
    await this.#cutBack(end);
    const { segmentBytesMax, segmentAgeMaxMs } = journalSettingsSchema.parse({
      segmentBytesMax: this.#options.segmentBytesMax,
      segmentAgeMaxMs: this.#options.segmentAgeMaxMs,
    });
    const options = {
      ...{ folder: this.#folder, lock, signer, segmentBytesMax, segmentAgeMaxMs },
      onBlock: (block: LogBlock) => this.#subscribers.tell(block),
      now: this.#options.now ?? (() => performance.now()),
    };
    const writer = await SegmentWriter.start(options, end, head?.write ?? 0);
    const afterSeq = end.lastSeq;
    if (isHeadTorn) this.#options.onRepair?.({ file: headFile(dir), bytesCut: 0, afterSeq });
    if (torn !== undefined) {
      const file = segmentFile(dir, torn.segment);
      this.#options.onRepair?.({ file, bytesCut: torn.bytes, afterSeq });
    }
    return writer;
  }

  /** Takes away what follows the last whole block: the rest of a block, or of a segment's start. */
  async #cutBack(end: LogEnd): Promise<void> {
    const { dir, fs } = this.#folder;
    const newest = (await listSegments(this.#folder)).at(-1) ?? 0;
    if (newest > end.segment) {
      await fs.rm(segmentFile(dir, newest));
      await fs.syncFolder(dir);
    }
    if (end.segment === 0) return;
    await using file = await fs.open(segmentFile(dir, end.segment), 'r+');
    if (file.stat().size <= end.bytes) return;
    await file.truncate(end.bytes);
    await file.datasync();
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
      const { dir } = this.#folder;
      const cause = new JournalUnavailableError(`Journal '${dir}' is not open for writing.`);
      return { kind: 'unavailable', cause };
    }
    return this.#writer.append(block, expected);
  }

  async *read(from: LogPosition = { version: 1 }): AsyncIterable<LogBlock> {
    const isEarly = earlierThan(from);
    const writer = this.#writer;
    const newest = writer?.end.segment ?? (await listSegments(this.#folder)).at(-1) ?? 0;
    const begin = await boundaryBefore(this.#folder, from, newest);
    // The writer itself reads no further than what it has acknowledged.
    const to = writer && (() => writer.end);
    for await (const { blocks } of checkedBlocks(this.#folder, { from: begin, to })) {
      for (const { line, bytes } of blocks) {
        const { block: version, first: firstSeq, last: lastSeq, hash } = line;
        if (isEarly({ version, lastSeq })) continue;
        yield { version, firstSeq, lastSeq, hash, text: bytes.toString('utf8') };
      }
    }
  }

  async head(): Promise<LogHead> {
    if (this.#writer !== undefined) return logHead(this.#writer.end);
    const { damage, end, head } = await auditToEnd(this.#folder);
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
      throw unavailable(this.#folder.dir, 'written', error);
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
