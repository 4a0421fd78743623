/** Settings of `protect`: how one kind of call is limited, repeated and held back. */
import { z } from 'zod';
import { count, milliseconds, ratio } from './units.ts';

const quietMs = () =>
  milliseconds(1)
    .default(5_000)
    .describe('So long after the last call that was held back, the pressure is said to be over.');

export const retrySettingsSchema = z
  .strictObject({
    attemptCountMax: count(1, 100)
      .default(3)
      .describe('Attempts that one call makes at most, the first one included.'),
    minMs: milliseconds().default(100).describe('Pause before the second attempt.'),
    factor: z
      .number()
      .min(1)
      .max(100)
      .default(2)
      .describe('Growth of the pause with each further attempt.'),
    maxMs: milliseconds().default(10_000).describe('The pause never grows beyond. From `minMs`.'),
    jitter: z
      .enum(['none', 'full', 'decorrelated'])
      .default('full')
      .describe(
        '`full` draws each pause from 0 to its length; `decorrelated` from `minMs` to three ' +
          'times the pause before it; `none` leaves it as it is.',
      ),
    retryAfterMaxMs: milliseconds()
      .default(60_000)
      .describe('A failure that asks for a longer pause than this (`retryAfterMs`) is final.'),
    budgetRatio: ratio()
      .default(0.2)
      .describe('Retries that each call adds to the common budget; a retry takes one from it.'),
    budgetCountMax: count()
      .default(100)
      .describe('Retries that the common budget holds at most, and in the beginning.'),
  })
  .check(({ value: { minMs, maxMs }, issues }) => {
    if (maxMs >= minMs) return;
    issues.push({
      code: 'custom',
      input: maxMs,
      path: ['maxMs'],
      message: `Must be at least minMs (${minMs}), got ${maxMs}.`,
    });
  })
  .describe('Retry: makes a call again that failed in a way that may pass.');

export const bulkheadSettingsSchema = z
  .strictObject({
    concurrencyMax: count(1).default(10).describe('Calls that run at the same time.'),
    queueCountMax: count()
      .default(0)
      .describe('Calls that may wait for a free place, first come, first served.'),
    quietMs: quietMs(),
  })
  .describe('Bulkhead: bounds how much one dependency can hold up.');

export const rateLimitSettingsSchema = z
  .strictObject({
    kind: z
      .enum(['slidingWindow', 'tokenBucket'])
      .default('slidingWindow')
      .describe(
        '`slidingWindow`: never more than `callCountMax` in any `periodMs`. `tokenBucket`: so ' +
          'many on average, evenly, and up to `burstCountMax` at once after a calm.',
      ),
    callCountMax: count(1, 1_000_000).default(100).describe('Attempts in a period.'),
    periodMs: milliseconds(1).default(1_000).describe('Length of the period.'),
    burstCountMax: count(1, 1_000_000)
      .default(10)
      .describe('Attempts that a full bucket admits at once. Only for `tokenBucket`.'),
    waitMaxMs: milliseconds()
      .default(0)
      .describe('An attempt waits so long for its turn at most; it is refused at once otherwise.'),
    quietMs: quietMs(),
  })
  .describe('Rate limit: bounds how often a dependency is asked.');

export const protectionSettingsSchema = z
  .strictObject({
    timeoutMs: milliseconds(1)
      .optional()
      .describe('Time for all of a call: waiting, attempts and pauses. Not set: no limit.'),
    attemptTimeoutMs: milliseconds(1)
      .optional()
      .describe('Time for each attempt, at most `timeoutMs`. Not set: no limit of its own.'),
    retry: retrySettingsSchema.optional(),
    bulkhead: bulkheadSettingsSchema.optional(),
    rateLimit: rateLimitSettingsSchema.optional(),
  })
  .check(({ value: { timeoutMs, attemptTimeoutMs }, issues }) => {
    if (timeoutMs === undefined || attemptTimeoutMs === undefined) return;
    if (attemptTimeoutMs <= timeoutMs) return;
    issues.push({
      code: 'custom',
      input: attemptTimeoutMs,
      path: ['attemptTimeoutMs'],
      message: `Must be at most timeoutMs (${timeoutMs}), got ${attemptTimeoutMs}.`,
    });
  })
  .describe('Protection of one kind of call. A layer that is not set costs nothing.');

export type RetrySettings = z.output<typeof retrySettingsSchema>;
export type BulkheadSettings = z.output<typeof bulkheadSettingsSchema>;
export type RateLimitSettings = z.output<typeof rateLimitSettingsSchema>;

/** Complete settings, as a protection lives by them. */
export type ProtectionSettings = z.output<typeof protectionSettingsSchema>;

/** Settings as people write them. A layer that is left out is absent. */
export type ProtectionSettingsInput = z.input<typeof protectionSettingsSchema>;
