/** Settings of the session with the paper broker, and of the faults that the broker acts. */
import { z } from 'zod';
import { breakerSettingsSchema } from './paper-breaker.ts';
import { paperPairSettingsSchema } from './paper-pair.ts';
import { count, milliseconds, ratio } from './units.ts';

const dayMs = 24 * 3_600_000;

export const faultSettingsSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether calls fail; latency is drawn either way.'),
    outageEveryMs: milliseconds(60_000)
      .default(4 * dayMs)
      .describe('One outage begins in each stretch of this length, at a time drawn from the seed.'),
    outageDurationMs: milliseconds()
      .default(600_000)
      .describe(
        'Mean length of an outage, in which every call fails; each lasts 0.5 to 1.5 of it.',
      ),
    errorRatio: ratio()
      .default(0.004)
      .describe('Share of calls answered 503 outside outages; nothing was done.'),
    hangRatio: ratio()
      .default(0.001)
      .describe('Share of calls never answered outside outages; half of the orders were executed.'),
    resetRatio: ratio()
      .default(0.002)
      .describe('Share of connections cut outside outages; half of the orders were executed.'),
    partialFillRatio: ratio()
      .default(0.03)
      .describe('Share of orders filled in part; the rest works until it is cancelled.'),
    rejectedLoginRatio: ratio()
      .default(0.0005)
      .describe('Share of calls answered 401 outside outages; the session is over.'),
    latencyMedianMs: milliseconds().default(60).describe('Half of the calls take less than this.'),
    latencyTailMs: milliseconds()
      .default(900)
      .describe('One call in a hundred takes more than this, at most twice as much.'),
  })
  .refine((faults) => faults.latencyMedianMs <= faults.latencyTailMs, {
    path: ['latencyTailMs'],
    message: 'must not be below latencyMedianMs',
  })
  .refine((faults) => faults.outageDurationMs * 1.5 <= faults.outageEveryMs, {
    path: ['outageDurationMs'],
    message: 'must be at most two thirds of outageEveryMs',
  })
  .refine((faults) => faultRatioSum(faults) <= 1, {
    path: [],
    message: 'errorRatio, hangRatio, resetRatio, partialFillRatio and rejectedLoginRatio exceed 1',
  });

function faultRatioSum(faults: {
  readonly errorRatio: number;
  readonly hangRatio: number;
  readonly resetRatio: number;
  readonly partialFillRatio: number;
  readonly rejectedLoginRatio: number;
}): number {
  return (
    faults.errorRatio +
    faults.hangRatio +
    faults.resetRatio +
    faults.partialFillRatio +
    faults.rejectedLoginRatio
  );
}

export const paperBrokerSettingsSchema = z
  .strictObject({
    heartbeatMs: milliseconds(1_000)
      .default(300_000)
      .describe('A session that was silent for this long pings the broker.'),
    retryMinMs: milliseconds(1)
      .default(1_000)
      .describe('Wait before the first new try after a failure; doubles with each further one.'),
    retryMaxMs: milliseconds(1).default(60_000).describe('The longest wait before a new try.'),
    rejectedLoginCountMax: count(1, 1_000)
      .default(3)
      .describe('So many logins rejected in a row halt trading until a reset.'),
    breaker: breakerSettingsSchema({
      window: { kind: 'consecutive', failureCountMax: 4 },
      callTimeoutMs: 10_000,
      openDurationMs: 60_000,
      openBackoff: { factor: 2, maxMs: 300_000, jitterRatio: 0.1 },
      probeCount: 2,
    })
      .prefault({})
      .describe('The breaker through which every call to the broker goes.'),
    faults: faultSettingsSchema.prefault({}).describe('How the paper broker fails.'),
    pair: paperPairSettingsSchema
      .prefault({})
      .describe('Two ways to the broker, of which a failover pair keeps one active.'),
  })
  .refine((broker) => broker.retryMinMs <= broker.retryMaxMs, {
    path: ['retryMaxMs'],
    message: 'must not be below retryMinMs',
  });

/** How the paper broker fails, defaults filled in. */
export type FaultSettings = z.output<typeof faultSettingsSchema>;

/** Everything about the broker, defaults filled in. */
export type PaperBrokerSettings = z.output<typeof paperBrokerSettingsSchema>;
