/** A journal as text that other programs read. */
import type { EventLog } from '../../actors/ports.ts';
import { csvHeader, csvRow } from './csv.ts';
import { type EntryOptions, readEntries } from './entries.ts';
import type { JournalEntry } from './entry.ts';

export type ExportFormat = 'ndjson' | 'csv';

export interface ExportOptions extends EntryOptions {
  /** Default `ndjson`. */
  readonly format?: ExportFormat;
}

interface Spelling {
  readonly head: string;
  readonly row: (entry: JournalEntry) => string;
}

const spellings: { readonly [format in ExportFormat]: Spelling } = {
  ndjson: { head: '', row: (entry) => `${JSON.stringify(entry)}\n` },
  csv: { head: csvHeader, row: csvRow },
};

/**
 * The entries that pass the filter, a row at a time, each with its line end; CSV begins with a
 * header row. Nothing is read ahead of whoever takes the rows, and memory does not grow with the
 * journal: `pipeline(Readable.from(exportJournal(dir)), file)`.
 *
 * @throws {RangeError} when format or filter make no sense.
 * @throws {JournalCorruptError} behind the last entry that can be trusted.
 * @throws {JournalUnavailableError} when the folder holds no journal or cannot be read.
 */
export async function* exportJournal(
  source: string | EventLog,
  options: ExportOptions = {},
): AsyncGenerator<string, void> {
  const { format = 'ndjson' } = options;
  const spelling = spellings[format];
  if (!spelling) throw new RangeError(`Format must be 'ndjson' or 'csv', got '${format}'.`);
  if (spelling.head !== '') yield spelling.head;
  for await (const entry of readEntries(source, options)) yield spelling.row(entry);
}
