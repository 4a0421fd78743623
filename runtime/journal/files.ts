/** The files of a journal folder, and how a reader opens them. Readers need no lock. */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unavailable } from './failure.ts';
import { HEAD_FILE, type HeadFile, parseHead } from './head-file.ts';

export const segmentFile = (dir: string): string => join(dir, 'segment-000001.ndjson');
export const headFile = (dir: string): string => join(dir, HEAD_FILE);
export const lockFile = (dir: string): string => join(dir, 'lock');

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

async function unlessAbsent<T>(dir: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw unavailable(dir, 'read', error);
  }
}

/** Opens the segment for reading; `undefined` when there is none. */
export const openSegment = (dir: string): Promise<FileHandle | undefined> =>
  unlessAbsent(dir, () => open(segmentFile(dir), 'r'));

/** Reads the head; `undefined` when the file is absent or was never filled. */
export async function readHead(dir: string): Promise<HeadFile | undefined> {
  for (let tries = 1; ; tries += 1) {
    const text = await unlessAbsent(dir, () => readFile(headFile(dir), 'latin1'));
    if (text === undefined || text === '') return undefined;
    const head = parseHead(text);
    // A live writer may have been in the middle of a slot: that is over at the next look.
    if (head.brokenCount === 0 || tries === 3) return head;
    await sleep(1);
  }
}
