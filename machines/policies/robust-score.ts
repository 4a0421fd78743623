/**
 * Is a value unlike those before it? Median and median absolute deviation do not let a few wild
 * values hide the next one, as mean and standard deviation do.
 *
 * @see B. Iglewicz, D. C. Hoaglin, "How to Detect and Handle Outliers", ASQC 1993: the modified
 * z-score with the limit 3.5; the mean deviation stands in when more than half of the values are
 * equal.
 */

/** Scores beyond this say no more: a constant series makes any other value infinitely odd. */
const scoreMax = 1_000;

/** The middle of the values; NaN of none. */
export function median(values: readonly number[]): number {
  // Typed arrays sort by value without a call for each comparison.
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return sorted.length === 0 ? Number.NaN : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Distance of a value from the middle of others, in robust standard deviations; 0 to 1,000. */
export function robustScore(values: readonly number[], value: number): number {
  if (values.length === 0) return 0;
  const middle = median(values);
  const distance = Math.abs(value - middle);
  if (distance === 0) return 0;
  const deviations = values.map((one) => Math.abs(one - middle));
  const spread = median(deviations) / 0.6745;
  const mean = deviations.reduce((sum, one) => sum + one, 0) / deviations.length;
  const unit = spread > 0 ? spread : mean * 1.253314;
  return Math.min(scoreMax, unit > 0 ? distance / unit : scoreMax);
}

/** The newest values, at most `countMax`. */
export const withValue = (values: readonly number[], value: number, countMax: number): number[] => [
  ...values.slice(Math.max(0, values.length - countMax + 1)),
  value,
];
