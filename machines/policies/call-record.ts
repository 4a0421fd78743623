/** What a breaker remembers of its calls, whichever kind of window judges them. */
import type { CircuitBreakerSettings } from '../../config/circuit-breaker.ts';
import { type CallCounts, type CallResult, type RatioReason, tripReason } from './call-counts.ts';
import {
  type CountRecord,
  countsOfResults,
  emptyCountRecord,
  resized,
  withResult,
} from './count-window.ts';
import {
  countsOfBuckets,
  emptyTimeRecord,
  rebinned,
  recordAt,
  type TimeRecord,
  withTimedResult,
} from './time-window.ts';

/** Null for the consecutive window, whose run is a number of its own. */
export type CallRecord = CountRecord | TimeRecord | null;

export type WindowSettings = CircuitBreakerSettings['window'];

export function emptyRecord({ kind }: WindowSettings): CallRecord {
  if (kind === 'consecutive') return null;
  return kind === 'count' ? emptyCountRecord : emptyTimeRecord;
}

/** The record with one more result. */
export function recordAfter(
  record: CallRecord,
  window: WindowSettings,
  atMs: number,
  result: CallResult,
): CallRecord {
  const own = fitted(record, window);
  if (own?.kind === 'count' && window.kind === 'count') return withResult(own, window.size, result);
  if (own?.kind === 'time' && window.kind === 'time') {
    return withTimedResult(own, window, atMs, result);
  }
  return own;
}

/** The record as another window holds it: its newest results, or none when the kind differs. */
export function fitted(record: CallRecord, window: WindowSettings): CallRecord {
  if (record?.kind === 'count' && window.kind === 'count') return resized(record, window.size);
  if (record?.kind === 'time' && window.kind === 'time') return rebinned(record, window);
  return emptyRecord(window);
}

/** The record without what has left a time window by `atMs`. */
export function recordBy(record: CallRecord, window: WindowSettings, atMs: number): CallRecord {
  return record?.kind === 'time' && window.kind === 'time'
    ? recordAt(record, window, atMs)
    : record;
}

export function countsOf(record: CallRecord): CallCounts {
  if (record === null) return { callCount: 0, failureCount: 0, slowCount: 0 };
  return record.kind === 'count' ? countsOfResults(record) : countsOfBuckets(record);
}

/** What a count or time window looked at when it tripped a breaker. */
export interface RatioEvidence extends CallCounts {
  readonly kind: 'ratio';
  readonly reason: RatioReason;
  readonly failureRatio: number;
  readonly slowCallRatio: number;
  /** The limits, and the window that they were applied to. */
  readonly window: WindowSettings;
  readonly failureRatioMax: number;
  readonly slowCallMs: number;
  readonly slowCallRatioMax: number;
  readonly callCountMin: number;
}

/** Null when the record does not trip a breaker with these settings. */
export function ratioEvidence(
  settings: CircuitBreakerSettings,
  record: CallRecord,
): RatioEvidence | null {
  const counts = countsOf(record);
  const reason = record === null ? null : tripReason(settings, counts);
  if (reason === null) return null;
  const { window, failureRatioMax, slowCallMs, slowCallRatioMax, callCountMin } = settings;
  return {
    kind: 'ratio',
    reason,
    ...counts,
    failureRatio: counts.failureCount / counts.callCount,
    slowCallRatio: counts.slowCount / counts.callCount,
    window,
    failureRatioMax,
    slowCallMs,
    slowCallRatioMax,
    callCountMin,
  };
}

/** True for a result that took longer than `slowCallMs`; 0: none does. */
export function isSlow(settings: { readonly slowCallMs: number }, durationMs: number): boolean {
  return settings.slowCallMs > 0 && durationMs > settings.slowCallMs;
}
