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

/** A text of the axis: where it stands, and the entry that is near. */
export interface Tick {
  readonly x: number;
  readonly at: number;
}

const tickWidth = 150;

/** Times along the track: none so near to another or to an end that their texts meet. */
export function ticksOf(
  all: readonly Entry[],
  x: (seq: number) => number,
  width: number,
): readonly Tick[] {
  const ticks: Tick[] = [];
  const count = Math.max(1, Math.floor(width / tickWidth));
  for (let index = 0; index < count; index++) {
    const wanted = ((index + 0.5) / count) * width;
    const near = all.findLast(({ seq }) => x(seq) <= wanted) ?? all[0];
    if (!near) continue;
    const place = Math.max(tickWidth / 4, Math.min(width - tickWidth / 4, x(near.seq)));
    const last = ticks.at(-1);
    if (!last || place - last.x > tickWidth / 2) ticks.push({ x: place, at: near.at });
  }
  return ticks;
}
