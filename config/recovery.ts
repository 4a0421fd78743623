/** Settings of recoveries: how fast a system has to be back, and how long each step may take. */
import { z } from 'zod';
import { childIdSchema } from './supervision.ts';
import { count, milliseconds, ratio } from './units.ts';

const objectivesSchema = z.strictObject({
  criticalMs: milliseconds(1).default(30_000).describe('For critical components.'),
  coreMs: milliseconds(1).default(45_000).describe('For core components.'),
  supportingMs: milliseconds(1).default(60_000).describe('For supporting components.'),
});

export const recoverySettingsSchema = z
  .strictObject({
    objectives: objectivesSchema
      .prefault({})
      .describe(
        'Recovery time objectives (RTO), from the outage on. They order the work and are judged ' +
          'in the report; only `deadlineMs` ends it.',
      ),
    deadlineMs: milliseconds(1)
      .default(60_000)
      .describe('Nothing is started, restored or validated longer than this after the beginning.'),
    rollbackMs: milliseconds(1)
      .default(30_000)
      .describe('All rollbacks together take this long, at most; what is left then has failed.'),
    stepTimeoutMs: milliseconds(1)
      .default(10_000)
      .describe('A step without an outcome for this long has failed.'),
    attemptCountMax: count(1, 100)
      .default(5)
      .describe('Attempts to start, restore and validate a component.'),
    retryMinMs: milliseconds(0).default(200).describe('Pause after the first failed attempt.'),
    retryFactor: z.number().min(1).max(100).default(2).describe('Growth of the pause.'),
    retryMaxMs: milliseconds(0).default(5_000).describe('The pause never grows beyond this.'),
    retryJitterRatio: ratio()
      .default(0.2)
      .describe('Largest share by which a pause is shortened, drawn from the seed.'),
    parallelCountMax: count(1, 1_000).default(4).describe('Steps that run at the same time.'),
    holdMs: milliseconds(1)
      .default(900_000)
      .describe('A hold of an operator that nobody ends is over after this.'),
    componentCountMax: count(1, 10_000).default(1_000).describe('Components of a plan.'),
  })
  .describe('Recovery: a system comes back in order and in time.');

/** What a component of a plan is, beside its steps. */
export const recoveryComponentSchema = z
  .strictObject({
    priority: z
      .enum(['critical', 'core', 'supporting'])
      .default('core')
      .describe('Its objective; without a critical component the whole recovery has failed.'),
    dependsOn: z
      .array(childIdSchema)
      .max(1_000)
      .default([])
      .describe('Components that have to be validated before it starts.'),
    reducedMode: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('Name of the mode in which the system does without it, and all that needs it.'),
    dataAgeMaxMs: milliseconds(0)
      .optional()
      .describe('Recovery point objective (RPO): age of its restored data at the outage.'),
    stepTimeoutMs: milliseconds(1).optional().describe('In place of the common setting.'),
    attemptCountMax: count(1, 100).optional().describe('In place of the common setting.'),
  })
  .describe('A component of a recovery plan.');

/** The plan beside its components. */
export const recoveryPlanSchema = z
  .strictObject({
    id: childIdSchema,
    outageAtMs: z
      .number()
      .min(0)
      .max(8.64e15)
      .optional()
      .describe('When the outage began, logical ms; default: the beginning of the recovery.'),
    deadlineMs: milliseconds(1).optional().describe('In place of the common setting.'),
    components: z.record(childIdSchema, recoveryComponentSchema),
  })
  .describe('A recovery plan.');

/** Complete settings. */
export type RecoverySettings = z.output<typeof recoverySettingsSchema>;

/** What a user may write: everything is optional. */
export type RecoverySettingsInput = z.input<typeof recoverySettingsSchema>;

/** A component, its defaults filled in. */
export type RecoveryComponentOptions = z.output<typeof recoveryComponentSchema>;

/** A component as users write it, beside its steps. */
export type RecoveryComponentOptionsInput = z.input<typeof recoveryComponentSchema>;
