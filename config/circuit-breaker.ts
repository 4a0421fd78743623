/** Settings of a circuit breaker: when it trips, how long it stays open, how it probes. */
import { z } from 'zod';
import { count, milliseconds, ratio } from './units.ts';

const consecutiveWindowSchema = z.strictObject({
  kind: z.literal('consecutive').describe('Judges the run of failures since the last success.'),
  failureCountMax: count(1)
    .default(5)
    .describe('Failures in a row that trip the breaker; one success starts the run again.'),
});

/** How the open time grows. */
export const openBackoffSchema = z.strictObject({
  factor: z
    .number()
    .min(1)
    .max(100)
    .default(2)
    .describe('Growth of the open time with each failed round of probes; 1 keeps it constant.'),
  maxMs: milliseconds(1)
    .default(600_000)
    .describe('The open time never grows beyond this. At least `openDurationMs`.'),
  jitterRatio: ratio()
    .default(0.1)
    .describe(
      'Largest share by which a grown open time is shortened, so that many breakers do not probe ' +
        'at the same moment. The first open time is exact.',
    ),
});

/**
 * Open times, as an example: with `openDurationMs` 60,000 and the default back-off a dependency
 * that stays down is probed after 60 s, 120 s, 240 s, 480 s, then every 600 s; each but the first
 * is up to a tenth shorter.
 */
export const circuitBreakerSettingsSchema = z
  .strictObject({
    window: z
      .discriminatedUnion('kind', [consecutiveWindowSchema])
      .prefault({ kind: 'consecutive' })
      .describe('The evidence by which a closed breaker decides to open.'),
    callTimeoutMs: milliseconds()
      .default(30_000)
      .describe('A call without a result for this long is rejected and is a failure. 0: no limit.'),
    openDurationMs: milliseconds(1)
      .default(60_000)
      .describe('Time from the first trip to the first probe.'),
    openBackoff: openBackoffSchema
      .prefault({})
      .describe('How the open time grows while the probes keep failing.'),
    probeCount: count(1, 1_000)
      .default(1)
      .describe('Probes that a half-open breaker judges to close or to open again.'),
    probeSuccessRatioMin: ratio(0.01)
      .default(1)
      .describe('Share of the probes that has to succeed for the breaker to close.'),
    probeConcurrencyMax: count(1, 1_000)
      .default(1)
      .describe('Probes in flight at the same time. At most `probeCount`.'),
  })
  .check(({ value, issues }) => {
    const { probeCount, probeConcurrencyMax, openDurationMs, openBackoff } = value;
    if (probeConcurrencyMax > probeCount) {
      issues.push({
        code: 'custom',
        input: probeConcurrencyMax,
        path: ['probeConcurrencyMax'],
        message: `Must be at most probeCount (${probeCount}), got ${probeConcurrencyMax}.`,
      });
    }
    if (openBackoff.maxMs < openDurationMs) {
      issues.push({
        code: 'custom',
        input: openBackoff.maxMs,
        path: ['openBackoff', 'maxMs'],
        message: `Must be at least openDurationMs (${openDurationMs}), got ${openBackoff.maxMs}.`,
      });
    }
  })
  .describe('Circuit breaker: refuses calls to a dependency that keeps failing.');

/** Complete settings, as a breaker lives by them. */
export type CircuitBreakerSettings = z.output<typeof circuitBreakerSettingsSchema>;

/** Settings as people write them: whatever is left out takes its default. */
export type CircuitBreakerSettingsInput = z.input<typeof circuitBreakerSettingsSchema>;
