import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { JournalUnavailableError } from '../../../actors/errors.ts';
import type { AppendOutcome, EventLog, LogBlock } from '../../../actors/ports.ts';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import { Journal, type JournalOptions } from '../../../runtime/journal/journal.ts';
import { memoryJournal, memoryLog } from '../../../runtime/journal/memory-log.ts';
import { readJournal } from '../../../runtime/journal/read.ts';
import { entryLines, header, temporaryFolder } from './folders.ts';

/** A log in memory whose appends wait until they are let through, or answer something else. */
function gatedLog() {
  const inner = memoryLog();
  const asked: { block: LogBlock; answer: (outcome?: AppendOutcome) => void }[] = [];
  const log: EventLog = {
    open: () => inner.open(),
    read: (from) => inner.read(from),
    head: () => inner.head(),
    subscribe: (onBlock) => inner.subscribe(onBlock),
    close: () => inner.close(),
    append: (block, expected) =>
      new Promise((resolve) => {
        const answer = (outcome?: AppendOutcome) =>
          outcome === undefined
            ? void inner.append(block, expected).then(resolve)
            : resolve(outcome);
        asked.push({ block, answer });
      }),
  };
  return { log, asked };
}

async function begun(log: EventLog, options?: JournalOptions): Promise<Journal> {
  const journal = new Journal(log, options);
  await journal.open();
  journal.begin(header);
  return journal;
}

function appendEntries(journal: Journal, from: number, to: number): void {
  for (let seq = from; seq <= to; seq += 1) journal.append(entryLines(seq), seq, false);
}

async function blocksOf(log: EventLog): Promise<LogBlock[]> {
  const blocks: LogBlock[] = [];
  for await (const block of log.read()) blocks.push(block);
  return blocks;
}

const seqs = (blocks: readonly LogBlock[]) => blocks.map((b) => [b.firstSeq, b.lastSeq]);

describe('group commit', () => {
  it('gathers what comes within the commit time into one block', async () => {
    const log = memoryLog();
    const journal = await begun(log, { commitMs: 20 });
    appendEntries(journal, 1, 5);
    expect(journal.durableSeq).toBe(0);
    expect(journal.backlogBytes).toBeGreaterThan(0);
    await expect.poll(() => journal.durableSeq).toBe(5);
    expect(journal.backlogBytes).toBe(0);
    expect(seqs(await blocksOf(log))).toEqual([[1, 5]]);
  });

  it('commits at once when the block holds enough entries', async () => {
    const { log, asked } = gatedLog();
    const journal = await begun(log, { commitMs: 1_000, blockEntryCountMax: 4 });
    appendEntries(journal, 1, 3);
    expect(asked).toHaveLength(0);
    appendEntries(journal, 4, 4);
    expect(asked).toHaveLength(1);
  });

  it('commits at once when the block holds enough bytes', async () => {
    const { log, asked } = gatedLog();
    const journal = await begun(log, { commitMs: 1_000, blockBytesMax: 1_024 });
    journal.append(entryLines(1, 'x'.repeat(500)), 1, false);
    expect(asked).toHaveLength(0);
    journal.append(entryLines(2, 'x'.repeat(500)), 2, false);
    expect(asked).toHaveLength(1);
  });

  it('counts bytes, not characters', async () => {
    const journal = await begun(memoryLog(), { commitMs: 1_000 });
    await journal.flush();
    journal.append('{"seq":1,"x":"✓"}\n', 1, false);
    expect(journal.backlogBytes).toBe(Buffer.byteLength('{"seq":1,"x":"✓"}\n'));
  });

  it('commits an entry of class safety at once, with all that was before it', async () => {
    const { log, asked } = gatedLog();
    const journal = await begun(log, { commitMs: 1_000 });
    appendEntries(journal, 1, 2);
    journal.append(entryLines(3), 3, true);
    expect(seqs(asked.map(({ block }) => block))).toEqual([[1, 3]]);
  });

  it('has one commit under way, and puts what comes meanwhile into the next block', async () => {
    const { log, asked } = gatedLog();
    const journal = await begun(log, { commitMs: 1, blockEntryCountMax: 2 });
    appendEntries(journal, 1, 2);
    appendEntries(journal, 3, 50);
    journal.append(entryLines(51), 51, true);
    await sleep(20);
    expect(asked).toHaveLength(1);
    asked[0]!.answer();
    await expect.poll(() => asked.length).toBe(2);
    expect(journal.durableSeq).toBe(2);
    expect(seqs([asked[1]!.block])).toEqual([[3, 51]]);
    asked[1]!.answer();
    await expect.poll(() => journal.durableSeq).toBe(51);
    expect(asked).toHaveLength(2);
  });

  it('waits the commit time again for what came during a commit and is not urgent', async () => {
    const { log, asked } = gatedLog();
    const journal = await begun(log, { commitMs: 50 });
    journal.append(entryLines(1), 1, true);
    appendEntries(journal, 2, 2);
    asked[0]!.answer();
    await expect.poll(() => journal.durableSeq).toBe(1);
    expect(asked).toHaveLength(1);
    await expect.poll(() => asked.length).toBe(2);
  });

  it('keeps blocks within bounds while the log is slow', async () => {
    const { log, asked } = gatedLog();
    const journal = await begun(log, { blockBytesMax: 1_024 });
    journal.append(entryLines(1), 1, true);
    for (let seq = 2; seq <= 101; seq += 1) {
      journal.append(entryLines(seq, 'x'.repeat(1_000)), seq, false);
    }
    const flushed = journal.flush();
    for (let block = 0; journal.durableSeq < 101; block += 1) {
      await expect.poll(() => asked.length).toBe(block + 1);
      expect(asked[block]!.block.text.length).toBeLessThan(18_000);
      asked[block]!.answer();
      await sleep(1);
    }
    await flushed;
    expect(asked.length).toBeGreaterThan(5);
  });

  it('writes lines that belong to no new entry into blocks without entries', async () => {
    const log = memoryLog();
    const journal = await begun(log);
    await journal.flush();
    appendEntries(journal, 1, 2);
    await journal.flush();
    journal.append('{"snapshot":2}\n', 2, false);
    await journal.flush();
    expect(seqs(await blocksOf(log))).toEqual([
      [0, 0],
      [1, 2],
      [2, 2],
    ]);
  });
});

