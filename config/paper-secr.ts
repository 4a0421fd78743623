/** Settings of what the paper host tells SECR: which failures, how often, and how it does. */
import { z } from 'zod';
import { settingKeySchema } from './secr-resolver.ts';
import { basisPoints, count, milliseconds, ratio } from './units.ts';

const hourMs = 3_600_000;

/** A measure is a failure beyond `limit`; its severity grows to 1 at `worst`. */
const scaleOf = (value: () => z.ZodNumber, limit: number, worst: number) => ({
  limit: value().default(limit).describe('From here on it is a failure.'),
  worst: value().default(worst).describe('Here its severity is 1.'),
});

const isRising = ({ limit, worst }: { readonly limit: number; readonly worst: number }) =>
  limit < worst;

/** Made for each use: the schema changes what it is given. */
const rises = () => ({ path: ['worst'], message: 'must be above limit' });

export const paperSecrSettingsSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      'Whether the host tells SECR of failures and of how it does. Whether patches answer them ' +
        'says `secr.enabled`.',
    ),
  pins: z
    .array(settingKeySchema)
    .max(64)
    .default([])
    .describe('Settings, as JSON pointers, that no patch may touch: pinned when a run begins.'),
  feedbackEveryMs: milliseconds(1_000)
    .default(hourMs)
    .describe('Profit, latency, errors and stability are told this often; an entry each time.'),
  reportEveryMs: milliseconds(1_000)
    .default(900_000)
    .describe('Failures of one kind within this time are told together, as one.'),
  halfLifeMsMin: milliseconds(1)
    .default(2 * hourMs)
    .describe(
      'Bars of a minute and a few orders a day tell little in minutes: a run takes at least this ' +
        'for `secr.halfLifeMs`, and so on. A change counts from the next start on.',
    ),
  canaryMsMin: milliseconds(1).default(hourMs).describe('At least, for `secr.patch.canaryMs`.'),
  observationMsMin: milliseconds(1)
    .default(4 * hourMs)
    .describe('At least, for `secr.patch.observationMs`.'),
  cooldownMsMin: milliseconds()
    .default(2 * hourMs)
    .describe('At least, for `secr.patch.cooldownMs`.'),
  rehearsalEntryCountMax: count()
    .default(5_000)
    .describe(
      'Patches are rehearsed on the journal of the run while it has no more entries than this: ' +
        'a rehearsal runs all of it again. 0: never.',
    ),
  tripSeverity: ratio().default(0.6).describe("Severity of a trip of the broker's breaker."),
  orderSeverity: ratio()
    .default(0.3)
    .describe('Severity of an order that failed, was rejected, or of which nobody knew.'),
  slippageBasisPoints: z
    .strictObject(scaleOf(() => basisPoints(-10_000, 10_000), 5, 25))
    .refine(isRising, rises())
    .prefault({})
    .describe('How much worse than the price of its decision an order is filled, past the usual.'),
  missingRatio: z
    .strictObject(scaleOf(ratio, 0, 1))
    .refine(isRising, rises())
    .prefault({})
    .describe('Share of an order that was not filled.'),
  backlogMs: z
    .strictObject(scaleOf(milliseconds, 2_000, 12_000))
    .refine(isRising, rises())
    .prefault({})
    .describe('How long what the computer has to do waits for a worker.'),
  temperatureCelsius: z
    .strictObject(scaleOf(() => z.number().min(-50).max(200), 80, 95))
    .refine(isRising, rises())
    .prefault({})
    .describe('How warm the computer is.'),
  marketEntropy: z
    .strictObject({
      limit: ratio().default(0.85).describe('Below this it is a failure.'),
      worst: ratio().default(0.65).describe('Here its severity is 1.'),
    })
    .refine(({ limit, worst }) => worst < limit, {
      path: ['worst'],
      message: 'must be below limit',
    })
    .prefault({})
    .describe('Entropy of the market, with each analysis of `paper.analysis`.'),
});

/** What the paper host tells SECR, defaults filled in. */
export type PaperSecrSettings = z.output<typeof paperSecrSettingsSchema>;
