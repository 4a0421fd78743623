/** The window of the last so many milliseconds, as a value: a chart keeps and journals it. */
import type { CallCounts, CallResult } from './call-counts.ts';

export interface TimeBucket extends CallCounts {
  /** Logical ms; a multiple of the bucket's length. */
  readonly startMs: number;
}

export interface TimeRecord {
  readonly kind: 'time';
  /** The oldest first; buckets without a result are left out. */
  readonly buckets: readonly TimeBucket[];
}

export interface TimeWindow {
  readonly durationMs: number;
  readonly bucketCount: number;
}

export const emptyTimeRecord: TimeRecord = { kind: 'time', buckets: [] };

/** Start of the bucket into which a result of `atMs` falls. */
export function bucketStartMs({ durationMs, bucketCount }: TimeWindow, atMs: number): number {
  const lengthMs = durationMs / bucketCount;
  return Math.floor(atMs / lengthMs) * lengthMs;
}

/** Forgets the buckets that have left the window by `atMs`. */
export function recordAt(record: TimeRecord, window: TimeWindow, atMs: number): TimeRecord {
  const fromMs = bucketStartMs(window, atMs) - window.durationMs;
  const buckets = record.buckets.filter(({ startMs }) => startMs > fromMs);
  return buckets.length === record.buckets.length ? record : { kind: 'time', buckets };
}

/** A result that is older than the newest bucket counts there: time does not run backwards. */
export function withTimedResult(
  record: TimeRecord,
  window: TimeWindow,
  atMs: number,
  result: CallResult,
): TimeRecord {
  const newest = record.buckets.at(-1);
  const startMs = Math.max(bucketStartMs(window, atMs), newest?.startMs ?? 0);
  const one = {
    startMs,
    callCount: 1,
    failureCount: result.isFailure ? 1 : 0,
    slowCount: result.isSlow ? 1 : 0,
  };
  const grown = { kind: 'time', buckets: merged([...record.buckets, one]) } as const;
  return recordAt(grown, window, startMs);
}

/** Sorts the buckets into those of another window, by their starts. */
export function rebinned(record: TimeRecord, window: TimeWindow): TimeRecord {
  const buckets = merged(
    record.buckets.map((bucket) => ({ ...bucket, startMs: bucketStartMs(window, bucket.startMs) })),
  );
  return recordAt({ kind: 'time', buckets }, window, buckets.at(-1)?.startMs ?? 0);
}

export function countsOfBuckets({ buckets }: { readonly buckets: readonly CallCounts[] }) {
  const sum = { callCount: 0, failureCount: 0, slowCount: 0 };
  for (const { callCount, failureCount, slowCount } of buckets) {
    sum.callCount += callCount;
    sum.failureCount += failureCount;
    sum.slowCount += slowCount;
  }
  return sum satisfies CallCounts;
}

/** Adds up neighbours that have the same start. */
function merged(buckets: readonly TimeBucket[]): readonly TimeBucket[] {
  const apart: TimeBucket[] = [];
  for (const bucket of buckets) {
    const last = apart.at(-1);
    if (last?.startMs !== bucket.startMs) apart.push(bucket);
    else
      apart[apart.length - 1] = {
        startMs: last.startMs,
        ...countsOfBuckets({ buckets: [last, bucket] }),
      };
  }
  return apart;
}
