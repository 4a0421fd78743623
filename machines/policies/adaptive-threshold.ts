/**
 * A limit that follows what is usual, inside an envelope that it never leaves.
 *
 * The baseline is an exponentially weighted mean of readings within the limit: what trips teaches
 * nothing. Each trip doubles the time for which the limit stands still, each move halves it again.
 */
import type { AdaptiveSettings } from '../../config/signal-breaker.ts';
import { backoffMs } from './backoff.ts';
import { powerOfTwo } from './elementary.ts';

export interface Threshold {
  readonly limit: number;
  /** The usual reading; null before the first. */
  readonly baseline: number | null;
  /** Readings that it has learned from, up to `halfLifeCount`. */
  readonly readingCount: number;
  /** Doublings of the cooldown: trips that no move has made up for. */
  readonly tripCount: number;
  /** Time of the last move or trip, logical ms. */
  readonly heldSinceMs: number;
}

export interface ThresholdMove {
  readonly from: number;
  readonly to: number;
  readonly baseline: number;
  /** The end of the envelope that stopped it. */
  readonly bound: 'none' | 'min' | 'max';
  /** Cooldown that was over, ms. */
  readonly cooldownMs: number;
  readonly why: string;
}

/** More doublings than this change no cooldown. */
const tripCountMax = 50;

export function thresholdOf(
  rule: AdaptiveSettings | undefined,
  limit: number,
  atMs: number,
): Threshold {
  return {
    limit: rule ? clamp(rule, limit) : limit,
    baseline: null,
    readingCount: 0,
    tripCount: 0,
    heldSinceMs: atMs,
  };
}

const clamp = ({ limitMin, limitMax }: AdaptiveSettings, limit: number): number =>
  Math.min(limitMax, Math.max(limitMin, limit));

/** One reading more. A sum of shares cannot overflow, however wild the readings. */
export function learned(rule: AdaptiveSettings, known: Threshold, reading: number): Threshold {
  if (!Number.isFinite(reading)) return known;
  const weight = 1 - powerOfTwo(-1 / rule.halfLifeCount);
  const { baseline, readingCount } = known;
  return {
    ...known,
    baseline: baseline === null ? reading : baseline * (1 - weight) + reading * weight,
    readingCount: Math.min(rule.halfLifeCount, readingCount + 1),
  };
}

export const cooldownMs = (rule: AdaptiveSettings, tripCount: number): number =>
  backoffMs(
    { baseMs: rule.cooldownMs, factor: 2, maxMs: rule.cooldownMaxMs, jitterRatio: 0 },
    tripCount,
    0,
  );

/** The move that is due at `atMs`; null when the limit stays. */
export function dueMove(
  rule: AdaptiveSettings,
  known: Threshold,
  atMs: number,
): ThresholdMove | null {
  const { limit: from, baseline, readingCount, tripCount, heldSinceMs } = known;
  const waitedMs = cooldownMs(rule, tripCount);
  if (baseline === null || readingCount < rule.halfLifeCount) return null;
  if (atMs - heldSinceMs < waitedMs) return null;
  const wanted = baseline * rule.factor;
  const to = clamp(rule, wanted);
  if (to === from || Math.abs(to - from) < rule.moveRatioMin * Math.abs(from)) return null;
  const bound = to === wanted ? 'none' : to > wanted ? 'min' : 'max';
  const held = bound === 'none' ? '' : `, held at limit${bound === 'min' ? 'Min' : 'Max'} ${to}`;
  const why = `the baseline ${round(baseline)} times ${rule.factor} is ${round(wanted)}${held}`;
  return { from, to, baseline, bound, cooldownMs: waitedMs, why };
}

export const moved = (known: Threshold, move: ThresholdMove, atMs: number): Threshold => ({
  ...known,
  limit: move.to,
  tripCount: Math.max(0, known.tripCount - 1),
  heldSinceMs: atMs,
});

export const tripped = (known: Threshold, atMs: number): Threshold => ({
  ...known,
  tripCount: Math.min(tripCountMax, known.tripCount + 1),
  heldSinceMs: atMs,
});

/** What is known of the baseline stays when settings change; the limit moves into the envelope. */
export function adopted(
  rule: AdaptiveSettings | undefined,
  known: Threshold,
  limits: { readonly before: number; readonly after: number },
): Threshold {
  if (!rule) return { ...known, limit: limits.after };
  return {
    ...known,
    limit: clamp(rule, limits.before === limits.after ? known.limit : limits.after),
  };
}

/** As many digits as people read. */
const round = (value: number): number => Number(value.toPrecision(4));
