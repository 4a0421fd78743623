/** The value that a share of the newest samples does not exceed, by the nearest rank. */

/** @param quantile above 0, to 1; 0 gives the smallest. */
export function nearestRank(values: readonly number[], quantile: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)]!;
}
