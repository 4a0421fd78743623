/** Journals on disk as a runtime opens them, and the header of one without becoming its writer. */
import { existsSync } from 'node:fs';
import type { JournalSettings } from '../../config/journal.ts';
import { type FileLogOptions, fileLog } from './file-log.ts';
import { type HeaderLine, isHeader, type JournalLine } from './format.ts';
import { Journal } from './journal.ts';

/** A journal in a folder; the folder is made when it is missing. */
export const fileJournal = (
  dir: string,
  settings: Partial<JournalSettings> = {},
  options: FileLogOptions = {},
): Journal => new Journal(fileLog(dir, options), settings);

/** First header of a journal; undefined when nothing was written yet. */
export async function headerOf(source: string | Journal): Promise<HeaderLine | undefined> {
  if (typeof source === 'string' && !existsSync(source)) return undefined;
  const log = typeof source === 'string' ? fileLog(source) : source.log;
  for await (const { text } of log.read()) {
    const line = JSON.parse(text.slice(0, text.indexOf('\n'))) as JournalLine;
    return isHeader(line) ? line : undefined;
  }
  return undefined;
}
