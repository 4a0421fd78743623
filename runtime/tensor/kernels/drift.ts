/**
 * How far the variables of a sample have drifted from a reference. Computed in f64 for either
 * precision.
 */
import type { DriftJob, TensorOperand } from '../../../config/tensor-job.ts';
import { logarithm } from '../../../machines/policies/elementary.ts';
import { largestOf, powerOfTwoBelow, sumOf } from './scaling.ts';

/** Bins of the stability index: each holds as much of the reference. */
const binCount = 10;

/**
 * Four numbers for each variable:
 *
 * 0. shift of the mean, in pooled standard deviations (Cohen's d); where neither sample varies, as
 *    a share of the larger mean;
 * 1. change of the spread, (s - r) / (s + r) of the standard deviations, from -1 to 1;
 * 2. largest distance of the distribution functions (Kolmogorov-Smirnov), from 0 to 1;
 * 3. population stability index over tenths of the reference, from 0; above 0.25 is a marked drift.
 */
export function driftProfile({ reference, current }: DriftJob): Float64Array {
  const columns = reference.shape[1]!;
  const result = new Float64Array(4 * columns);
  for (let j = 0; j < columns; j += 1) {
    const [old, now] = sortedColumns(reference, current, j);
    const was = momentsOf(old);
    const is = momentsOf(now);
    const both = was.deviation + is.deviation;
    result[4 * j] = shiftBetween(was, is);
    result[4 * j + 1] = both === 0 ? 0 : (is.deviation - was.deviation) / both;
    result[4 * j + 2] = largestDistance(old, now);
    result[4 * j + 3] = stabilityIndex(old, now);
  }
  return result;
}

/** One variable of both samples, scaled alike by a power of two. */
function sortedColumns(reference: TensorOperand, current: TensorOperand, j: number) {
  const [old, now] = [reference, current].map(({ shape: [rows = 0, columns = 0], data }) =>
    Float64Array.from({ length: rows }, (_, i) => data[i * columns + j]!).sort(),
  ) as [Float64Array, Float64Array];
  const scale = powerOfTwoBelow(Math.max(largestOf(old), largestOf(now)));
  return [old.map((value) => value / scale), now.map((value) => value / scale)] as const;
}

interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

function momentsOf(values: Float64Array): Moments {
  const count = values.length;
  // Sorted: equal ends mean equal values, whose mean would round.
  if (values[0] === values[count - 1]) return { mean: values[0]!, deviation: 0 };
  const mean = sumOf(values) / count;
  let square = 0;
  for (const value of values) square += (value - mean) * (value - mean);
  return { mean, deviation: Math.sqrt(square / (count - 1)) };
}

function shiftBetween(was: Moments, is: Moments): number {
  const difference = is.mean - was.mean;
  if (difference === 0) return 0;
  const pooled = Math.sqrt((was.deviation * was.deviation + is.deviation * is.deviation) / 2);
  return difference / (pooled === 0 ? Math.max(Math.abs(was.mean), Math.abs(is.mean)) : pooled);
}

function largestDistance(old: Float64Array, now: Float64Array): number {
  let [i, j, most] = [0, 0, 0];
  while (i < old.length && j < now.length) {
    const value = Math.min(old[i]!, now[j]!);
    while (old[i] === value) i += 1;
    while (now[j] === value) j += 1;
    most = Math.max(most, Math.abs(i / old.length - j / now.length));
  }
  return most;
}

/** Half an observation is added to each bin: an empty one would make the index infinite. */
function stabilityIndex(old: Float64Array, now: Float64Array): number {
  const edges = edgesOf(old);
  const [before, after] = [sharesOf(old, edges), sharesOf(now, edges)];
  return before.reduce((sum, share, bin) => {
    const change = after[bin]! - share;
    return sum + change * (logarithm(after[bin]!) - logarithm(share));
  }, 0);
}

/** Upper edges of all bins but the last: they increase, and end below the largest value. */
function edgesOf(sorted: Float64Array): readonly number[] {
  const edges: number[] = [];
  const largest = sorted[sorted.length - 1]!;
  for (let bin = 1; bin < binCount; bin += 1) {
    const edge = sorted[Math.ceil((bin * sorted.length) / binCount) - 1]!;
    if (edge < largest && edge !== edges.at(-1)) edges.push(edge);
  }
  return edges;
}

function sharesOf(sorted: Float64Array, edges: readonly number[]): readonly number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  let bin = 0;
  for (const value of sorted) {
    while (bin < edges.length && value > edges[bin]!) bin += 1;
    counts[bin]! += 1;
  }
  return counts.map((count) => (count + 0.5) / (sorted.length + counts.length / 2));
}
