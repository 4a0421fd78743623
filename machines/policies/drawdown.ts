/**
 * How much of the peak of an equity is lost.
 *
 * A sample that lifts the peak by more than a quarter of the limit may be a bad tick: it counts as
 * a high, and becomes the peak once as many samples in a row have stayed above that quarter as a
 * trip needs confirmations. When one falls back before, it is forgotten. So one bad tick, up or
 * down, never trips a series that has not lost three quarters of the limit by itself.
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
  const highest = Math.max(high ?? equity, equity);
  const count = heldCount + 1;
  const gauge: Drawdown =
    count >= rule.confirmationCount
      ? peakAt(highest)
      : { kind: 'drawdown', peak, high: highest, heldCount: count };
  return { gauge, measured: lost(highest, equity) };
}

export const peakAt = (peak: number): Drawdown => ({ ...emptyDrawdown, peak });

const lost = (peak: number, equity: number): number => 1 - equity / peak;
