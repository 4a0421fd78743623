import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readEntries } from '../../../runtime/export/entries.ts';
import { exportJournal } from '../../../runtime/export/export.ts';
import { memoryLog } from '../../../runtime/journal/memory-log.ts';
import { readSegment, segmentName, temporaryFolder } from '../journal/folders.ts';
import { all, openJournal, richEntries, writtenJournal } from './written.ts';

it('writes an entry a line as JSON', async () => {
  const dir = await writtenJournal(await temporaryFolder());
  const rows = await all(exportJournal(dir));
  expect(rows.every((row) => row.indexOf('\n') === row.length - 1)).toBe(true);
  expect(rows.map((row) => JSON.parse(row))).toEqual(await all(readEntries(dir)));
});

it('writes the header row alone when nothing passes, and nothing as NDJSON', async () => {
  const dir = await writtenJournal(await temporaryFolder());
  const rows = await all(exportJournal(dir, { format: 'csv', types: ['NEVER'] }));
  expect(rows).toEqual([expect.stringMatching(/^seq,at,atMs,.*\r\n$/)]);
  expect(await all(exportJournal(dir, { types: ['NEVER'] }))).toEqual([]);
});

it('gives the rows before a damage, then its error', async () => {
  const dir = await temporaryFolder();
  const journal = await openJournal(dir);
  await journal.add(richEntries.slice(0, 3));
  const { length } = await readSegment(dir);
  await journal.add(richEntries.slice(3));
  await journal.close();
  await truncate(join(dir, segmentName), length);
  const rows: string[] = [];
  const reading = (async () => {
    for await (const row of exportJournal(dir)) rows.push(row);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  expect(rows).toHaveLength(3);
});

it('refuses a folder without a journal and a format that it does not know', async () => {
  const dir = await temporaryFolder();
  await expect(all(exportJournal(dir))).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
  const format = 'xml' as 'csv';
  await expect(all(exportJournal(dir, { format }))).rejects.toThrow("'ndjson' or 'csv', got 'xml'");
});

it('reads a log as well as a folder', async () => {
  expect(await all(exportJournal(memoryLog()))).toEqual([]);
});
