/**
 * The windows of a breaker's handle: what `machines/policies` keeps as values, in typed memory, so
 * that counting one more result costs nanoseconds and no garbage.
 */
import type { CallCounts } from '../machines/policies/call-counts.ts';
import {
  type CallRecord,
  emptyRecord,
  fitted,
  type WindowSettings,
} from '../machines/policies/call-record.ts';
import type { CountRecord } from '../machines/policies/count-window.ts';
import type { TimeBucket, TimeRecord } from '../machines/policies/time-window.ts';

export type CallRing = CountRing | TimeRing;

/** The ring of a count or time window that holds what `record` says; null for the consecutive. */
export function ringOf(window: WindowSettings, record: CallRecord): CallRing | null {
  const own = fitted(record, window) ?? emptyRecord(window);
  if (window.kind === 'count') return new CountRing(window.size, own as CountRecord);
  if (window.kind === 'time') return new TimeRing(window, own as TimeRecord);
  return null;
}

export class CountRing implements CallCounts {
  readonly kind = 'count';
  callCount = 0;
  failureCount = 0;
  slowCount = 0;
  /** Results since the ring was made. */
  addedCount = 0;
  #next = 0;
  /** One byte for each result: bit 0 says that it failed, bit 1 that it was slow. */
  readonly #results: Uint8Array;

  constructor(size: number, { results }: CountRecord) {
    this.#results = new Uint8Array(size);
    for (const digit of results) this.add(0, (Number(digit) & 1) === 1, Number(digit) > 1);
    this.addedCount = 0;
  }

  add(_atMs: number, isFailure: boolean, isSlow: boolean): void {
    const results = this.#results;
    const next = this.#next;
    if (this.callCount === results.length) {
      const oldest = results[next] as number;
      this.failureCount -= oldest & 1;
      this.slowCount -= oldest >> 1;
    } else {
      this.callCount += 1;
    }
    const result = (isFailure ? 1 : 0) | (isSlow ? 2 : 0);
    results[next] = result;
    this.failureCount += result & 1;
    this.slowCount += result >> 1;
    this.#next = next + 1 === results.length ? 0 : next + 1;
    this.addedCount += 1;
  }

  /** Only results push results out. */
  forgetUntil(_nowMs: number): void {}

  record(): CountRecord {
    const results = this.#results;
    const from = this.callCount === results.length ? this.#next : 0;
    const inOrder = [...results.subarray(from, this.callCount), ...results.subarray(0, from)];
    return { kind: 'count', results: inOrder.join('') };
  }
}

export class TimeRing implements CallCounts {
  readonly kind = 'time';
  callCount = 0;
  failureCount = 0;
  slowCount = 0;
  /** Results since the ring was made. */
  addedCount = 0;
  readonly #bucketMs: number;
  readonly #bucketCount: number;
  /** Number of the newest bucket, counted from logical time 0. */
  #newest = 0;
  /** Calls, failures and slow calls of each bucket. */
  readonly #counts: Int32Array;

  constructor(
    window: { readonly durationMs: number; readonly bucketCount: number },
    { buckets }: TimeRecord,
  ) {
    this.#bucketCount = window.bucketCount;
    this.#bucketMs = window.durationMs / window.bucketCount;
    this.#counts = new Int32Array(window.bucketCount * 3);
    for (const bucket of buckets) this.#addAll(bucket);
  }

  add(atMs: number, isFailure: boolean, isSlow: boolean): void {
    this.forgetUntil(atMs);
    const counts = this.#counts;
    const at = (this.#newest % this.#bucketCount) * 3;
    counts[at] = (counts[at] as number) + 1;
    this.callCount += 1;
    if (isFailure) {
      counts[at + 1] = (counts[at + 1] as number) + 1;
      this.failureCount += 1;
    }
    if (isSlow) {
      counts[at + 2] = (counts[at + 2] as number) + 1;
      this.slowCount += 1;
    }
    this.addedCount += 1;
  }

  /** Forgets the buckets that have left the window. Time never runs backwards here. */
  forgetUntil(nowMs: number): void {
    const number = Math.floor(nowMs / this.#bucketMs);
    if (number <= this.#newest) return;
    const leaving = Math.min(number - this.#newest, this.#bucketCount);
    for (let ago = 0; ago < leaving; ago += 1) this.#clear((number - ago) % this.#bucketCount);
    this.#newest = number;
  }

  record(): TimeRecord {
    const buckets: TimeBucket[] = [];
    for (let ago = this.#bucketCount - 1; ago >= 0; ago -= 1) {
      const number = this.#newest - ago;
      if (number < 0) continue;
      const at = (number % this.#bucketCount) * 3;
      const [callCount = 0, failureCount = 0, slowCount = 0] = this.#counts.subarray(at, at + 3);
      const startMs = number * this.#bucketMs;
      if (callCount > 0) buckets.push({ startMs, callCount, failureCount, slowCount });
    }
    return { kind: 'time', buckets };
  }

  #addAll({ startMs, callCount, failureCount, slowCount }: TimeBucket): void {
    this.forgetUntil(startMs);
    this.#counts.set([callCount, failureCount, slowCount], (this.#newest % this.#bucketCount) * 3);
    this.callCount += callCount;
    this.failureCount += failureCount;
    this.slowCount += slowCount;
  }

  #clear(bucket: number): void {
    const counts = this.#counts;
    const at = bucket * 3;
    this.callCount -= counts[at] as number;
    this.failureCount -= counts[at + 1] as number;
    this.slowCount -= counts[at + 2] as number;
    counts.fill(0, at, at + 3);
  }
}
