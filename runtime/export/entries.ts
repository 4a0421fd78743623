/** Streams the entries of a journal that somebody wants to see. */
import type { EventLog } from '../../actors/ports.ts';
import { readJournal } from '../journal/read.ts';
import { type JournalEntry, joinTurns } from './entry.ts';
import { type EntryFilter, entryFilter } from './filter.ts';

export interface EntryOptions extends EntryFilter {
  /** Told of each entry that is read, before the filter, in order. */
  readonly onEntry?: (entry: JournalEntry) => void;
}

/**
 * The entries of a journal that pass the filter, in order, streamed: memory does not grow with the
 * journal. Reading ends at the last entry that can pass.
 *
 * @param source folder of a journal, or a log.
 * @throws {RangeError} when the filter makes no sense.
 * @throws {JournalCorruptError} behind the last entry that can be trusted.
 * @throws {JournalUnavailableError} when the folder holds no journal or cannot be read.
 */
export async function* readEntries(
  source: string | EventLog,
  options: EntryOptions = {},
): AsyncGenerator<JournalEntry, void> {
  const { passes, isPast } = entryFilter(options);
  const afterSeq = (options.from ?? 1) - 1;
  for await (const entry of joinTurns(readJournal(source, { afterSeq }))) {
    if (isPast(entry)) return;
    options.onEntry?.(entry);
    if (passes(entry)) yield entry;
  }
}
