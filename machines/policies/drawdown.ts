/**
 * How much of the peak of an equity is lost: 1 is all of it, more is a debt.
 *
 * A sample that lifts the peak by more than a quarter of the limit may be a bad tick: it counts as
 * a high, and becomes the peak once as many samples in a row have kept half of the rise as a trip
 * needs confirmations, or once one is higher still. When the equity falls back before, it is
 * forgotten. So one bad tick, up or down, never trips an equity that moves within half the limit.
 */

/** Share of the limit by which the peak may rise at once. */
const riseShare = 0.25;

export interface Drawdown {
  readonly kind: 'drawdown';
  /** Null before the first sample. */
  readonly peak: number | null;
  /** A high that is not held for long enough yet, and how many samples have held it. */
  readonly high: number | null;
  readonly heldCount: number;
}

export const emptyDrawdown: Drawdown = { kind: 'drawdown', peak: null, high: null, heldCount: 0 };

/** The first sample is believed: it is where the account begins. */
export function drawdownAfter(
  rule: { readonly limit: number; readonly confirmationCount: number },
  { peak, high, heldCount }: Drawdown,
  equity: number,
): { readonly gauge: Drawdown; readonly measured: number } {
  if (peak === null || equity <= peak * (1 + riseShare * rule.limit)) {
    const known = Math.max(peak ?? equity, equity);
    return { gauge: peakAt(known), measured: lost(known, equity) };
  }
  const held = heldAfter(rule, { peak, high, heldCount }, equity);
  const isPeak = held.heldCount >= rule.confirmationCount;
  return {
    gauge: isPeak ? peakAt(held.high) : { kind: 'drawdown', ...held },
    measured: lost(held.high, equity),
  };
}

/** A sample beyond the reach of the peak: it keeps a high, outdoes it, or shows it to be odd. */
function heldAfter(
  { limit }: { readonly limit: number },
  { peak, high, heldCount }: { peak: number; high: number | null; heldCount: number },
  equity: number,
): { readonly peak: number; readonly high: number; readonly heldCount: number } {
  if (high === null || equity < peak + (high - peak) / 2) {
    return { peak, high: equity, heldCount: 1 };
  }
  if (equity > high * (1 + riseShare * limit)) return { peak: high, high: equity, heldCount: 1 };
  return { peak, high: Math.max(high, equity), heldCount: heldCount + 1 };
}

export const peakAt = (peak: number): Drawdown => ({ ...emptyDrawdown, peak });

const lost = (peak: number, equity: number): number => 1 - equity / peak;
