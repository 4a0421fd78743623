/** Series as paths of a plot. Pure. */

export interface Dot {
  readonly seq: number;
  readonly value: number;
}

export interface Axis {
  readonly from: number;
  readonly until: number;
  readonly width: number;
}

export const placeOf = (seq: number, { from, until, width }: Axis): number =>
  ((seq - from) / Math.max(1, until - from)) * width;

export function extent(dots: readonly Dot[]): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { value } of dots) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 1, high + 1] : [low, high];
}

const pad = 4;

/** @param range lowest and highest value that is drawn. */
export function linePath(
  dots: readonly Dot[],
  axis: Axis,
  height: number,
  [low, high]: readonly [number, number],
): string {
  if (dots.length === 0) return '';
  const y = (value: number) => height - pad - ((value - low) / (high - low)) * (height - 2 * pad);
  const points = dots.map(
    ({ seq, value }) => `${placeOf(seq, axis).toFixed(1)} ${y(value).toFixed(1)}`,
  );
  return `M${points.join('L')}`;
}

/** Each value holds until the next one. */
export const stepped = (dots: readonly Dot[]): readonly Dot[] =>
  dots.flatMap((dot, index) => {
    const before = dots[index - 1];
    return before && before.value !== dot.value ? [{ ...before, seq: dot.seq }, dot] : [dot];
  });

export interface Span {
  readonly from: number;
  readonly until: number;
  readonly state: string;
}

/** How long each state lasted: from its turn to the next one, the last to the end. */
export function spansOf(
  changes: readonly { readonly seq: number; readonly state: string }[],
  until: number,
): readonly Span[] {
  return changes.flatMap(({ seq, state }, index) => {
    const end = changes[index + 1]?.seq ?? until;
    return end > seq ? [{ from: seq, until: end, state }] : [];
  });
}

/** Marks that would lie over each other are drawn once. */
export function apart<T extends { readonly seq: number }>(
  marks: readonly T[],
  x: (seq: number) => number,
  distance = 12,
): readonly T[] {
  let last = Number.NEGATIVE_INFINITY;
  return marks.filter(({ seq }) => {
    if (x(seq) - last < distance) return false;
    last = x(seq);
    return true;
  });
}

/** A text of an axis: where it stands, and the logical time there, ms. */
export interface Tick {
  readonly x: number;
  readonly at: number;
}

const tickWidth = 150;

/**
 * Times along an axis: none so near to another or to an end that their texts meet.
 *
 * @param all what is known of the time, in the order of seq.
 */
export function ticksOf(
  all: readonly { readonly seq: number; readonly at: number }[],
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
