/**
 * How much of the peak of an equity is lost.
 *
 * A sample that lifts the peak so far that the way back alone would be a breach may be a bad tick:
 * it counts as a high, and becomes the peak once as many samples in a row have stayed above the
 * reach of the old one as a trip needs confirmations. When one falls back before, it is forgotten.
 */

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
  if (peak === null || lost(equity, peak) < rule.limit) {
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
