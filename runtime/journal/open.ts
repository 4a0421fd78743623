/** Journals on disk as a runtime opens them, and the header of one without becoming its writer. */
import { existsSync } from 'node:fs';
import type { JournalSettings } from '../../config/journal.ts';
import { type FileLogOptions, fileLog } from './file-log.ts';
import type { HeaderLine } from './format.ts';
import { findHeader, Journal } from './journal.ts';

/** A journal in a folder; the folder is made when it is missing. */
export function fileJournal(
  dir: string,
  settings: Partial<JournalSettings> = {},
  options: FileLogOptions = {},
): Journal {
  const { segmentBytesMax, segmentAgeMaxMs, signingKeyFile } = settings;
  const log = fileLog(dir, { segmentBytesMax, segmentAgeMaxMs, signingKeyFile, ...options });
  return new Journal(log, settings);
}

/** First header of a journal; undefined when nothing was written yet. */
export async function headerOf(source: string | Journal): Promise<HeaderLine | undefined> {
  if (typeof source === 'string' && !existsSync(source)) return undefined;
  return findHeader(typeof source === 'string' ? fileLog(source) : source.log);
}
