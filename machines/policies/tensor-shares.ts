/** Who is next where several kinds of work want the same. Shares that nobody wants are lent. */
import type { AllocationSettings, WorkKind } from '../../config/allocation.ts';
import type { Settings } from '../../config/settings.ts';
import type { TensorSettings } from '../../config/tensor.ts';
import type { TensorRow } from './tensor-ticket.ts';

/** The settings of a pool, with what each kind of work may have of it. */
export interface TensorPoolSettings extends TensorSettings {
  readonly allocation: AllocationSettings;
}

export const poolSettingsOf = ({
  tensor,
  allocation,
}: Pick<Settings, 'tensor' | 'allocation'>): TensorPoolSettings => ({ ...tensor, allocation });

/** A share as a whole number. 0.29 * 100 is a hair less than 29. */
const wholeOf = (share: number, count: number): number => Math.floor(share * count + 1e-9);

/** Workers that may compute at the same time; one at least. */
export const workerCountOf = ({ workerCountMax, allocation }: TensorPoolSettings): number =>
  Math.max(1, wholeOf(allocation.workerRatio, workerCountMax));

type Shares = AllocationSettings['workers'];

const countOf = (rows: readonly TensorRow[], kind: WorkKind): number =>
  rows.filter(({ ticket }) => ticket.work === kind).length;

/** What a kind holds for its share. Without a share it is behind everybody who has one. */
const loadOf = (held: readonly TensorRow[], kind: WorkKind, shares: Shares): number =>
  shares[kind] === 0 ? Number.POSITIVE_INFINITY : countOf(held, kind) / shares[kind];

/** Those first whose kind holds the least for its share; rows of one kind keep their order. */
export function inTurn(
  rows: readonly TensorRow[],
  held: readonly TensorRow[],
  shares: Shares,
): readonly TensorRow[] {
  const kinds = Object.keys(shares) as WorkKind[];
  const loads = new Map(kinds.map((kind) => [kind, loadOf(held, kind, shares)]));
  const load = ({ ticket }: TensorRow): number => loads.get(ticket.work) ?? 0;
  // Infinity less itself is no number, which sorts like 0.
  return rows.toSorted((a, b) => load(a) - load(b));
}

/**
 * Who gives back a place that was lent, to a kind that has less than its share: the last in line
 * of the kind that holds the most beyond its own. Undefined when every place is rightly held.
 *
 * @param placeCount places that are shared out.
 */
export function borrowerFor(
  kind: WorkKind,
  waiting: readonly TensorRow[],
  shares: Shares,
  placeCount: number,
): TensorRow | undefined {
  const surplusOf = (one: WorkKind) => countOf(waiting, one) - wholeOf(shares[one], placeCount);
  if (surplusOf(kind) >= 0) return undefined;
  const last = inTurn(waiting, waiting, shares).at(-1);
  return last && surplusOf(last.ticket.work) > 0 ? last : undefined;
}
