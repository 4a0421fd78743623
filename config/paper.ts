/** Settings of the paper-trading host. The order of the groups is the way of a bar through it. */
import { z } from 'zod';
import { paperAnalysisSettingsSchema } from './paper-analysis.ts';
import { breakerSettingsSchema } from './paper-breaker.ts';
import { paperBrokerSettingsSchema } from './paper-broker.ts';
import { faultPlansSchema } from './paper-fault-plans.ts';
import { paperHealthSettingsSchema } from './paper-health.ts';
import { marketSettingsSchema } from './paper-market.ts';
import { paperSecrSettingsSchema } from './paper-secr.ts';
import { basisPoints, count, milliseconds } from './units.ts';

export const feedSettingsSchema = z.strictObject({
  staleAfterMs: milliseconds(1)
    .default(300_000)
    .describe('A feed without a bar for this long is stale.'),
  confirmMs: milliseconds()
    .default(900_000)
    .describe(
      'After a stale stretch, bars have to come for this long before positions are opened again; ' +
        'each counts as a success of the feed.',
    ),
  breaker: breakerSettingsSchema({
    window: { kind: 'consecutive', failureCountMax: 1 },
    openDurationMs: 120_000,
    openBackoff: { factor: 2, maxMs: 600_000, jitterRatio: 0 },
    probeCount: 2,
  })
    .prefault({})
    .describe('The breaker that a stale feed trips; no opening order is sent while it refuses.'),
});

export const strategySettingsSchema = z
  .strictObject({
    fastBarCount: count(1, 100_000).default(120).describe('Bars in the fast moving average.'),
    slowBarCount: count(2, 100_000).default(480).describe('Bars in the slow moving average.'),
    quantity: z
      .number()
      .positive()
      .max(1e9)
      .default(1)
      .describe('Size of the position that is wished for, in units of the instrument.'),
    direction: z
      .enum(['longShort', 'longOnly'])
      .default('longShort')
      .describe('`longOnly` is flat where `longShort` is short.'),
    thresholdBasisPoints: basisPoints()
      .default(5)
      .describe('How far the fast average must be beyond the slow one before the wish changes.'),
  })
  .refine((strategy) => strategy.fastBarCount < strategy.slowBarCount, {
    path: ['fastBarCount'],
    message: 'must be below slowBarCount',
  });

export const accountSettingsSchema = z.strictObject({
  cash: z.number().positive().max(1e15).default(100_000).describe('Money at the start.'),
});

export const feeSettingsSchema = z.strictObject({
  feeBasisPoints: basisPoints(0, 1_000).default(2).describe('Fee, as a share of what was traded.'),
  slippageBasisPoints: basisPoints(0, 1_000)
    .default(1)
    .describe('How much worse than the market an order is filled.'),
});

export const crashSettingsSchema = z.strictObject({
  strategyAtBarCount: count()
    .default(0)
    .describe('Crashes the strategy on this bar of a run, counted from 1; 0: never.'),
  sessionEveryMs: milliseconds()
    .default(0)
    .describe('The broker session crashes once in each stretch of this length; 0: never.'),
});

export const paperSignalSettingsSchema = z.strictObject({
  drawdown: z
    .boolean()
    .default(true)
    .describe(
      'The equity of each bar: by default 4 % below its peak halt openings until a reset. ' +
        '`signals.drawdown` holds its settings.',
    ),
  volatility: z
    .boolean()
    .default(true)
    .describe(
      'The closing price of each bar: by default a market that is wild for its own history may ' +
        'only be left. `signals.volatility` holds its settings.',
    ),
});

export const paperSettingsSchema = z.strictObject({
  symbol: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,31}$/, 'must be 1 to 32 letters, digits or . _ : / -')
    .default('BTC-PERP')
    .describe('Name of the instrument that is traded.'),
  market: marketSettingsSchema.prefault({}).describe('The synthetic market, used without a feed.'),
  feed: feedSettingsSchema.prefault({}).describe('The market feed and its breaker.'),
  strategy: strategySettingsSchema.prefault({}).describe('The moving-average cross.'),
  broker: paperBrokerSettingsSchema.prefault({}).describe('The session with the broker.'),
  fees: feeSettingsSchema.prefault({}).describe('What the broker takes.'),
  account: accountSettingsSchema.prefault({}).describe('The account at the start.'),
  signals: paperSignalSettingsSchema.prefault({}).describe('Breakers on signals that are fed.'),
  analysis: paperAnalysisSettingsSchema
    .prefault({})
    .describe('The strategy matrix, analysed by tensor jobs.'),
  health: paperHealthSettingsSchema.prefault({}).describe('What is reported of its health.'),
  startRetryMs: milliseconds(1_000)
    .default(300_000)
    .describe('The start is tried again after this while something that it brings up is missing.'),
  secr: paperSecrSettingsSchema.prefault({}).describe('What it tells SECR.'),
  faultPlans: faultPlansSchema
    .prefault({})
    .describe('Trouble of four kinds that comes again and again.'),
  crashes: crashSettingsSchema.prefault({}).describe('Actors that crash, to try supervision.'),
});

/** Settings of the market feed, defaults filled in. */
export type FeedSettings = z.output<typeof feedSettingsSchema>;

/** Settings of the strategy, defaults filled in. */
export type StrategySettings = z.output<typeof strategySettingsSchema>;

/** Settings of the account, defaults filled in. */
export type AccountSettings = z.output<typeof accountSettingsSchema>;

/** What the broker takes, defaults filled in. */
export type FeeSettings = z.output<typeof feeSettingsSchema>;

/** Which actors crash, defaults filled in. */
export type CrashSettings = z.output<typeof crashSettingsSchema>;

/** Every setting of the paper host, defaults filled in. */
export type PaperSettings = z.output<typeof paperSettingsSchema>;

/** What a user may write: everything is optional. */
export type PaperSettingsInput = z.input<typeof paperSettingsSchema>;
