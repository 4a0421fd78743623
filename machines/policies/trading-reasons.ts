/** Who restricts trading, and what remains: the most restrictive of all reasons wins. */

/** What one source asks for. */
export interface TradingReason {
  readonly restriction: 'reduceOnly' | 'halted';
  readonly why: string;
  /** Logical ms. */
  readonly at: number;
  /** The emergency plan has ended: exits are taken away as well. */
  readonly afterPlan: boolean;
}

/** By source: each is released by its own name. */
export type TradingReasons = Readonly<Record<string, TradingReason>>;

export type TradingMode = 'open' | 'reduceOnly' | 'reconciling' | 'halted' | 'haltedAfterPlan';

/** A source never loosens what it asked for before: that takes a release. */
export function withReason(
  reasons: TradingReasons,
  source: string,
  added: TradingReason,
): TradingReasons {
  const known = Object.hasOwn(reasons, source) ? reasons[source] : undefined;
  const isHalted = added.restriction === 'halted' || known?.restriction === 'halted';
  const reason: TradingReason = {
    ...added,
    restriction: isHalted ? 'halted' : 'reduceOnly',
    afterPlan: added.afterPlan || known?.afterPlan === true,
  };
  return { ...reasons, [source]: reason };
}

export const withoutReason = (reasons: TradingReasons, source: string): TradingReasons =>
  Object.fromEntries(Object.entries(reasons).filter(([name]) => name !== source));

/** The mode that follows; a halt is shown before a reconciliation that is still to come. */
export function modeOf(reasons: TradingReasons, isReconciled: boolean): TradingMode {
  const all = Object.values(reasons);
  if (all.some(({ afterPlan }) => afterPlan)) return 'haltedAfterPlan';
  if (all.some(({ restriction }) => restriction === 'halted')) return 'halted';
  if (!isReconciled) return 'reconciling';
  return all.length > 0 ? 'reduceOnly' : 'open';
}

/** Everything that keeps the mode as it is, in words. */
export function reasonText(reasons: TradingReasons, isReconciled: boolean): string {
  const named = Object.keys(reasons)
    .sort()
    .map((source) => `${source}: ${reasons[source]!.why}`);
  const waiting = isReconciled ? [] : ['position and orders are not reconciled'];
  return [...named, ...waiting].join('; ') || 'nothing restricts it';
}
