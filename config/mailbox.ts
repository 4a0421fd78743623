/**
 * Settings of mailboxes: how many events may wait for one actor, and which go when it is too many.
 */
import { z } from 'zod';
import { count } from './units.ts';

export const mailboxSettingsSchema = z.strictObject({
  countMax: count(1, 10_000_000)
    .default(1_000)
    .describe('Events that may wait for one actor; beyond it `overflow` decides.'),
  overflow: z
    .enum(['dropNewest', 'dropOldest'])
    .default('dropNewest')
    .describe('Which event is dropped, and written to the dead letters, when a mailbox is full.'),
});

/** Every setting of mailboxes, defaults filled in. */
export type MailboxSettings = z.output<typeof mailboxSettingsSchema>;

/** What a user may write: everything is optional. */
export type MailboxSettingsInput = z.input<typeof mailboxSettingsSchema>;
