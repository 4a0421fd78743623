import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JournalUnavailableError } from '../../../actors/errors.ts';
import { type FollowOptions, followJournal } from '../../../runtime/journal/follow.ts';
import type { Journal } from '../../../runtime/journal/journal.ts';
import { fileJournal } from '../../../runtime/journal/open.ts';
import { type ReadLine, readJournal } from '../../../runtime/journal/read.ts';
import { addBlocks, header, segmentName, temporaryFolder } from './folders.ts';

async function begun(dir: string): Promise<Journal> {
  const journal = fileJournal(dir, { segmentBytesMax: 4_096 });
  const { header: found } = await journal.open();
  if (found === undefined) journal.begin(header);
  await journal.flush();
  return journal;
}

/** Follows a folder until the test is over; `lines` grows. */
function following(dir: string, options: FollowOptions = {}) {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const lines: ReadLine[] = [];
  const ended = (async () => {
    const all = followJournal(dir, { pollMs: 1, signal: abort.signal, ...options });
    for await (const line of all) lines.push(line);
  })();
  return { lines, ended, abort };
}

async function read(dir: string, afterSeq?: number): Promise<ReadLine[]> {
  const lines: ReadLine[] = [];
  for await (const line of readJournal(dir, { afterSeq })) lines.push(line);
  return lines;
}

describe('following', () => {
  it('gives each line once, over segments, starts and writers, until it is ended', async () => {
    const dir = join(await temporaryFolder(), 'journal');
    let journal = await begun(dir);
    await addBlocks(journal, 0, 3);
    const { lines, ended, abort } = following(dir);
    await expect.poll(() => lines.length).toBe(1 + 9 * 2);
    for (let seq = 9; seq < 90; seq += 9) {
      await addBlocks(journal, seq, 3);
      if (seq % 27 !== 0) continue;
      await journal.close();
      journal = await begun(dir);
    }
    await expect.poll(() => lines.length).toBe(1 + 90 * 2);
    await journal.close();
    abort.abort();
    await ended;
    expect(lines).toEqual(await read(dir));
  });

  it('begins behind an entry', async () => {
    const dir = join(await temporaryFolder(), 'journal');
    const journal = await begun(dir);
    await addBlocks(journal, 0, 15);
    const { lines } = following(dir, { afterSeq: 40 });
    await addBlocks(journal, 45, 1);
    await expect.poll(() => lines.length).toBe(8 * 2);
    expect(lines[0]).toMatchObject({ seq: 41 });
    await journal.close();
  });

  it('yields nothing that the head does not name', async () => {
    const dir = join(await temporaryFolder(), 'journal');
    const journal = await begun(dir);
    await addBlocks(journal, 0, 1);
    const head = await readFile(join(dir, 'head.json'));
    await addBlocks(journal, 3, 1);
    await journal.close();
    await writeFile(join(dir, 'head.json'), head);
    await appendFile(join(dir, segmentName), '{"seq":7');
    const { lines, ended, abort } = following(dir);
    await expect.poll(() => lines.length).toBe(1 + 3 * 2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(lines).toHaveLength(1 + 3 * 2);
    abort.abort();
    await ended;
  });

  it('fails where there is no journal, and where it is damaged', async () => {
    const dir = join(await temporaryFolder(), 'journal');
    await expect(followJournal(dir).next()).rejects.toThrow(JournalUnavailableError);
    const journal = await begun(dir);
    await addBlocks(journal, 0, 1);
    await journal.close();
    const path = join(dir, segmentName);
    await writeFile(path, (await readFile(path, 'utf8')).replace('"seq":2', '"seq":9'));
    await expect(following(dir).ended).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });
});

describe('reading behind an entry', () => {
  it('gives the tail, from a folder and from a log', async () => {
    const dir = join(await temporaryFolder(), 'journal');
    const journal = await begun(dir);
    await addBlocks(journal, 0, 10);
    journal.append('{"format":1,"snapshot":30,"hash":"00","bytes":1}\n', 30, false);
    await addBlocks(journal, 30, 2);
    const whole = await read(dir);
    expect(whole).toHaveLength(1 + 36 * 2);
    expect(whole[0]).toEqual(header);
    for (let afterSeq = 0; afterSeq <= 37; afterSeq += 1) {
      const tail = whole.slice(1 + afterSeq * 2);
      expect(await read(dir, afterSeq)).toEqual(tail);
      const fromLog: ReadLine[] = [];
      for await (const line of readJournal(journal.log, { afterSeq })) fromLog.push(line);
      expect(fromLog).toEqual(tail);
    }
    await journal.close();
  });
});
