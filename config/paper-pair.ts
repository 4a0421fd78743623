/** Settings of the two ways to the paper broker, and of the pair that keeps one of them active. */
import { z } from 'zod';
import { count, milliseconds } from './units.ts';

const dayMs = 24 * 3_600_000;

/** What can fail about one way while the broker itself works. */
const waySchema = (outageEveryMs: number) =>
  z
    .strictObject({
      outageEveryMs: milliseconds()
        .default(outageEveryMs)
        .describe(
          'One outage of this way alone begins in each stretch of this length, at a time drawn ' +
            'from the seed; 0: never. None without `paper.broker.faults.enabled`.',
        ),
      outageDurationMs: milliseconds()
        .default(600_000)
        .describe('Mean length of such an outage; each lasts 0.5 to 1.5 of it.'),
    })
    .refine(
      ({ outageEveryMs: everyMs, outageDurationMs }) =>
        everyMs === 0 || outageDurationMs * 1.5 <= everyMs,
      { path: ['outageDurationMs'], message: 'must be at most two thirds of outageEveryMs' },
    );

export const paperPairSettingsSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether there are two ways, a primary and a backup. Read at the start.'),
  heartbeatMs: milliseconds(1_000, dayMs)
    .default(60_000)
    .describe('Time between two looks at the ways. `failover.broker`, if written, holds instead.'),
  missedCountMax: count(1, 1_000)
    .default(2)
    .describe('Looks in a row that fail before the other way takes over.'),
  stableMs: milliseconds(1, 30 * dayMs)
    .default(600_000)
    .describe('The primary way has to work for this long before it is returned to.'),
  trustMs: milliseconds()
    .default(3_600_000)
    .describe(
      'A look passes without a call for this long after one that went well, unless a call by ' +
        'either way has failed since.',
    ),
  primary: waySchema(4 * dayMs)
    .prefault({})
    .describe('How the primary way fails.'),
  backup: waySchema(0).prefault({}).describe('How the backup way fails.'),
});

/** The two ways to the broker, defaults filled in. */
export type PaperPairSettings = z.output<typeof paperPairSettingsSchema>;

/** One of them. */
export type WaySettings = PaperPairSettings['primary'];
