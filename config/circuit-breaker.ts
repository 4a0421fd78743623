/** Settings of a circuit breaker: when it trips, how long it stays open, how it probes. */
import { z } from 'zod';
import { count, milliseconds, ratio } from './units.ts';

const consecutiveWindowSchema = z.strictObject({
  kind: z.literal('consecutive').describe('Judges the run of failures since the last success.'),
  failureCountMax: count(1)
    .default(5)
    .describe('Failures in a row that trip the breaker; one success starts the run again.'),
});

const countWindowSchema = z.strictObject({
  kind: z.literal('count').describe('Judges the newest results, as many as `size` says.'),
  size: count(1, 10_000).default(100).describe('Results that are judged together.'),
});

const timeWindowSchema = z.strictObject({
  kind: z.literal('time').describe('Judges the results of the last `durationMs`.'),
  durationMs: milliseconds(1)
    .default(60_000)
    .describe('Results older than this are forgotten. A multiple of `bucketCount`.'),
  bucketCount: count(1, 1_000)
    .default(10)
    .describe('Parts of the window: results are forgotten part by part, the oldest first.'),
});

/** What only the windows that judge shares are set by; a run of failures has no share. */
const ratioDefaults = {
  failureRatioMax: 0.5,
  slowCallMs: 0,
  slowCallRatioMax: 1,
  callCountMin: 10,
} as const;

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

interface WindowSettings {
  readonly window: z.output<
    typeof consecutiveWindowSchema | typeof countWindowSchema | typeof timeWindowSchema
  >;
  readonly failureRatioMax: number;
  readonly slowCallMs: number;
  readonly slowCallRatioMax: number;
  readonly callCountMin: number;
  readonly callTimeoutMs: number;
}

/** What a window cannot be together with. */
function windowIssues(value: WindowSettings): z.core.$ZodRawIssue[] {
  const { window, slowCallMs, callTimeoutMs } = value;
  const issue = (path: string[], input: unknown, message: string): z.core.$ZodRawIssue => ({
    code: 'custom',
    input,
    path,
    message,
  });
  if (window.kind === 'consecutive') {
    const names = Object.keys(ratioDefaults) as (keyof typeof ratioDefaults)[];
    return names
      .filter((name) => value[name] !== ratioDefaults[name])
      .map((name) =>
        issue([name], value[name], 'Applies to windows of kind count or time, not consecutive.'),
      );
  }
  const issues: z.core.$ZodRawIssue[] = [];
  if (window.kind === 'time' && window.durationMs % window.bucketCount !== 0) {
    const { bucketCount, durationMs } = window;
    const message = `Must be a multiple of bucketCount (${bucketCount}), got ${durationMs}.`;
    issues.push(issue(['window', 'durationMs'], durationMs, message));
  }
  if (slowCallMs > 0 && callTimeoutMs > 0 && slowCallMs >= callTimeoutMs) {
    const message = `Must be below callTimeoutMs (${callTimeoutMs}), got ${slowCallMs}.`;
    issues.push(issue(['slowCallMs'], slowCallMs, message));
  }
  return issues;
}

/**
 * Open times, as an example: with `openDurationMs` 60,000 and the default back-off a dependency
 * that stays down is probed after 60 s, 120 s, 240 s, 480 s, then every 600 s; each but the first
 * is up to a tenth shorter.
 */
export const circuitBreakerSettingsSchema = z
  .strictObject({
    window: z
      .discriminatedUnion('kind', [consecutiveWindowSchema, countWindowSchema, timeWindowSchema])
      .prefault({ kind: 'consecutive' })
      .describe('The evidence by which a closed breaker decides to open.'),
    failureRatioMax: ratio(0.0001)
      .default(ratioDefaults.failureRatioMax)
      .describe('Share of failed calls in a count or time window that trips the breaker.'),
    slowCallMs: milliseconds()
      .default(ratioDefaults.slowCallMs)
      .describe(
        'A call that takes longer than this is slow, whether it succeeds or not; as a probe it ' +
          'has failed. For count and time windows; below `callTimeoutMs`. 0: no call is slow.',
      ),
    slowCallRatioMax: ratio(0.0001)
      .default(ratioDefaults.slowCallRatioMax)
      .describe('Share of slow calls in a count or time window that trips the breaker.'),
    callCountMin: count(1, 1_000_000)
      .default(ratioDefaults.callCountMin)
      .describe(
        'A count or time window with fewer calls is not judged; a count window that is smaller ' +
          'than this is judged when it is full.',
      ),
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
    issues.push(...windowIssues(value));
  })
  .describe('Circuit breaker: refuses calls to a dependency that keeps failing.');

/** Complete settings, as a breaker lives by them. */
export type CircuitBreakerSettings = z.output<typeof circuitBreakerSettingsSchema>;

/** Settings as people write them: whatever is left out takes its default. */
export type CircuitBreakerSettingsInput = z.input<typeof circuitBreakerSettingsSchema>;
