import { expect, it } from 'vitest';
import { csvHeader, csvRow } from '../../../runtime/export/csv.ts';
import { readEntries } from '../../../runtime/export/entries.ts';
import { exportJournal } from '../../../runtime/export/export.ts';
import { temporaryFolder } from '../journal/folders.ts';
import { all, writtenJournal } from './written.ts';

/** A reader of RFC 4180 that takes nothing else. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  let row: string[] = [];
  while (field.lastIndex < text.length) {
    const found = field.exec(text);
    if (!found) throw new SyntaxError(`No CSV behind ${rows.length} rows.`);
    row.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
    if (found[3] === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

it('writes what a reader of RFC 4180 gives back, empty cells for what did not happen', async () => {
  const dir = await writtenJournal(await temporaryFolder());
  const [names = [], ...rows] = parseCsv(
    (await all(exportJournal(dir, { format: 'csv' }))).join(''),
  );
  const entries = await all(readEntries(dir));
  expect(names).toEqual(Object.keys(entries[0]!));
  expect(rows).toHaveLength(entries.length);
  for (const [index, entry] of entries.entries()) {
    const row = Object.fromEntries(names.map((name, column) => [name, rows[index]![column]!]));
    expect([row.seq, row.atMs, row.at]).toEqual([String(entry.seq), String(entry.atMs), entry.at]);
    expect(JSON.parse(row.event!)).toEqual(entry.event);
    expect(row.cause).toBe(entry.cause === null ? '' : String(entry.cause));
    for (const name of [
      'changed',
      'down',
      'facts',
      'effects',
      'dead',
      'timers',
      'threw',
    ] as const) {
      const isEmpty = Object.keys(entry[name]).length === 0;
      expect(row[name], `${name} of ${entry.seq}`).toBe(isEmpty ? '' : JSON.stringify(entry[name]));
    }
  }
  expect(rows[1]![names.indexOf('event')]).toContain('süß, \\"quoted\\"\\n');
});

it('keeps names from being formulas, and leaves all others as they are', async () => {
  const dir = await writtenJournal(await temporaryFolder());
  const [entry] = await all(readEntries(dir));
  const typeOf = (type: string) => parseCsv(csvHeader + csvRow({ ...entry!, type }))[1]![5];
  for (const type of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1']) {
    expect(typeOf(type)).toBe(`'${type}`);
  }
  for (const type of ['GO', 'a=b', "'x", '', 'a\n=b', ' =1']) expect(typeOf(type)).toBe(type);
});
