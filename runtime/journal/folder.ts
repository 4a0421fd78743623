/** Makes the folder of a journal, and the head in it. */
import { dirname } from 'node:path';
import { type Folder, hasCode, makeFile, type OpenFile } from './file-system.ts';
import { headFile, unfinished } from './files.ts';
import {
  type HeadRecord,
  headText,
  renderSlot,
  type SignedHead,
  slotOffset,
  wholeHead,
} from './head-file.ts';
import type { Signer } from './keys.ts';
import type { LogEnd } from './log-end.ts';

/**
 * Makes the folder when it is missing; only its owner may look inside. New names of folders are
 * brought to the disk as well: all that is acknowledged later lies under them.
 */
export async function makeFolder({ dir, fs }: Folder): Promise<void> {
  const parent = dirname(dir);
  try {
    const first = await fs.mkdir(dir, { recursive: true, mode: 0o700 });
    if (first === undefined) return;
    for (let at = dir; at.length >= first.length; at = dirname(at)) {
      await fs.syncFolder(dirname(at));
    }
  } catch (error) {
    // Node reports a read-only mount as a missing folder: the plain call says what it is.
    if (!hasCode(error, 'ENOENT') || parent === dir) throw error;
    await makeFolder({ dir: parent, fs });
    await fs.mkdir(dir, { recursive: false, mode: 0o700 });
    await fs.syncFolder(parent);
  }
}

/** Writes the head of one epoch, signed. */
export class HeadWriter {
  readonly #file: OpenFile;
  readonly #signer: Signer;
  #writeCount: number;

  private constructor(file: OpenFile, signer: Signer, writeCount: number) {
    this.#file = file;
    this.#signer = signer;
    this.#writeCount = writeCount;
  }

  /**
   * Puts a new file in place of the head, whole and on the disk. A writer that has lost its lock
   * without knowing it has the old file open: what it writes there is seen by nobody.
   */
  static async replace(
    { dir, fs }: Folder,
    signer: Signer,
    end: LogEnd,
    writeCount: number,
  ): Promise<HeadWriter> {
    const path = headFile(dir);
    const text = wholeHead(writeCount + 1, (write) => signed(signer, record(signer, end, write)));
    const file = await makeFile(fs, unfinished(path), text);
    try {
      await fs.rename(unfinished(path), path);
      await fs.syncFolder(dir);
      return new HeadWriter(file, signer, writeCount + 2);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** In the page cache this outlives the process at once; so little is not worth a thread. */
  write(end: LogEnd, closed: boolean): void {
    this.#writeCount += 1;
    const head = { ...record(this.#signer, end, this.#writeCount), closed };
    this.#file.writeNow(renderSlot(signed(this.#signer, head)), slotOffset(this.#writeCount));
  }

  datasync(): Promise<void> {
    return this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

const record = ({ key }: Signer, end: LogEnd, write: number): HeadRecord => ({
  write,
  version: end.version,
  first: end.firstSeq,
  last: end.lastSeq,
  hash: end.hash,
  epoch: end.epoch,
  segment: end.segment,
  bytes: end.bytes,
  closed: false,
  key,
});

const signed = (signer: Signer, head: HeadRecord): SignedHead => ({
  ...head,
  signature: signer.sign(headText(head)),
});
