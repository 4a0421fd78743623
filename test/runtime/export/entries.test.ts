import { expect, it } from 'vitest';
import type { EventLog, LogBlock } from '../../../actors/ports.ts';
import { readEntries } from '../../../runtime/export/entries.ts';
import { GENESIS_HASH, sealBlock } from '../../../runtime/journal/chain.ts';
import { temporaryFolder } from '../journal/folders.ts';
import { all, linesOf, writtenJournal } from './written.ts';

it('tells of each entry that is read, before the filter, and of none behind its end', async () => {
  const dir = await writtenJournal(await temporaryFolder());
  const read: number[] = [];
  const options = {
    types: ['retry'],
    until: 3,
    onEntry: ({ seq }: { seq: number }) => read.push(seq),
  };
  expect((await all(readEntries(dir, options))).map(({ seq }) => seq)).toEqual([3]);
  expect(read).toEqual([1, 2, 3]);
});

/** Makes blocks while they are read, and counts them: nobody could hold them all. */
function endlessLog() {
  let made = 0;
  const log = {
    async *read(): AsyncIterable<LogBlock> {
      let hash = GENESIS_HASH;
      for (;;) {
        made += 1;
        const numbers = { block: made, first: made, last: made, epoch: 1 };
        const block = sealBlock(hash, linesOf(made, {}), numbers);
        hash = block.hash;
        yield block;
      }
    },
  };
  return { log: log as Partial<EventLog> as EventLog, made: () => made };
}

it('reads no further than whoever takes the entries', async () => {
  const { log, made } = endlessLog();
  let taken = 0;
  for await (const { seq } of readEntries(log)) {
    taken += 1;
    expect([seq, made()]).toEqual([taken, taken]);
    if (taken === 20_000) break;
  }
});

it('ends at the last entry that can pass, by seq or by time', async () => {
  const bySeq = endlessLog();
  expect(await all(readEntries(bySeq.log, { from: 3, until: 5 }))).toHaveLength(3);
  expect(bySeq.made()).toBe(6);
  const byTime = endlessLog();
  expect(await all(readEntries(byTime.log, { beforeMs: 4_000 }))).toHaveLength(3);
  expect(byTime.made()).toBe(4);
});
