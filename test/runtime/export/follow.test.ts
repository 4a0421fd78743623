import { expect, it } from 'vitest';
import { followJournal, readFrom } from '../../../runtime/export/follow.ts';
import { isInput } from '../../../runtime/journal/format.ts';
import type { ReadLine } from '../../../runtime/journal/read.ts';
import { temporaryFolder } from '../journal/folders.ts';
import { all, openJournal, richEntries, writtenJournal } from './written.ts';

const seqsOf = (lines: readonly ReadLine[]) => lines.filter(isInput).map(({ seq }) => seq);

it('reads the entries behind a seq', async () => {
  const dir = await writtenJournal(await temporaryFolder());
  expect(seqsOf(await all(readFrom(dir)))).toEqual([1, 2, 3, 4, 5]);
  expect(seqsOf(await all(readFrom(dir, { afterSeq: 3 })))).toEqual([4, 5]);
  expect(await all(readFrom(dir, { afterSeq: 5 }))).toEqual([]);
});

it('gives each entry once, those that are committed later too, until the signal', async () => {
  const dir = await temporaryFolder();
  const journal = await openJournal(dir);
  await journal.add(richEntries);
  const stop = new AbortController();
  const found: number[] = [];
  for await (const line of followJournal(dir, { afterSeq: 2, pollMs: 1, signal: stop.signal })) {
    if (!isInput(line)) continue;
    found.push(line.seq);
    if (line.seq === 5 || line.seq === 10) await journal.add(richEntries);
    if (line.seq === 15) stop.abort();
  }
  expect(found).toEqual(Array.from({ length: 13 }, (_, index) => index + 3));
});
