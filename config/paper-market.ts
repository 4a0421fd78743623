/** Settings of the synthetic market, which stands in when there is no feed. */
import { z } from 'zod';
import { count, milliseconds, ratio } from './units.ts';

export const marketSettingsSchema = z.strictObject({
  startAt: z.iso
    .datetime()
    .default('2024-01-01T00:00:00Z')
    .describe('Time of the first bar, ISO 8601 in UTC.'),
  barMs: milliseconds(1_000).default(60_000).describe('Time from one bar to the next.'),
  price: z
    .number()
    .positive()
    .max(1e9)
    .default(45_000)
    .describe('Price at which the market opens, in money of the account.'),
  volatilityRatio: ratio(0, 0.1)
    .default(0.0006)
    .describe(
      'Standard deviation of the price from bar to bar in a calm market, as a share of it.',
    ),
  driftRatio: ratio(0, 0.01)
    .default(0.00008)
    .describe('Mean change of the price per bar while it trends, as a share of it.'),
  regimeBarCount: count(2)
    .default(600)
    .describe('Mean length in bars of a regime: calm, rising, falling or stormy.'),
  gapEveryBarCount: count(2)
    .default(6_000)
    .describe('Mean number of bars from one gap in the data to the next.'),
  gapBarCount: count(0, 10_000)
    .default(12)
    .describe('Mean number of bars missing in a gap; 0 for a market without gaps.'),
});

/** Every setting of the synthetic market, defaults filled in. */
export type MarketSettings = z.output<typeof marketSettingsSchema>;

/** What a user may write: everything is optional. */
export type MarketSettingsInput = z.input<typeof marketSettingsSchema>;
