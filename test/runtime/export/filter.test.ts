import { describe, expect, it } from 'vitest';
import { readEntries } from '../../../runtime/export/entries.ts';
import type { EntryFilter } from '../../../runtime/export/filter.ts';
import { temporaryFolder } from '../journal/folders.ts';
import { all, writtenJournal } from './written.ts';

const seqs = async (dir: string, filter: EntryFilter) =>
  (await all(readEntries(dir, filter))).map(({ seq }) => seq);

describe('a filter of entries', () => {
  it.each<[EntryFilter, number[]]>([
    [{}, [1, 2, 3, 4, 5]],
    // Went to it; changed it; ended it; told a fact of it.
    [{ actor: '/a' }, [1]],
    [{ actor: '/a/b' }, [2, 3]],
    [{ actor: '/a/*' }, [1, 2, 3]],
    [{ actor: '/ab' }, [4]],
    [{ actor: '/x' }, [2]],
    [{ actor: '/gone' }, [4]],
    [{ actor: '/t' }, [5]],
    [{ actor: '/*' }, [1, 2, 3, 4, 5]],
    [{ actor: '/a/' }, []],
    [{ types: ['ISOLATE'] }, [2]],
    [{ types: ['breaker.opened', 'retry'] }, [2, 3]],
    [{ types: [] }, []],
    [{ kinds: ['command', 'timer'] }, [1, 3]],
    [{ from: 2, until: 4 }, [2, 3, 4]],
    [{ from: 9 }, []],
    [{ sinceMs: 2_000, beforeMs: 4_000 }, [2, 3]],
    [{ actor: '/a/*', kinds: ['event'], from: 1, sinceMs: 0 }, [2]],
  ])('%j passes %j', async (filter, expected) => {
    expect(await seqs(await writtenJournal(await temporaryFolder()), filter)).toEqual(expected);
  });

  it.each<[EntryFilter, string]>([
    [{ from: 0 }, "'from' must be a seq, a whole number from 1, got 0"],
    [{ until: 1.5 }, "'until'"],
    [{ sinceMs: Number.NaN }, "'sinceMs' must be a time in milliseconds, got NaN"],
    [{ beforeMs: Number.POSITIVE_INFINITY }, "'beforeMs'"],
    [{ kinds: ['evnt' as 'event'] }, "got 'evnt'"],
  ])('%j makes no sense', async (filter, words) => {
    const dir = await writtenJournal(await temporaryFolder());
    await expect(seqs(dir, filter)).rejects.toThrow(RangeError);
    await expect(seqs(dir, filter)).rejects.toThrow(words);
  });
});
