/**
 * Realised volatility of the newest returns, against its own history.
 *
 * The measure is the root of the sum of squared log returns without the two largest: one bad tick
 * makes two, there and back, and must not be what is seen for a whole window. The usual volatility
 * is the median of earlier windows that do not overlap. Memory is fixed by the settings.
 *
 * @see O. E. Barndorff-Nielsen, N. Shephard, "Econometric analysis of realized volatility", Journal
 * of the Royal Statistical Society B 64 (2002), for the untrimmed measure.
 */
import { logarithm } from './elementary.ts';
import { median, withValue } from './robust-score.ts';

export interface VolatilityRule {
  readonly windowCount: number;
  readonly historyCount: number;
  readonly historyCountMin: number;
}

export interface Volatility {
  readonly kind: 'volatility';
  /** The last price; null before the first. */
  readonly price: number | null;
  /** Log returns, the newest last. */
  readonly returns: readonly number[];
  /** Returns since the last window was added to the history. */
  readonly sinceCount: number;
  /** Median of the history; null while it is too short. */
  readonly usual: number | null;
}

/** Volatilities of earlier windows, the newest last. Apart, because it seldom changes. */
export type VolatilityHistory = readonly number[];

/** Returns that one bad tick makes. */
const outlierCount = 2;

export const emptyVolatility: Volatility = {
  kind: 'volatility',
  price: null,
  returns: [],
  sinceCount: 0,
  usual: null,
};

export function realised(returns: readonly number[]): number {
  const squares = Float64Array.from(returns, (one) => one * one).sort();
  let sum = 0;
  for (let i = 0; i < squares.length - outlierCount; i += 1) sum += squares[i]!;
  return Math.sqrt(sum);
}

const usualOf = ({ historyCountMin }: VolatilityRule, history: VolatilityHistory): number | null =>
  history.length >= historyCountMin ? median(history) : null;

/** The reading is a multiple of the usual; null while nothing, or no movement at all, is usual. */
export function volatilityAfter(
  rule: VolatilityRule,
  known: Volatility,
  history: VolatilityHistory,
  price: number,
): {
  readonly gauge: Volatility;
  readonly history: VolatilityHistory;
  readonly measured: number | null;
} {
  if (known.price === null) return { gauge: { ...known, price }, history, measured: null };
  const change = logarithm(price / known.price);
  const returns = withValue(known.returns, change, rule.windowCount);
  const sinceCount = known.sinceCount + 1;
  if (returns.length < rule.windowCount) {
    return { gauge: { ...known, price, returns, sinceCount }, history, measured: null };
  }
  const now = realised(returns);
  const { usual } = known;
  const measured = usual === null || usual === 0 ? null : now / usual;
  if (sinceCount < rule.windowCount) {
    return { gauge: { ...known, price, returns, sinceCount }, history, measured };
  }
  const longer = withValue(history, now, rule.historyCount);
  const gauge = { ...known, price, returns, sinceCount: 0, usual: usualOf(rule, longer) };
  return { gauge, history: longer, measured };
}

/** The newest returns and windows stay; a window of another length is not comparable. */
export function volatilityFitted(
  before: VolatilityRule,
  after: VolatilityRule,
  known: Volatility,
  history: VolatilityHistory,
): { readonly gauge: Volatility; readonly history: VolatilityHistory } {
  const isSame = before.windowCount === after.windowCount;
  const kept = isSame ? history.slice(-after.historyCount) : [];
  const returns = known.returns.slice(-after.windowCount);
  const sinceCount = isSame ? known.sinceCount : 0;
  return {
    gauge: { ...known, returns, sinceCount, usual: usualOf(after, kept) },
    history: kept,
  };
}
