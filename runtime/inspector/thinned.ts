/** Fewer dots of a series that look the same. Pure: the page joins series by it as well. */

/** `[seq, at, value]`: at is logical time, ms. */
export type Dot = readonly [seq: number, at: number, value: number];

/**
 * The lowest and the highest dot of each stretch, and the last dot of all. Stretches are equally
 * long in seq: a series that is thinned out again and again stays even.
 *
 * @param countMax of those that are kept, from 3; as they are when they are no more.
 */
export function thinned<T extends Dot>(dots: readonly T[], countMax: number): readonly T[] {
  const [first, last] = [dots[0], dots.at(-1)];
  if (dots.length <= countMax || !first || !last) return dots;
  const stretchCount = Math.max(1, Math.floor((countMax - 1) / 2));
  const length = (last[0] - first[0] + 1) / stretchCount;
  const stretches = Map.groupBy(dots, ([seq]) => Math.floor((seq - first[0]) / length));
  const kept = [...stretches.values()].flatMap((some) => {
    const low = some.reduce((a, b) => (b[2] < a[2] ? b : a));
    const high = some.reduce((a, b) => (b[2] > a[2] ? b : a));
    if (low === high) return [low];
    return low[0] < high[0] ? [low, high] : [high, low];
  });
  return kept.at(-1) === last ? kept : [...kept, last];
}

/** The newest items, and of each path the last one before them: what was so when they begin. */
export function newestOf<T extends { readonly path: string }>(
  items: readonly T[],
  countMax: number,
): readonly T[] {
  if (items.length <= countMax) return items;
  const before = new Map(items.slice(0, -countMax).map((item) => [item.path, item]));
  return [...before.values(), ...items.slice(-countMax)];
}
