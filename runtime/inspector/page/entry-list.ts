/** The entries that the page holds: in the order of seq, each once. Pure. */
import type { Entry } from './wire.ts';

/**
 * @param countMax the oldest beyond it are left out.
 * @param more in any order; one that is known is told again by what carries more.
 */
export function mergedEntries(
  all: readonly Entry[],
  more: readonly Entry[],
  countMax: number,
): readonly Entry[] {
  const bySeq = new Map(all.map((entry) => [entry.seq, entry]));
  for (const entry of more) bySeq.set(entry.seq, { ...bySeq.get(entry.seq), ...entry });
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq).slice(-countMax);
}
