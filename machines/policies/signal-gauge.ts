/** What a breaker's signal reads, whichever its kind: samples go in, readings come out. */
import type { SignalBreakerSettings } from '../../config/signal-breaker.ts';
import { type Drawdown, drawdownAfter, emptyDrawdown, peakAt } from './drawdown.ts';
import { withValue } from './robust-score.ts';
import { nearestRank } from './sample-quantile.ts';
import {
  emptyVolatility,
  type Volatility,
  type VolatilityHistory,
  volatilityAfter,
  volatilityFitted,
} from './volatility.ts';

export type SignalHistory = VolatilityHistory;

/** What is remembered of the samples. Times are logical ms. */
export type SignalGauge =
  | Drawdown
  | Volatility
  | { readonly kind: 'connection'; readonly missCount: number; readonly lastMs: number }
  | { readonly kind: 'latency'; readonly durations: readonly number[] }
  | { readonly kind: 'rate'; readonly startMs: number; readonly count: number }
  | { readonly kind: 'loss'; readonly base: number }
  | { readonly kind: 'gauge' };

export interface SignalSample {
  readonly value: number;
  /** Logical ms. */
  readonly at: number;
}

export interface SignalReading {
  readonly gauge: SignalGauge;
  readonly history: SignalHistory;
  /** Null when this sample says nothing yet. */
  readonly measured: number | null;
}

export function emptyGauge({ kind }: SignalBreakerSettings, atMs: number): SignalGauge {
  switch (kind) {
    case 'drawdown':
      return emptyDrawdown;
    case 'volatility':
      return emptyVolatility;
    case 'connection':
      return { kind, missCount: 0, lastMs: atMs };
    case 'latency':
      return { kind, durations: [] };
    case 'rate':
      return { kind, startMs: atMs, count: 0 };
    case 'loss':
      return { kind, base: 0 };
    default:
      return { kind };
  }
}

/** Why a value can be no sample; null when it can. An account can end below 0, not begin there. */
export function sampleFlaw(
  { kind }: SignalBreakerSettings,
  gauge: SignalGauge,
  value: number,
): string | null {
  if (!Number.isFinite(value)) return 'it is no finite number';
  const begins = gauge.kind === 'drawdown' && gauge.peak === null;
  if (value <= 0 && (kind === 'volatility' || (kind === 'drawdown' && begins))) {
    return 'it is not above 0';
  }
  if ((kind === 'latency' || kind === 'rate') && value < 0) return 'it is negative';
  if (kind === 'connection' && value !== 0 && value !== 1) return 'it is neither 0 nor 1';
  return null;
}

/** A kind that its gauge does not have begins anew. */
export function readingAfter(
  settings: SignalBreakerSettings,
  gauge: SignalGauge,
  history: SignalHistory,
  { value, at }: SignalSample,
): SignalReading {
  const { kind } = settings;
  if (kind === 'volatility' && gauge.kind === kind) {
    return volatilityAfter(settings, gauge, history, value);
  }
  if (kind === 'drawdown' && gauge.kind === kind) {
    return { ...drawdownAfter(settings, gauge, value), history };
  }
  if (kind === 'loss' && gauge.kind === kind) {
    return { gauge, history, measured: gauge.base - value };
  }
  if (kind === 'connection' && gauge.kind === kind) {
    const missCount = value === 0 ? gauge.missCount + 1 : 0;
    return { gauge: { kind, missCount, lastMs: at }, history, measured: missCount };
  }
  if (kind === 'latency' && gauge.kind === kind) {
    const durations = withValue(gauge.durations, value, settings.size);
    const isFull = durations.length >= settings.size;
    const measured = isFull ? nearestRank(durations, settings.quantile) : null;
    return { gauge: { kind, durations }, history, measured };
  }
  if (kind === 'rate' && gauge.kind === kind) {
    // The end of the period belongs to the next one.
    if (at < gauge.startMs + settings.durationMs) {
      return { gauge: { ...gauge, count: gauge.count + value }, history, measured: null };
    }
    return { gauge: { kind, startMs: at, count: value }, history, measured: gauge.count };
  }
  return { gauge, history, measured: value };
}

/**
 * When the gauge has to be looked at although no sample comes: the end of a period, or of a
 * silence; null when it says nothing by itself.
 */
export function lookDueMs(settings: SignalBreakerSettings, gauge: SignalGauge): number | null {
  if (settings.kind === 'connection' && gauge.kind === 'connection') {
    return gauge.lastMs + settings.silenceMs;
  }
  if (settings.kind === 'rate' && gauge.kind === 'rate') {
    return gauge.startMs + settings.durationMs;
  }
  return null;
}

/** What the readings are measured from: a peak, a base, the usual; null when it is nothing. */
export function referenceOf(gauge: SignalGauge): number | null {
  if (gauge.kind === 'drawdown') return gauge.peak;
  if (gauge.kind === 'loss') return gauge.base;
  return gauge.kind === 'volatility' ? gauge.usual : null;
}

/** Measured anew from the last sample on. What is usual is still known. */
export function rebased(
  settings: SignalBreakerSettings,
  gauge: SignalGauge,
  last: number | null,
  atMs: number,
): SignalGauge {
  if (gauge.kind === 'drawdown') {
    return last === null || last <= 0 ? emptyDrawdown : peakAt(last);
  }
  if (gauge.kind === 'loss') return { kind: 'loss', base: last ?? 0 };
  if (gauge.kind === 'volatility') {
    return { ...emptyVolatility, price: gauge.price, usual: gauge.usual };
  }
  return emptyGauge(settings, atMs);
}

/** What stays when settings change: everything that still means the same. */
export function gaugeFitted(
  before: SignalBreakerSettings,
  after: SignalBreakerSettings,
  known: { readonly gauge: SignalGauge; readonly history: SignalHistory },
  atMs: number,
): { readonly gauge: SignalGauge; readonly history: SignalHistory } {
  const { gauge, history } = known;
  if (before.kind !== after.kind) return { gauge: emptyGauge(after, atMs), history: [] };
  if (before.kind === 'volatility' && after.kind === 'volatility' && gauge.kind === 'volatility') {
    return volatilityFitted(before, after, gauge, history);
  }
  if (after.kind === 'latency' && gauge.kind === 'latency') {
    return { gauge: { ...gauge, durations: gauge.durations.slice(-after.size) }, history };
  }
  return { gauge, history };
}

/** The limit itself counts as reached. */
export function isBreach(
  settings: SignalBreakerSettings,
  measured: number,
  limit: number,
): boolean {
  const side = 'trips' in settings ? settings.trips : 'above';
  return side === 'above' ? measured >= limit : measured <= limit;
}
