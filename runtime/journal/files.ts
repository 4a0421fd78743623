/** Names of the files of a journal folder, and how a reader opens them. Readers need no lock. */
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from './failure.ts';
import {
  type FileSystem,
  type Folder,
  hasCode,
  nodeFileSystem,
  type OpenFile,
} from './file-system.ts';
import { HEAD_FILE, type HeadFile, parseHead } from './head-file.ts';

export const segmentFile = (dir: string, segment: number): string =>
  join(dir, `segment-${String(segment).padStart(6, '0')}.ndjson`);
export const headFile = (dir: string): string => join(dir, HEAD_FILE);
export const lockFile = (dir: string): string => join(dir, 'lock');
export const publicKeyFile = (dir: string): string => join(dir, 'public-key.pem');
export const snapshotFile = (dir: string, seq: number): string =>
  join(dir, `snapshot-${String(seq).padStart(12, '0')}.ndjson`);

/** What a file is called until it is whole. */
export const unfinished = (path: string): string => `${path}.new`;

const segmentName = /^segment-([0-9]{6,15})\.ndjson$/;
const snapshotName = /^snapshot-([0-9]{12,16})\.ndjson$/;
const unfinishedName =
  /^(segment-[0-9]+\.ndjson|snapshot-[0-9]+\.ndjson|head\.json|public-key\.pem)\.new$/;

/** Whether a journal folder can hold a file of this name, leaving aside what is its writer's. */
export function isJournalFile(name: string): boolean {
  if (name === HEAD_FILE || name === publicKeyFile('')) return true;
  const segment = segmentName.exec(name)?.[1];
  if (segment !== undefined) return name === segmentFile('', Number(segment));
  const seq = snapshotName.exec(name)?.[1];
  return seq !== undefined && name === snapshotFile('', Number(seq));
}

async function unlessAbsent<T>(dir: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw unavailable(dir, 'read', error);
  }
}

async function numbersOf({ dir, fs }: Folder, pattern: RegExp): Promise<number[]> {
  const names = (await unlessAbsent(dir, () => fs.readdir(dir))) ?? [];
  return names.flatMap((name) => {
    const number = pattern.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

/** Numbers of the segments there are, in order. */
export const listSegments = async (folder: Folder): Promise<number[]> =>
  (await numbersOf(folder, segmentName)).sort((a, b) => a - b);

/** Seqs of the snapshots there are, the newest first. */
export const listSnapshots = async (folder: Folder): Promise<number[]> =>
  (await numbersOf(folder, snapshotName)).sort((a, b) => b - a);

/** Removes what a crash left of files that were never whole. Only the holder of the lock may. */
export async function removeUnfinished({ dir, fs }: Folder): Promise<void> {
  for (const name of await fs.readdir(dir)) {
    if (unfinishedName.test(name)) await fs.rm(join(dir, name));
  }
}

/** Opens a segment for reading; `undefined` when there is none of this number. */
export const openSegment = ({ dir, fs }: Folder, segment: number): Promise<OpenFile | undefined> =>
  unlessAbsent(dir, () => fs.open(segmentFile(dir, segment), 'r'));

/** A file as text; `undefined` when it is absent. */
export async function readText(
  { dir, fs }: Folder,
  path: string,
  encoding: 'latin1' | 'utf8',
): Promise<string | undefined> {
  return (await unlessAbsent(dir, () => fs.readFile(path)))?.toString(encoding);
}

/** A folder of this machine. */
export const folderOf = (dir: string): Folder => ({ dir: resolve(dir), fs: nodeFileSystem });

/** Reads the head; `undefined` when the file is absent or was never filled. */
export async function readHead(at: Folder | string): Promise<HeadFile | undefined> {
  const folder = typeof at === 'string' ? folderOf(at) : at;
  for (let tries = 1; ; tries += 1) {
    const text = await readText(folder, headFile(folder.dir), 'latin1');
    if (text === undefined || text === '') return undefined;
    const head = parseHead(text);
    // A live writer may have been in the middle of a slot: that is over at the next look.
    if (head.brokenCount === 0 || tries === 3) return head;
    await sleep(1);
  }
}

/** Whether there is such a file, and it holds anything. */
export const hasBytes = (fs: FileSystem, path: string): Promise<boolean> =>
  fs.stat(path).then(
    (found) => found.size > 0,
    () => false,
  );
