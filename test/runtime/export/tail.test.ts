import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type TailOptions, tailJournal } from '../../../runtime/export/tail.ts';
import { readSegment, segmentName, temporaryFolder } from '../journal/folders.ts';
import { all, type Given, openJournal, richEntries, writtenJournal } from './written.ts';

const seqs = async (dir: string, options?: TailOptions) =>
  (await all(tailJournal(dir, options))).map(({ seq }) => seq);

it('gives the last ones that pass, in order, ten unless told otherwise', async () => {
  const many: Given[] = Array.from({ length: 25 }, () => ({}));
  const dir = await writtenJournal(await temporaryFolder(), [...richEntries, ...many]);
  expect(await seqs(dir)).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
  expect(await seqs(dir, { count: 3 })).toEqual([28, 29, 30]);
  expect(await seqs(dir, { count: 2, actor: '/a/b' })).toEqual([2, 3]);
  expect(await seqs(dir, { count: 2, until: 4 })).toEqual([3, 4]);
  expect(await seqs(dir, { count: 99 })).toHaveLength(30);
  expect(await seqs(dir, { count: 0 })).toEqual([]);
});

it('follows: each entry that passes once, in order, as it is committed', async () => {
  const dir = await temporaryFolder();
  const journal = await openJournal(dir);
  await journal.add(richEntries);
  const stop = new AbortController();
  const found: number[] = [];
  let caughtUp = 0;
  const options: TailOptions = {
    count: 2,
    follow: true,
    pollMs: 1,
    signal: stop.signal,
    kinds: ['event', 'timer'],
    onCaughtUp: () => {
      caughtUp += 1;
      void journal.add(richEntries);
    },
  };
  for await (const { seq } of tailJournal(dir, options)) {
    found.push(seq);
    if (seq === 9) await journal.add(richEntries);
    if (seq === 14) stop.abort();
  }
  expect([found, caughtUp]).toEqual([[3, 4, 7, 8, 9, 12, 13, 14], 1]);
});

it('ends by itself once no later entry can pass', async () => {
  const dir = await temporaryFolder();
  const journal = await openJournal(dir);
  await journal.add(richEntries);
  expect(await seqs(dir, { follow: true, until: 5 })).toEqual([1, 2, 3, 4, 5]);
  const onCaughtUp = () => void journal.add(richEntries);
  expect(await seqs(dir, { follow: true, pollMs: 1, count: 1, until: 7, onCaughtUp })).toEqual([
    5, 6, 7,
  ]);
});

it('waits for a journal that is not there yet, when it follows', async () => {
  const dir = await temporaryFolder();
  const stop = new AbortController();
  let absent = 0;
  const onAbsent = () => {
    absent += 1;
    void openJournal(dir).then((journal) => journal.add(richEntries.slice(0, 1)));
  };
  const tail = tailJournal(dir, { follow: true, pollMs: 1, signal: stop.signal, onAbsent });
  const found: number[] = [];
  for await (const { seq } of tail) {
    found.push(seq);
    stop.abort();
  }
  expect([found, absent]).toEqual([[1], 1]);
});

it('ends in peace when it is told to while it waits', async () => {
  const stop = new AbortController();
  const options = {
    follow: true,
    pollMs: 60_000,
    signal: stop.signal,
    onAbsent: () => stop.abort(),
  };
  expect(await seqs(await temporaryFolder(), options)).toEqual([]);
});

it('gives the last ones before a damage, then its error', async () => {
  const dir = await temporaryFolder();
  const journal = await openJournal(dir);
  await journal.add(richEntries.slice(0, 4));
  const { length } = await readSegment(dir);
  await journal.add(richEntries);
  await journal.close();
  await truncate(join(dir, segmentName), length);
  const found: number[] = [];
  const reading = (async () => {
    for await (const { seq } of tailJournal(dir, { count: 2 })) found.push(seq);
  })();
  await expect(reading).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  expect(found).toEqual([3, 4]);
});

it('refuses a count that is none, and a folder without a journal', async () => {
  const dir = await temporaryFolder();
  await expect(seqs(dir, { count: -1 })).rejects.toThrow('a whole number from 0, got -1');
  await expect(seqs(dir, { count: 1.5 })).rejects.toThrow(RangeError);
  await expect(seqs(dir)).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
});
