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
  segmentBytesMax: bytes(4_096, 1_073_741_824)
    .default(67_108_864)
    .describe('A segment file that has grown to this is closed, and the next one is begun.'),
  segmentAgeMaxMs: milliseconds(1_000, 31_622_400_000)
    .default(86_400_000)
    .describe('A segment file that is this old is closed at its next commit.'),
  signingKeyFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Private Ed25519 key (PEM) that signs the journal, made when it is missing. ' +
        "Default: beside the journal's folder, its name with `.key` behind it.",
    ),
  snapshotEveryCount: count(0, 1_000_000_000)
    .default(10_000)
    .describe(
      'Entries between two snapshots of the whole tree: a start replays what came after the last ' +
        'one. 0: never.',
    ),
  snapshotKeepCount: count(1, 1_000)
    .default(3)
    .describe('Snapshots that are kept: when the newest is damaged, an older one serves.'),
});

/** Every setting of the journal, defaults filled in. */
export type JournalSettings = z.output<typeof journalSettingsSchema>;

/** What a user may write: everything is optional. */
export type JournalSettingsInput = z.input<typeof journalSettingsSchema>;