describe('flush and close', () => {
  it('flush resolves at once when nothing waits', async () => {
    const journal = memoryJournal();
    await journal.open();
    await journal.flush();
  });

  it('flush resolves when everything before it is durable, and not earlier', async () => {
    const { log, asked } = gatedLog();
    const journal = await begun(log, { commitMs: 1_000 });
    journal.append(entryLines(1), 1, true);
    appendEntries(journal, 2, 2);
    let isFlushed = false;
    const flushed = journal.flush().then(() => {
      isFlushed = true;
    });
    asked[0]!.answer();
    await expect.poll(() => asked.length).toBe(2);
    await sleep(5);
    expect(isFlushed).toBe(false);
    asked[1]!.answer();
    await flushed;
    expect(journal.durableSeq).toBe(2);
  });

  it('flush does not wait for what was appended after it', async () => {
    const { log, asked } = gatedLog();
    const journal = await begun(log, { commitMs: 1_000 });
    appendEntries(journal, 1, 1);
    const flushed = journal.flush();
    appendEntries(journal, 2, 2);
    asked[0]!.answer();
    await flushed;
    expect(journal.durableSeq).toBe(1);
  });

  it('close brings everything to the log and gives it up, any number of times', async () => {
    const log = memoryLog();
    const journal = await begun(log);
    appendEntries(journal, 1, 3);
    await Promise.all([journal.close(), journal.close()]);
    await journal.close();
    expect(journal.durableSeq).toBe(3);
    expect(() => appendEntries(journal, 4, 4)).toThrow(/The journal is closed/);
    const next = new Journal(log);
    expect(await next.open()).toMatchObject({ header, head: { lastSeq: 3, epoch: 2 } });
  });

  it('close is harmless before open', async () => {
    await memoryJournal().close();
  });

  it('leaves no timer behind once idle', async () => {
    const timers = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const journal = await begun(memoryLog(), { commitMs: 1_000 });
    const before = timers();
    appendEntries(journal, 1, 1);
    await journal.flush();
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

describe('after a failed commit', () => {
  const diskFull = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });

  it.each<[AppendOutcome, RegExp]>([
    [{ kind: 'unavailable', cause: diskFull }, /no space is left.*ENOSPC.*Free some space/],
    [{ kind: 'unknownOutcome', cause: new Error('boom') }, /boom/],
    [{ kind: 'fenced', epoch: 9 }, /newer writer \(epoch 9\)/],
    [
      { kind: 'conflict', head: { version: 5, lastSeq: 9, hash: '', epoch: 1 } },
      /written by somebody else: it should end at block 1/,
    ],
  ])('acknowledges nothing more: %o', async (outcome, words) => {
    const { log, asked } = gatedLog();
    const failures: Error[] = [];
    const journal = await begun(log, { onFailure: (error) => failures.push(error) });
    appendEntries(journal, 1, 1);
    const first = journal.flush();
    asked[0]!.answer();
    await first;
    appendEntries(journal, 2, 2);
    const flushed = journal.flush();
    appendEntries(journal, 3, 3);
    const later = journal.flush();
    await expect.poll(() => asked.length).toBe(2);
    asked[1]!.answer(outcome);
    await expect(flushed).rejects.toThrow(words);
    await expect(later).rejects.toThrow(JournalUnavailableError);
    await expect(journal.flush()).rejects.toThrow(/Entries up to seq 1 are safe/);
    expect(() => appendEntries(journal, 4, 4)).toThrow(words);
    expect(failures).toEqual([journal.failed]);
    expect(asked).toHaveLength(2);
    expect(journal.durableSeq).toBe(1);
    expect(journal.backlogBytes).toBeGreaterThan(0);
    await expect(journal.close()).rejects.toThrow(words);
  });

  it('names the disk when a real one refuses', async () => {
    const dir = await temporaryFolder();
    await mkdir(join(dir, 'head.json'), { recursive: true });
    const opening = new Journal(fileLog(dir)).open();
    await expect(opening).rejects.toThrow(/cannot be (opened|read): .*\(EISDIR\)/);
  });
});

describe('reading', () => {
  it('gives the header and the lines of the entries back', async () => {
    const journal = memoryJournal();
    await journal.open();
    journal.begin(header);
    appendEntries(journal, 1, 2);
    await journal.flush();
    const lines: unknown[] = [];
    for await (const line of readJournal(journal.log)) lines.push(line);
    const parsed = (entryLines(1) + entryLines(2)).trimEnd().split('\n');
    expect(lines).toEqual([header, ...parsed.map((text) => JSON.parse(text))]);
  });

  it('checks the chain of any log', async () => {
    const log = memoryLog();
    const journal = await begun(log);
    appendEntries(journal, 1, 2);
    await journal.flush();
    const changed: EventLog = {
      ...log,
      async *read() {
        for await (const b of log.read()) yield { ...b, text: b.text.replace('"x"', '"y"') };
      },
    };
    await expect(readJournal(changed).next()).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });
});

describe('when misused', () => {
  it('refuses lines that would break the journal', async () => {
    const journal = await begun(memoryLog());
    expect(() => journal.append('{"seq":1}', 1, false)).toThrow(TypeError);
    expect(() => journal.append('{"block":1}\n', 1, false)).toThrow(TypeError);
    expect(() => journal.append('{"seq":1}\n{"block":1}\n', 1, false)).toThrow(TypeError);
    expect(() => journal.append('{"seq":2}\n', 2, false)).toThrow(/must be the same or one more/);
    appendEntries(journal, 1, 1);
    expect(() => journal.append('{"seq":0}\n', 0, false)).toThrow(RangeError);
  });

  it('refuses a second header, entries before the header, and use before open', async () => {
    const journal = memoryJournal();
    expect(() => journal.append('{"seq":1}\n', 1, false)).toThrow(/not open yet/);
    await journal.open();
    expect(() => journal.append('{"seq":1}\n', 1, false)).toThrow(/call begin first/);
    journal.begin(header);
    expect(() => journal.begin(header)).toThrow(/has its header already/);
    await expect(journal.open()).rejects.toThrow(TypeError);
  });

  it('refuses settings that are not allowed', () => {
    expect(() => memoryJournal({ commitMs: 0 })).toThrow(/commitMs/);
  });
});
