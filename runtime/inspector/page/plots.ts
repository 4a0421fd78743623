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
