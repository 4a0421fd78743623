/** Settings of health: how often probes look, when they give up, and how the score is made. */
import { z } from 'zod';
import { count, milliseconds, score } from './units.ts';

/** What one probe is; the rest of its settings is common to all. */
export const probeOptionsSchema = z
  .strictObject({
    everyMs: milliseconds(1)
      .default(5_000)
      .describe('Time between two checks, from start to start.'),
    timeoutMs: milliseconds(1)
      .default(2_000)
      .describe('A check without an outcome for this long has failed.'),
    failureCountMax: count(1, 1_000)
      .default(3)
      .describe('Failures in a row after which the component is down.'),
    weight: z.number().gt(0).max(1_000).default(1).describe('Its share in the score.'),
    critical: z
      .boolean()
      .default(false)
      .describe('Whether the system cannot do its work without it.'),
    min: z.number().optional().describe('A measured value below this is a failure.'),
    max: z.number().optional().describe('A measured value above this is a failure.'),
  })
  .describe('A probe of a component.');

export const healthSettingsSchema = z
  .strictObject({
    passReportEveryMs: milliseconds(0)
      .default(60_000)
      .describe(
        'A probe that keeps passing, and measures nothing, writes one entry in this time. ' +
          'Failures, recoveries and measured values are always written.',
      ),
    silenceFactor: count(1, 1_000)
      .default(3)
      .describe('A component that has missed so many reports in a row counts as down.'),
    criticalScoreMax: score()
      .default(49)
      .describe('The score while a critical component is down, at most.'),
    anomalyValueCount: count(8, 1_024)
      .default(64)
      .describe('Measured values that are kept for each probe.'),
    anomalyValueCountMin: count(4, 1_024)
      .default(12)
      .describe('Fewer values than this are no history to judge by.'),
    anomalyScoreMin: z
      .number()
      .gt(0)
      .max(1_000)
      .default(3.5)
      .describe('Robust z-score from which on a value is flagged as an anomaly.'),
    probeCountMax: count(1, 10_000).default(256).describe('Probes and gauges, at most.'),
  })
  .describe('Health: probes, score, anomalies.');

/** Complete settings. */
export type HealthSettings = z.output<typeof healthSettingsSchema>;

/** What a user may write: everything is optional. */
export type HealthSettingsInput = z.input<typeof healthSettingsSchema>;

/** A probe, its defaults filled in. */
export type ProbeOptions = z.output<typeof probeOptionsSchema>;

/** A probe as users write it. */
export type ProbeOptionsInput = z.input<typeof probeOptionsSchema>;
