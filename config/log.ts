/**
 * Settings of the log for people. The journal is another thing: it is complete whatever is set
 * here.
 */
import { z } from 'zod';

export const logSettingsSchema = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('The least severe line that is written.'),
  format: z
    .enum(['auto', 'pretty', 'json'])
    .default('auto')
    .describe('`pretty` for people, `json` for machines, `auto` is `pretty` on a terminal only.'),
});

/** Every setting of the log, defaults filled in. */
export type LogSettings = z.output<typeof logSettingsSchema>;

/** What a user may write: everything is optional. */
export type LogSettingsInput = z.input<typeof logSettingsSchema>;
