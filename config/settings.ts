/** The root of all settings. A group that is not mentioned has all its defaults. */
import { z } from 'zod';
import { alertsSettingsSchema } from './alerts.ts';
import { circuitBreakerSettingsSchema } from './circuit-breaker.ts';
import { journalSettingsSchema } from './journal.ts';
import { logSettingsSchema } from './log.ts';
import { mailboxSettingsSchema } from './mailbox.ts';
import { paperSettingsSchema } from './paper.ts';
import { safetySettingsSchema } from './safety.ts';

export const settingsSchema = z.strictObject({
  journal: journalSettingsSchema.prefault({}).describe('How the journal is written.'),
  mailbox: mailboxSettingsSchema.prefault({}).describe('How many events may wait for an actor.'),
  log: logSettingsSchema.prefault({}).describe('The log for people.'),
  breakers: z
    .record(z.string().min(1).max(128), circuitBreakerSettingsSchema)
    .default({})
    .describe('Circuit breakers of the host, by name.'),
  alerts: alertsSettingsSchema.prefault({}).describe('Alerts to people.'),
  safety: safetySettingsSchema.prefault({}).describe('The safety manager.'),
  paper: paperSettingsSchema.prefault({}).describe('The paper-trading host.'),
});

/** Every setting, defaults filled in. */
export type Settings = z.output<typeof settingsSchema>;

/** What a user may write: every group and every setting with a default may be left out. */
export type SettingsInput = z.input<typeof settingsSchema>;
