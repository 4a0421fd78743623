/** Fewer dots of a series that look the same. Pure: the page joins series by it as well. */

/** `[seq, at, value]`: at is logical time, ms. */
export type Dot = readonly [seq: number, at: number, value: number];

/**
 * The lowest and the highest dot of each stretch, and the last dot of all.
 *
 * @param countMax of those that are kept, from 2; as they are when they are no more.
 */
export function thinned<T extends Dot>(dots: readonly T[], countMax: number): readonly T[] {
  if (dots.length <= countMax) return dots;
  const stretch = Math.ceil(dots.length / Math.max(1, Math.floor(countMax / 2)));
  const kept: T[] = [];
  for (let from = 0; from < dots.length; from += stretch) {
    const some = dots.slice(from, from + stretch);
    const low = some.reduce((a, b) => (b[2] < a[2] ? b : a));
    const high = some.reduce((a, b) => (b[2] > a[2] ? b : a));
    kept.push(...(low[0] <= high[0] ? [low, high] : [high, low]).slice(low === high ? 1 : 0));
  }
  const last = dots.at(-1)!;
  if (kept.at(-1) !== last) kept[kept.length < countMax ? kept.length : kept.length - 1] = last;
  return kept;
}
