/** Settings of the journal: how much is gathered before it is brought to the disk. */
import { z } from 'zod';
import { bytes, count, milliseconds } from './units.ts';

export const journalSettingsSchema = z.strictObject({
  commitMs: milliseconds(1, 1_000)
    .default(10)
    .describe(
      'Entries start on their way to the disk this long after they were taken, at the latest. ' +
        'Longer means fewer, larger writes. Entries of class safety never wait.',
    ),
  blockEntryCountMax: count(1, 65_536)
    .default(256)
    .describe('As many entries are brought to the disk at once, without waiting for the time.'),
  blockBytesMax: bytes(1_024, 1_048_576)
    .default(65_536)
    .describe('As many bytes are brought to the disk at once, without waiting for the time.'),
});

/** Every setting of the journal, defaults filled in. */
export type JournalSettings = z.output<typeof journalSettingsSchema>;

/** What a user may write: everything is optional. */
export type JournalSettingsInput = z.input<typeof journalSettingsSchema>;
