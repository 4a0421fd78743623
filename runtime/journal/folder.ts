/** Makes a journal folder and opens its files for writing. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { emptyEnd, type LogEnd } from './audit.ts';
import { headFile, segmentFile } from './files.ts';
import { firstHead, type HeadRecord } from './head-file.ts';

/**
 * Makes a new name in a folder outlive a power failure; Windows cannot open folders and needs none.
 */
async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using folder = await open(dir, 'r');
  await folder.sync();
}

const hasBytes = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.size > 0,
    () => false,
  );

/** Makes the folder when it is missing; only its owner may look inside. */
export async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    // Node reports a read-only mount as a missing folder: the plain call says what it is.
    const parent = dirname(dir);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === dir) throw error;
    await makeFolder(parent);
    await mkdir(dir, { mode: 0o700 });
  }
}

/** What the head says of a log that ends there. */
export const headRecord = (write: number, end: LogEnd): HeadRecord => ({
  write,
  version: end.version,
  first: end.firstSeq,
  last: end.lastSeq,
  hash: end.hash,
  epoch: end.epoch,
  bytes: end.bytes,
});

/**
 * Makes the head of a new journal, complete and under its name at once, before there is a segment:
 * a segment without a head is therefore always damage. Whoever calls holds the lock.
 */
export async function makeHead(dir: string): Promise<void> {
  const path = headFile(dir);
  if ((await hasBytes(path)) || (await hasBytes(segmentFile(dir)))) return;
  {
    await using file = await open(`${path}.new`, 'w', 0o600);
    await file.writeFile(firstHead(headRecord(0, emptyEnd)));
    await file.sync();
  }
  await rename(`${path}.new`, path);
}

/** The two files that a writer keeps open. */
export interface WriterFiles {
  readonly segment: FileHandle;
  readonly head: FileHandle;
}

/** Opens both files for writing in place; makes the segment of a new journal. */
export async function openFiles(dir: string): Promise<WriterFiles> {
  const head = await open(headFile(dir), 'r+');
  try {
    const flags = constants.O_RDWR | constants.O_CREAT;
    const segment = await open(segmentFile(dir), flags, 0o600);
    await syncFolder(dir);
    return { segment, head };
  } catch (error) {
    await head.close();
    throw error;
  }
}
