/** What a sample, or a look without one, does to a breaker on a signal. */
import { dueMove, learned, moved, type ThresholdMove } from './policies/adaptive-threshold.ts';
import type { Confirmation } from './policies/signal-evidence.ts';
import {
  isBreach,
  lookDueMs,
  readingAfter,
  type SignalReading,
  sampleFlaw,
} from './policies/signal-gauge.ts';
import type { SignalBreakerContext, SignalBreakerEvent } from './signal-breaker-types.ts';

type Known = SignalBreakerContext;

export interface Args {
  readonly context: Known;
  readonly event: SignalBreakerEvent;
}

/** Time of the sample itself, ms. */
const sampleTime = (event: Extract<SignalBreakerEvent, { type: 'SIGNAL_SAMPLED' }>): number =>
  event.sampledAtMs ?? event.at;

/** Why a sample is refused; null when it is good. */
export function flawOf({ context, event }: Args): string | null {
  if (event.type !== 'SIGNAL_SAMPLED') return null;
  const flaw = sampleFlaw(context.settings, context.gauge, event.value);
  if (flaw !== null) return flaw;
  const atMs = sampleTime(event);
  if (!Number.isFinite(atMs)) return 'its time is no finite number';
  const before = context.sampledAtMs;
  return before === null || atMs >= before ? null : `its time ${atMs} is before ${before}`;
}

/**
 * A silence, or the end of a period, counts as a sample of 0. Periods and silences go by logical
 * time: the times of samples may be those of a recorded market.
 */
function sampleOf({ context, event }: Args) {
  if (event.type === 'SIGNAL_SAMPLED') {
    const isGood = flawOf({ context, event }) === null;
    return isGood ? { value: event.value, at: event.at, atMs: sampleTime(event) } : null;
  }
  if (event.type !== 'LOOK_DUE') return null;
  const dueMs = lookDueMs(context.settings, context.gauge);
  return dueMs !== null && event.at >= dueMs ? { value: 0, at: event.at, atMs: event.at } : null;
}

type Measurement = Omit<SignalReading, 'measured'> & {
  readonly sample: { readonly value: number; readonly at: number; readonly atMs: number };
  /** Null when the sample says nothing yet. */
  readonly reading: Confirmation | null;
  readonly isBreach: boolean;
};

/** Guards and actions of one step ask for the same measurement: windows are sorted only once. */
let newest: (Args & { readonly measurement: Measurement | null }) | undefined;

/** What the event measures; null when it is no good sample, and no look that was due. */
export function measurementOf(args: Args): Measurement | null {
  const { event, context } = args;
  if (newest?.event === event && newest.context === context) return newest.measurement;
  const measurement = measured(args);
  newest = { event, context, measurement };
  return measurement;
}

function measured(args: Args): Measurement | null {
  const sample = sampleOf(args);
  if (!sample) return null;
  const { settings, gauge, history, threshold } = args.context;
  const { measured: value, ...next } = readingAfter(settings, gauge, history, sample);
  if (value === null) return { ...next, sample, reading: null, isBreach: false };
  const { limit } = threshold;
  const reading = { atMs: sample.atMs, value: sample.value, measured: value, limit };
  return { ...next, sample, reading, isBreach: isBreach(settings, value, limit) };
}

/** The readings that count against the limit, this one included: in a row. */
export function confirmationsAfter(args: Args): readonly Confirmation[] {
  const { confirmations } = args.context;
  const measurement = measurementOf(args);
  if (!measurement?.reading) return confirmations;
  return measurement.isBreach ? [...confirmations, measurement.reading] : [];
}

export const tripsAfter = (args: Args): boolean =>
  confirmationsAfter(args).length >= args.context.settings.confirmationCount;

/** What is known of the signal afterwards, whatever the state. */
export function measuredAfter(args: Args): Partial<SignalBreakerContext> {
  const { context, event } = args;
  const measurement = measurementOf(args);
  if (!measurement) return {};
  const { gauge, history, sample, reading } = measurement;
  return {
    gauge,
    history,
    measured: reading?.measured ?? context.measured,
    ...(event.type === 'SIGNAL_SAMPLED'
      ? { value: sample.value, sampledAtMs: sample.atMs, rejectedRunCount: 0 }
      : {}),
  };
}

/** What a reading within the limit teaches while closed, and the move that follows from it. */
export function followedAfter(args: Args): {
  readonly threshold: Known['threshold'];
  readonly move: ThresholdMove | null;
} {
  const { settings, threshold } = args.context;
  const rule = 'adaptive' in settings ? settings.adaptive : undefined;
  const measurement = measurementOf(args);
  if (!rule || !measurement?.reading || measurement.isBreach) return { threshold, move: null };
  const { at: atMs } = measurement.sample;
  const wiser = learned(rule, threshold, measurement.reading.measured);
  const move = dueMove(rule, wiser, atMs);
  return { threshold: move ? moved(wiser, move, atMs) : wiser, move };
}

/** Outcomes of the probes, this reading included. */
export function probesAfter(args: Args) {
  const { probeSuccessCount, probeFailureCount } = args.context;
  const measurement = measurementOf(args);
  if (!measurement?.reading) return { probeSuccessCount, probeFailureCount };
  return {
    probeSuccessCount: probeSuccessCount + (measurement.isBreach ? 0 : 1),
    probeFailureCount: probeFailureCount + (measurement.isBreach ? 1 : 0),
  };
}
