import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Bar } from '../../../machines/paper/bar.ts';
import { type FeedOptions, openFeed } from '../../../runtime/paper/feed.ts';
import { parseTimestamp } from '../../../runtime/paper/timestamp.ts';
import { needsRecordedData, recordedData } from '../../support/needs.ts';

const header = 'timestamp,open,high,low,close,volume';
const dir = mkdtempSync(join(tmpdir(), 'feed-'));
afterAll(() => rmSync(dir, { recursive: true }));

async function* pieces(bytes: Uint8Array, size: number) {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function read(text: string | Uint8Array, options: FeedOptions = {}, size = 7) {
  const input = pieces(Buffer.from(text), size);
  const feed = openFeed('-', { input, ...options });
  const bars: Bar[] = [];
  for await (const bar of feed) bars.push(bar);
  return { ...feed.stats, count: feed.stats.bars, bars };
}

/** What one line after a good one is called bad for; undefined when it is good. */
async function reasonOf(line: string) {
  const { badLines } = await read(`${header}\n2022-01-01T00:00:00Z,10,12,9,11,5\n${line}\n`);
  return badLines[0]?.reason;
}

describe('timestamps', () => {
  const noon = Date.UTC(2022, 0, 31, 12, 0, 0);
  it.each([
    ['2022-01-31 12:00:00', noon],
    ['2022-01-31T12:00:00', noon],
    ['2022-01-31 12:00:00.000000', noon],
    ['2022-01-31T12:00:00Z', noon],
    ['2022-01-31T12:00:00.25Z', noon + 250],
    ['2022-01-31T12:00:00.123999', noon + 123],
    ['2022-01-31T13:00:00+01:00', noon],
    ['2022-01-31T06:30:00-0530', noon],
    ['2022-01-31T14:00+02', noon],
    ['2022-01-31', noon - 43_200_000],
    ['1643630400', noon],
    ['1643630400.5', noon + 500],
    ['1643630400000', noon],
    ['2024-02-29 00:00:00', Date.UTC(2024, 1, 29)],
  ])('reads %s', (text, at) => {
    expect(parseTimestamp(text)).toBe(at);
  });

  it.each([
    '',
    'now',
    '2022-13-01 00:00:00',
    '2022-02-29 00:00:00',
    '2022-00-10 00:00:00',
    '2022-01-31 24:00:00',
    '2022-01-31 12:60:00',
    '2022-01-31 12:00:00.',
    '2022-01-31 12:00:0x',
    '2022-01-31 12:00:00+25:00',
    '-1643630400',
    '1e9',
  ])('refuses %j', (text) => {
    expect(parseTimestamp(text)).toBeNaN();
  });

  it('reads back what Date writes', () => {
    const times = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(times, (time) => {
        expect(parseTimestamp(time.toISOString())).toBe(time.getTime());
        expect(parseTimestamp(String(time.getTime() + 1e12))).toBe(time.getTime() + 1e12);
      }),
    );
  });
});

