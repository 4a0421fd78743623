/**
 * Settings of the fault plans: trouble of four kinds that comes again and again, each with a real
 * cause in the paper host. None is on by default.
 */
import { z } from 'zod';
import { basisPoints, milliseconds, ratio } from './units.ts';

const hourMs = 3_600_000;

/** What all plans have: whether, how often, how long. */
const planShape = {
  enabled: z.boolean().default(false).describe('Whether this trouble comes at all.'),
  everyMs: milliseconds(60_000)
    .default(48 * hourMs)
    .describe('One episode begins in each stretch of this length, at a time drawn from the seed.'),
  durationMs: milliseconds(1)
    .default(24 * hourMs)
    .describe('Mean length of an episode; each lasts 0.5 to 1.5 of it.'),
};

type Rhythm = { readonly everyMs: number; readonly durationMs: number };

const fits = ({ everyMs, durationMs }: Rhythm) => durationMs * 1.5 <= everyMs;

/** Made for each use: the schema changes what it is given. */
const tooLong = () => ({ path: ['durationMs'], message: 'must be at most two thirds of everyMs' });

/** Strength of each episode: 0.5 to 1.5 of what its plan says. */
const strength = 'Each episode has 0.5 to 1.5 of it.';

export const faultPlansSchema = z.strictObject({
  gpuLag: z
    .strictObject({
      ...planShape,
      needRatio: ratio(0.2, 1)
        .default(0.7)
        .describe(
          'The work of the slow GPU falls to the workers: trading needs this share of them in ' +
            `place of a fifth, or what it sends waits. ${strength}`,
        ),
    })
    .refine(fits, tooLong())
    .prefault({})
    .describe('The GPU lags: calls to the broker leave late, analyses come late.'),
  icapCollapse: z
    .strictObject({
      ...planShape,
      amplitudeBasisPoints: basisPoints(0, 1_000)
        .default(80)
        .describe(`How far the price that the host sees swings around the market's. ${strength}`),
      periodMs: milliseconds(1_000).default(hourMs).describe('Time from one swing to the next.'),
    })
    .refine(fits, tooLong())
    .prefault({})
    .describe('The feed swings around the market: its entropy falls, and the strategy trades it.'),
  orderIssues: z
    .strictObject({
      ...planShape,
      slippageBasisPoints: basisPoints(0, 1_000)
        .default(20)
        .describe(
          'How much worse an order of one unit is filled, on top of `paper.fees`; more units are ' +
            `filled worse in proportion, for the book is thin. ${strength}`,
        ),
      partialFillRatio: ratio(0, 0.5)
        .default(0.2)
        .describe('Share of orders filled in part, on top of `paper.broker.faults`.'),
      delayMs: milliseconds(0, 60_000)
        .default(2_000)
        .describe(`How much later each call is answered. ${strength}`),
    })
    .refine(fits, tooLong())
    .prefault({})
    .describe('Orders are filled worse, in part, and late.'),
  thermalHalt: z
    .strictObject({
      ...planShape,
      riseCelsius: z
        .number()
        .min(0)
        .max(100)
        .default(30)
        .describe(
          'How much warmer it is around the computer in the middle of an episode. From 80 °C on ' +
            `it slows down, at 95 °C it halts; all workers at work add 45 °C. ${strength}`,
        ),
    })
    .refine(fits, tooLong())
    .prefault({})
    .describe('The computer grows hot: it slows down, and what it sends waits.'),
});

/** Fault plans, defaults filled in. */
export type FaultPlans = z.output<typeof faultPlansSchema>;
