/** The root of all settings. A group that is not mentioned has all its defaults. */
import { z } from 'zod';
import { alertsSettingsSchema } from './alerts.ts';
import { allocationSettingsSchema } from './allocation.ts';
import { circuitBreakerSettingsSchema } from './circuit-breaker.ts';
import { degradationSettingsSchema } from './degradation.ts';
import { failoverSettingsSchema } from './failover-pair.ts';
import { healthSettingsSchema } from './health.ts';
import { httpSettingsSchema } from './http.ts';
import { journalSettingsSchema } from './journal.ts';
import { logSettingsSchema } from './log.ts';
import { mailboxSettingsSchema } from './mailbox.ts';
import { paperSettingsSchema } from './paper.ts';
import { postureSettingsSchema } from './posture.ts';
import { protectionSettingsSchema } from './protect.ts';
import { recoverySettingsSchema } from './recovery.ts';
import { safetySettingsSchema } from './safety.ts';
import { secrSettingsSchema } from './secr.ts';
import { signalBreakerSettingsSchema } from './signal-breaker.ts';
import { childIdSchema } from './supervision.ts';
import { tensorSettingsSchema } from './tensor.ts';
import { tradingModeSettingsSchema } from './trading-mode.ts';

export const settingsSchema = z.strictObject({
  journal: journalSettingsSchema.prefault({}).describe('How the journal is written.'),
  mailbox: mailboxSettingsSchema.prefault({}).describe('How many events may wait for an actor.'),
  log: logSettingsSchema.prefault({}).describe('The log for people.'),
  breakers: z
    .record(z.string().min(1).max(128), circuitBreakerSettingsSchema)
    .default({})
    .describe('Circuit breakers of the host, by name.'),
  protections: z
    .record(z.string().min(1).max(128), protectionSettingsSchema)
    .default({})
    .describe('Protected calls of the host, by name; the breaker of each is under `breakers`.'),
  signals: z
    .record(childIdSchema, signalBreakerSettingsSchema)
    .default({})
    .describe('Breakers on signals, by name.'),
  failover: z
    .record(z.string().min(1).max(128), failoverSettingsSchema)
    .default({})
    .describe('Failover pairs of the host, by name.'),
  health: healthSettingsSchema.prefault({}).describe('Probes, and the score that they give.'),
  degradation: degradationSettingsSchema.prefault({}).describe('Levels of degradation.'),
  tradingMode: tradingModeSettingsSchema.prefault({}).describe('When orders may open.'),
  posture: postureSettingsSchema.prefault({}).describe('What each state of each region forbids.'),
  safety: safetySettingsSchema.prefault({}).describe('The safety manager.'),
  alerts: alertsSettingsSchema.prefault({}).describe('Alerts to people.'),
  recovery: recoverySettingsSchema.prefault({}).describe('How a system comes back in order.'),
  allocation: allocationSettingsSchema.prefault({}).describe('Shares of workers and queues.'),
  secr: secrSettingsSchema.prefault({}).describe('Answers to failures.'),
  tensor: tensorSettingsSchema.prefault({}).describe('Tensor jobs in worker threads and on a GPU.'),
  http: httpSettingsSchema.prefault({}).describe('The doors: the page and the HTTP API.'),
  paper: paperSettingsSchema.prefault({}).describe('The paper-trading host.'),
});

/** Every setting, defaults filled in. */
export type Settings = z.output<typeof settingsSchema>;

/** What a user may write: every group and every setting with a default may be left out. */
export type SettingsInput = z.input<typeof settingsSchema>;