describe('feed', () => {
  it('reads bars', async () => {
    const { bars } = await read(`${header}\n2022-01-01 00:00:00,10,12,9,11,5.5\n`);
    const at = Date.UTC(2022, 0, 1);
    expect(bars).toEqual([{ at, open: 10, high: 12, low: 9, close: 11, volume: 5.5 }]);
  });

  it('takes columns by name in any order, quoted fields, CRLF and a BOM', async () => {
    const text =
      '\uFEFFVolume, "close",low,note,High,open,timestamp\r\n\r\n' +
      '5,11,9,"a, ""b""",12, "10" ,"2022-01-01 00:00:00"\r\n' +
      '5,11,9,,12,10,2022-01-01 00:01:00';
    const { bars, barsSkipped, badLines } = await read(text);
    expect(badLines).toEqual([]);
    expect(bars).toHaveLength(2);
    expect(bars[0]).toMatchObject({ open: 10, high: 12, low: 9, close: 11, volume: 5 });
    expect(barsSkipped).toBe(0);
  });

  it.each([
    [undefined, '2022-01-01T00:01:00Z,10,12,9,11,5'],
    [undefined, '2022-01-01T00:01:00Z,10,10,10,10,0'],
    [undefined, '2022-01-01T00:01:00Z,1e1,12,9,+11,5'],
    ['timestamp "soon" is not understood', 'soon,10,12,9,11,5'],
    ['has 5 fields, the header has 6', '2022-01-01T00:01:00Z,10,12,9,11'],
    ['has 7 fields, the header has 6', '2022-01-01T00:01:00Z,10,12,9,11,5,6'],
    ['open "ten" is not a number', '2022-01-01T00:01:00Z,ten,12,9,11,5'],
    ['high "" is not a number', '2022-01-01T00:01:00Z,10,,9,11,5'],
    ['low "NaN" is not a number', '2022-01-01T00:01:00Z,10,12,NaN,11,5'],
    ['high "Infinity" is not a number', '2022-01-01T00:01:00Z,10,Infinity,9,11,5'],
    ['close "0x0b" is not a number', '2022-01-01T00:01:00Z,10,12,9,0x0b,5'],
    ['volume "" is not a number', '2022-01-01T00:01:00Z,10,12,9,11,'],
    ['numbers are too large', '2022-01-01T00:01:00Z,1e308,1e308,1e308,1e308,0'],
    ['a price is not above 0', '2022-01-01T00:01:00Z,10,12,0,11,5'],
    ['a price is not above 0', '2022-01-01T00:01:00Z,10,12,-9,11,5'],
    ['open or close is outside low to high', '2022-01-01T00:01:00Z,10,12,10.5,11,5'],
    ['open or close is outside low to high', '2022-01-01T00:01:00Z,10,10.5,9,11,5'],
    ['open or close is outside low to high', '2022-01-01T00:01:00Z,13,12,9,11,5'],
    ['open or close is outside low to high', '2022-01-01T00:01:00Z,10,12,9,8,5'],
    ['volume is below 0', '2022-01-01T00:01:00Z,10,12,9,11,-1'],
    ['timestamp is not later than that of the bar before', '2022-01-01T00:00:00Z,10,12,9,11,5'],
    ['timestamp is not later than that of the bar before', '2021-12-31T00:00:00Z,10,12,9,11,5'],
    ['a quote is not closed', '"2022-01-01T00:01:00Z,10,12,9,11,5'],
    ['is longer than 65536 characters', 'x'.repeat(70_000)],
  ])('says of a line, by example %#: %s', async (reason, line) => {
    expect(await reasonOf(line)).toBe(reason);
  });

  it('goes on after bad lines, counts all and keeps the first with their numbers', async () => {
    const rows = Array.from({ length: 50 }, (_, i) =>
      i % 2 ? `${1_640_995_200 + i},10,12,9,11,5` : 'bad',
    );
    const { count, barsSkipped, badLines } = await read(`${header}\n\n${rows.join('\n')}`, {
      badLineCountMax: 3,
    });
    expect({ count, barsSkipped }).toEqual({ count: 25, barsSkipped: 25 });
    expect(badLines.map(({ line }) => line)).toEqual([3, 5, 7]);
  });

  it('compares a timestamp with that of the last good line', async () => {
    const bad = '2030-01-01 00:00:00,ten,12,9,11,5';
    const good = (day: string) => `2022-01-${day} 00:00:00,10,12,9,11,5`;
    const { count } = await read([header, good('01'), bad, good('02')].join('\n'));
    expect(count).toBe(2);
  });

  it('leaves out what is not after the time to go on from', async () => {
    const rows = [1, 2, 3].map((i) => `${1_640_995_200 + i},10,12,9,11,5`).join('\n');
    const result = await read(`${header}\n${rows}`, { afterMs: 1_640_995_202_000 });
    expect(result).toMatchObject({ count: 1, barsBefore: 2, barsSkipped: 0 });
    const all = await read(`${header}\n${rows}`, { afterMs: 2e12 });
    expect(all).toMatchObject({ count: 0, barsBefore: 3 });
  });

  it.each([
    ['', 'Feed from standard input is empty: give it a header and bars.'],
    ['\n\n', 'Feed from standard input is empty: give it a header and bars.'],
    [
      `${header}\n`,
      'Feed from standard input has a header and no bars: give it at least one line.',
    ],
    [
      `${header}\nbad\n`,
      'Feed from standard input has no good line: 1 are bad, the first is line 2, which has 1 ' +
        'fields, the header has 6. Correct the file, or choose another.',
    ],
    [
      'time,open,high,low,close,volume\n',
      "Feed from standard input has no column 'timestamp': its first line is " +
        '"time,open,high,low,close,volume". Give it the header ' +
        `'${header}'; more columns and any order are fine.`,
    ],
    [
      `${header},open\n`,
      `Feed from standard input has 'open' twice: its first line is "${header},open". Give it ` +
        `the header '${header}'; more columns and any order are fine.`,
    ],
    ['x'.repeat(70_000), 'Feed from standard input is no text in lines: is it the right file?'],
  ])('refuses a feed as a whole, by example %#', async (text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      name: 'FeedError',
      code: 'FEED_INVALID',
      retryable: false,
      message,
    });
  });

  it('names a file that is not there, and what to do', async () => {
    const bars = openFeed('/nowhere/bars.csv')[Symbol.asyncIterator]();
    await expect(bars.next()).rejects.toMatchObject({
      code: 'FEED_INVALID',
      message:
        "Feed '/nowhere/bars.csv' cannot be read: there is no such file. " +
        'Check the path given with --feed.',
    });
    const folder = openFeed(dir)[Symbol.asyncIterator]();
    await expect(folder.next()).rejects.toThrow('it is a folder. Name a file with --feed.');
  });

  it('reads a file more than once, from its beginning', async () => {
    const path = join(dir, 'bars.csv');
    writeFileSync(path, `${header}\n1640995201,10,12,9,11,5\nbad\n`);
    const feed = openFeed(path);
    for (let i = 0; i < 2; i++) {
      for await (const bar of feed) expect(bar.close).toBe(11);
      expect(feed.stats).toMatchObject({ bars: 1, barsSkipped: 1 });
    }
  });

  it('finds a good line and every bad one, however the bytes arrive', async () => {
    const junk = fc.string({ unit: 'binary' }).filter((text) => !/[\n"]/.test(text));
    const isGood = fc.boolean();
    const lines = fc.array(fc.tuple(isGood, junk), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(lines, fc.integer({ min: 5, max: 50 }), async (all, size) => {
        const rows = all.map(([good, text], i) =>
          good ? `${1_640_995_200 + i},10,12,9,11,5` : `x${text}`,
        );
        const goodCount = all.filter(([good]) => good).length;
        const text = `${header}\n1640995000,1,1,1,1,1\n${rows.join('\n')}\n`;
        const result = await read(text, { badLineCountMax: 100 }, size);
        expect(result.count).toBe(goodCount + 1);
        const bad = all.flatMap(([good], i) => (good ? [] : [i + 3]));
        expect(result.badLines.map(({ line }) => line)).toEqual(bad);
      }),
    );
  });

  it('never fails in any other way than its own, whatever bytes it is given', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), async (junk, hasHeader) => {
        const text = hasHeader ? Buffer.concat([Buffer.from(`${header}\n`), junk]) : junk;
        await read(text).catch((error) => expect(error.code).toBe('FEED_INVALID'));
      }),
    );
  });
});

describe('recorded market', () => {
  needsRecordedData()('has 45,031 good bars', async () => {
    const feed = openFeed(join(recordedData ?? '', 'market/btc-perp-1m-2022-01.csv'));
    let first: Bar | undefined;
    for await (const bar of feed) first ??= bar;
    expect(feed.stats).toEqual({ bars: 45_031, barsBefore: 0, barsSkipped: 0, badLines: [] });
    expect(first?.at).toBe(Date.UTC(2021, 11, 31, 23, 1));
  });
});
