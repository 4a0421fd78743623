/** The exponential moving average, and what two of them say when they cross. */

/**
 * The average after one more price. The first price is the average of itself.
 *
 * The weight of a price is `2 / (barCount + 1)`: an average over 3 bars goes 10, 10 -> 20 gives 15,
 * 15 -> 15 gives 15.
 */
export function movingAverage(average: number | null, price: number, barCount: number): number {
  return average === null ? price : average + (price - average) * (2 / (barCount + 1));
}

/**
 * 1 when the fast average is beyond the slow one by more than the threshold, -1 when it is below by
 * more than that, 0 in between: there the wish stays as it is, so that it does not flutter.
 */
export function cross(fast: number, slow: number, thresholdBasisPoints: number): -1 | 0 | 1 {
  const margin = (slow * thresholdBasisPoints) / 10_000;
  if (fast > slow + margin) return 1;
  if (fast < slow - margin) return -1;
  return 0;
}
