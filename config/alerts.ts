/** Settings of alerts: when people must have answered, how much is kept, and the webhook. */
import { z } from 'zod';
import { count, milliseconds } from './units.ts';

const webhookSettingsSchema = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\/\S+$/, 'must begin with http:// or https://')
    .optional()
    .describe('Where alerts are posted as JSON. Not set: nowhere.'),
  credentialFile: z
    .string()
    .min(1)
    .optional()
    .describe('File with one header line, as `authorization: Bearer ...`, sent with each post.'),
  timeoutMs: milliseconds(1, 60_000)
    .default(5_000)
    .describe('A post without an answer for this long has failed.'),
  retryCount: count(0, 10).default(2).describe('Posts after the first one that failed.'),
  retryMs: milliseconds(1, 60_000)
    .default(500)
    .describe('Wait before the first new post; doubles with each further one.'),
});

/** What the runtime itself tells people of, besides the state of the whole system. */
export const alertCauses = [
  'breakerOpened',
  'componentDown',
  'criticalComponentDown',
  'degraded',
  'tradingHalted',
  'tradingReduced',
  'supervisorGaveUp',
  'doorsPressed',
] as const;

const severity = (name: 'info' | 'warning' | 'critical', when: string) =>
  z.enum(['off', 'info', 'warning', 'critical', 'emergency']).default(name).describe(when);

export const alertsSettingsSchema = z.strictObject({
  severities: z
    .strictObject({
      breakerOpened: severity('warning', 'A breaker has opened, until it closes.'),
      componentDown: severity('info', 'A component is down, until it passes.'),
      criticalComponentDown: severity('warning', 'A critical one is down, until it passes.'),
      degraded: severity('info', 'The level of degradation is not normal.'),
      tradingHalted: severity('warning', 'An operator or a source halts trading, until released.'),
      tradingReduced: severity('info', 'One of them lets positions only be reduced.'),
      doorsPressed: severity('warning', 'Many requests are turned away, until a quiet minute.'),
      supervisorGaveUp: severity('critical', 'Its children crashed too often; until resolved.'),
    })
    .prefault({})
    .describe('How severe it is what the runtime tells of itself. `off`: nobody is told.'),
  responseMs: z
    .strictObject({
      warning: milliseconds().default(900_000).describe('For warnings.'),
      critical: milliseconds().default(300_000).describe('For critical alerts.'),
      emergency: milliseconds().default(0).describe('For emergencies.'),
    })
    .prefault({})
    .describe(
      'Time to acknowledge an alert; then it is escalated to everybody. 0: everybody is told at ' +
        'once. Alerts of severity info are only logged.',
    ),
  flapMs: milliseconds()
    .default(300_000)
    .describe('An alert that is raised again this soon after its end is the same one, not told.'),
  openCountMax: count(1, 10_000)
    .default(200)
    .describe('Alerts open at the same time; further ones are counted and not kept.'),
  endedCountMax: count(0, 10_000).default(200).describe('Resolved alerts that are remembered.'),
  webhook: webhookSettingsSchema.prefault({}).describe('Posts alerts to an HTTP server.'),
});

/** Every setting of alerts, defaults filled in. */
export type AlertsSettings = z.output<typeof alertsSettingsSchema>;

/** What a user may write: everything is optional. */
export type AlertsSettingsInput = z.input<typeof alertsSettingsSchema>;

export type AlertCause = (typeof alertCauses)[number];

export type WebhookSettings = AlertsSettings['webhook'];
