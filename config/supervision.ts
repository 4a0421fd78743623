/** Settings of child specifications and supervisors. The words and defaults are those of OTP. */
import { z } from 'zod';
import { count, milliseconds, ratio } from './units.ts';

/** Name of a child among its siblings; a part of its path. */
export const childIdSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/,
    "must be 1 to 128 letters, digits, '.', '_', ':' or '-'",
  )
  .describe('Name of the child among its siblings; a part of its path.');

export const restartSchema = z
  .enum(['permanent', 'transient', 'temporary'])
  .default('permanent')
  .describe('Restarted always, after a crash only, or never.');

export const strategySchema = z
  .enum(['one_for_one', 'one_for_all', 'rest_for_one'])
  .default('one_for_one')
  .describe('Who is restarted with a child: nobody, all siblings, or those started after it.');

export const autoShutdownSchema = z
  .enum(['never', 'any_significant', 'all_significant'])
  .default('never')
  .describe('When ends of significant children end the supervisor.');

export const restartBackoffSchema = z.strictObject({
  minMs: milliseconds()
    .default(0)
    .describe('Wait before the first restart; 0 restarts in the turn of the crash.'),
  maxMs: milliseconds().default(60_000).describe('The wait never grows beyond this.'),
  factor: z.number().min(1).max(100).default(2).describe('Growth of the wait with each restart.'),
  jitterRatio: ratio()
    .default(0)
    .describe('Largest share by which a wait is shortened, drawn from the seed.'),
  resetAfterMs: milliseconds(1)
    .default(60_000)
    .describe('A child that ran for this long begins anew with `minMs`.'),
});

export const timerPolicySchema = z
  .enum(['deadline', 'remaining', 'restart', 'drop'])
  .describe(
    'After a restart of the process: due when it was due before, at once when that has passed; ' +
      'due after what was left of it; due after its whole delay; never.',
  );

export const interruptionSchema = z
  .enum(['retry', 'fail'])
  .describe(
    'Asked for again under the same key, so that it is done once; or failed as EFFECT_INTERRUPTED.',
  );

/** What every child has, actor or supervisor. */
const common = {
  id: childIdSchema,
  restart: restartSchema,
  significant: z
    .boolean()
    .default(false)
    .describe(
      'Whether its end may end the supervisor: see `autoShutdown`. Never of a permanent child.',
    ),
  dependsOn: z
    .array(childIdSchema)
    .default([])
    .describe('Siblings that it needs: it starts after them, and is restarted with them.'),
  backoff: restartBackoffSchema.prefault({}).describe('How long to wait before a restart.'),
};

export const childSettingsSchema = z.strictObject({
  ...common,
  shutdownMs: milliseconds()
    .default(5_000)
    .describe('Time to end by itself after `SHUTDOWN`, then it is killed; 0 kills at once.'),
  memory: z
    .enum(['clean', 'snapshot'])
    .default('clean')
    .describe('What a restart after a crash begins with: the initial state, or the last good one.'),
  poisonCountMax: count(1, 1_000)
    .default(1)
    .describe(
      'With memory `snapshot`: crashes by one event after which that event becomes a dead letter.',
    ),
  settings: z
    .string()
    .regex(/^(\/.*)?$/, 'must be a JSON pointer')
    .optional()
    .describe('JSON pointer to the settings that this actor lives by.'),
  actions: z
    .enum(['afterTurn', 'inTurn'])
    .default('afterTurn')
    .describe('When plain function actions run: after the commit of their turn, or inside it.'),
  timers: z
    .record(z.string().min(1), timerPolicySchema)
    .default({})
    .describe(
      'What the restart of the process does to timers that are set, by name: the key under ' +
        "`after`, the id of a delayed `raise` or `sendTo`, or '*' for all others, which are " +
        'otherwise `deadline`.',
    ),
  effects: z
    .record(z.string().min(1), interruptionSchema)
    .default({})
    .describe(
      'What becomes of promises that the end of the process interrupts, by the name of their ' +
        "logic, or '*' for all others, which otherwise `fail`.",
    ),
});

export const supervisorSettingsSchema = z.strictObject({
  ...common,
  shutdownMs: z
    .union([milliseconds(), z.literal(Number.POSITIVE_INFINITY)])
    .default(Number.POSITIVE_INFINITY)
    .describe('Time to stop all its children, then it is killed with them. Default: no limit.'),
  strategy: strategySchema,
  intensity: count(0, 1_000_000)
    .default(1)
    .describe('Restarts allowed within `periodMs`; one more and the supervisor gives up.'),
  periodMs: milliseconds(1).default(5_000).describe('The sliding period of `intensity`.'),
  autoShutdown: autoShutdownSchema,
});

export type Restart = z.output<typeof restartSchema>;
export type TimerPolicy = z.output<typeof timerPolicySchema>;
export type Interruption = z.output<typeof interruptionSchema>;
export type Strategy = z.output<typeof strategySchema>;
export type AutoShutdown = z.output<typeof autoShutdownSchema>;
export type RestartBackoff = z.output<typeof restartBackoffSchema>;
export type ChildSettings = z.output<typeof childSettingsSchema>;
export type ChildSettingsInput = z.input<typeof childSettingsSchema>;
export type SupervisorSettings = z.output<typeof supervisorSettingsSchema>;
export type SupervisorSettingsInput = z.input<typeof supervisorSettingsSchema>;
