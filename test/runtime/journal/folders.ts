/** Folders for tests of the journal, removed at the end, and small journals to put in them. */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type FileLogOptions, fileLog } from '../../../runtime/journal/file-log.ts';
import { segmentFile } from '../../../runtime/journal/files.ts';
import type { HeaderLine } from '../../../runtime/journal/format.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { defaultKeyFile } from '../../../runtime/journal/keys.ts';

export const header: HeaderLine = {
  format: 1,
  id: 'test',
  seed: 7,
  settings: { a: 1 },
  machines: { m: 'abc' },
  host: 'test',
};

/** Lines of one entry, as the engine writes them. */
export const entryLines = (seq: number, text = 'x'): string =>
  `${JSON.stringify({ seq, at: seq, kind: 'event', path: '/a', event: { type: 'T', text } })}\n` +
  `${JSON.stringify({ turn: seq })}\n`;

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kintsugi-journal-'));
  onTestFinished(async () => {
    await rm(dir, { recursive: true, force: true });
    await rm(defaultKeyFile(dir), { force: true });
  });
  return dir;
}

async function begunJournal(dir: string, blockCount: number, options: FileLogOptions) {
  const journal = new Journal(fileLog(dir, options));
  await journal.open();
  journal.begin(header);
  await journal.flush();
  await addBlocks(journal, 0, blockCount);
  return journal;
}

/**
 * A closed journal: the segment's start in block 1, the header in block 2, then `blockCount` blocks
 * of three entries, and a checkpoint.
 */
export async function smallJournal(
  dir: string,
  blockCount = 4,
  options: FileLogOptions = {},
): Promise<void> {
  const journal = await begunJournal(dir, blockCount, options);
  await journal.close();
}

/** The same without its end, as a crash leaves it. */
export async function crashedJournal(
  blockCount = 4,
  options: FileLogOptions = {},
): Promise<string> {
  const root = await temporaryFolder();
  const journal = await begunJournal(join(root, 'live'), blockCount, options);
  const dir = await crashCopy(join(root, 'live'), join(root, 'crashed'));
  await journal.close();
  return dir;
}

export async function addBlocks(journal: Journal, afterSeq: number, count: number): Promise<void> {
  let seq = afterSeq;
  for (let block = 0; block < count; block += 1) {
    for (let entry = 0; entry < 3; entry += 1) {
      seq += 1;
      journal.append(entryLines(seq), seq, false);
    }
    await journal.flush();
  }
}

/** Opens the log of a folder, and closes it after the test. */
export async function openLog(dir: string, options: FileLogOptions = {}) {
  const log = fileLog(dir, options);
  onTestFinished(() => log.close());
  return { log, head: await log.open() };
}

export const nameOfSegment = (segment: number): string => basename(segmentFile('', segment));

export const segmentName = nameOfSegment(1);

export const readSegment = (dir: string, segment = 1): Promise<Buffer> =>
  readFile(join(dir, nameOfSegment(segment)));

/** A copy of a journal folder as a crash at this moment would leave it. */
export async function crashCopy(dir: string, to: string): Promise<string> {
  await cp(dir, to, { recursive: true });
  await cp(defaultKeyFile(dir), defaultKeyFile(to));
  await rm(join(to, 'lock'), { force: true });
  return to;
}
