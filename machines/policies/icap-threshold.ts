/**
 * The ICAP threshold: a gauge's limit that follows failures, the market and profit.
 *
 *     target = initial + pressureGain * tanh(pressure of ENTROPY failures)
 *                      + marketGain * wildness of the market (-1 to 1)
 *                      - feedbackGain * recent profit (-1 to 1)
 *
 * It moves towards the target by `stepMax` at most, not for less than `stepMin`, and not within
 * `cooldownMs` of its last move: so it cannot swing faster than that.
 */
import type { AdaptiveThresholdSettings } from '../../config/secr.ts';
import { hyperbolicTangent } from './elementary.ts';

/** The market against what is usual: 1 is usual. Momentum is 0 when it goes nowhere. */
export interface MarketCondition {
  readonly volatilityRatio: number;
  readonly volumeRatio: number;
  readonly momentumRatio: number;
}

export interface AdaptiveThreshold {
  readonly value: number;
  /** When it moved last, logical ms; null before. */
  readonly movedAtMs: number | null;
  /** Newest word on the market; null before the first. */
  readonly market: MarketCondition | null;
  /** Mean of the signs of recent profits, newer ones count more: -1 to 1. */
  readonly profit: number;
}

/** What each new sample adds to the mean of profits. */
const profitShare = 0.1;

export const thresholdAtStart = ({ initial }: AdaptiveThresholdSettings): AdaptiveThreshold => ({
  ...{ value: initial, movedAtMs: null, market: null, profit: 0 },
});

/** After a word on performance. */
export const withProfit = (
  threshold: AdaptiveThreshold,
  profitDelta: number,
): AdaptiveThreshold => ({
  ...threshold,
  profit: threshold.profit + profitShare * (Math.sign(profitDelta) - threshold.profit),
});

const bounded = (value: number, least: number, most: number): number =>
  Math.max(least, Math.min(most, value));

/** How wild the market is: more volatility, less volume, more momentum either way. */
export function wildnessOf(market: MarketCondition | null): number {
  if (!market) return 0;
  const { volatilityRatio, volumeRatio, momentumRatio } = market;
  const wild = volatilityRatio - 1 - 0.5 * (volumeRatio - 1) + 0.5 * Math.abs(momentumRatio);
  return bounded(wild, -1, 1);
}

/** Where the threshold ought to be. */
export function targetOf(
  threshold: AdaptiveThreshold,
  pressure: number,
  settings: AdaptiveThresholdSettings,
): number {
  const { initial, min, max, pressureGain, marketGain, feedbackGain } = settings;
  const target =
    initial +
    pressureGain * hyperbolicTangent(pressure) +
    marketGain * wildnessOf(threshold.market) -
    feedbackGain * threshold.profit;
  return bounded(target, min, max);
}

/** After everything that is known; the same object when it does not move. */
export function thresholdAfter(
  threshold: AdaptiveThreshold,
  pressure: number,
  at: number,
  settings: AdaptiveThresholdSettings,
): AdaptiveThreshold {
  const { stepMin, stepMax, cooldownMs, min, max } = settings;
  const { value, movedAtMs } = threshold;
  if (movedAtMs !== null && at < movedAtMs + cooldownMs) return threshold;
  const way = targetOf(threshold, pressure, settings) - value;
  if (Math.abs(way) < stepMin) return threshold;
  const moved = bounded(value + bounded(way, -stepMax, stepMax), min, max);
  if (moved === value) return threshold;
  return { ...threshold, value: moved, movedAtMs: at };
}
