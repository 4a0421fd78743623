/** What an event adds to the counts of a breaker, and whether that is too much. */
import type { CircuitBreakerContext, CircuitBreakerEvent } from './circuit-breaker-types.ts';
import {
  type CallRecord,
  fitted,
  isSlow,
  ratioEvidence,
  recordAfter,
} from './policies/call-record.ts';
import { isRunTooLong } from './policies/consecutive-window.ts';

type Known = Pick<CircuitBreakerContext, 'settings' | 'failureCount' | 'calls'>;

const isResult = (event: CircuitBreakerEvent) =>
  event.type === 'CALL_SUCCEEDED' || event.type === 'CALL_FAILED';

const isSlowCall = ({ settings }: Known, event: CircuitBreakerEvent): boolean =>
  isResult(event) && 'durationMs' in event && isSlow(settings, event.durationMs ?? 0);

/** The run of failures. Only the consecutive window has one. */
export function failureCountAfter(before: Known, event: CircuitBreakerEvent): number {
  if (before.settings.window.kind !== 'consecutive') return 0;
  if (event.type === 'CALLS_COUNTED') return event.failureCount;
  if (event.type === 'CALL_SUCCEEDED') return 0;
  return before.failureCount + (event.type === 'CALL_FAILED' ? 1 : 0);
}

/** The record of a count or time window. A fast path reports all of it at once. */
export function callsAfter(before: Known, event: CircuitBreakerEvent): CallRecord {
  const { window } = before.settings;
  if (event.type === 'CALLS_COUNTED') return fitted(event.calls ?? before.calls, window);
  if (!isResult(event)) return before.calls;
  const isFailure = event.type === 'CALL_FAILED';
  const result = { isFailure, isSlow: isSlowCall(before, event) };
  return recordAfter(before.calls, window, event.at, result);
}

export function tripsAfter(before: Known, event: CircuitBreakerEvent): boolean {
  const { window } = before.settings;
  return window.kind === 'consecutive'
    ? isRunTooLong(window, failureCountAfter(before, event))
    : ratioEvidence(before.settings, callsAfter(before, event)) !== null;
}

/** A probe that was slow has failed: the breaker may have opened because of just that. */
export function isGoodProbe(before: Known, event: CircuitBreakerEvent): boolean {
  return event.type === 'CALL_SUCCEEDED' && !isSlowCall(before, event);
}
