/** What a breaker on a signal opened by, and how it is said. */
import type { SignalKind } from '../../config/signal-breaker.ts';
import type { ProbeEvidence } from './probe-verdict.ts';

/** One reading, and what it was held against. */
export interface Confirmation {
  /** Time of the sample, ms. */
  readonly atMs: number;
  /** As it was sampled. */
  readonly value: number;
  readonly measured: number;
  readonly limit: number;
}

/** The readings that tripped it, the oldest first, and what they were measured from. */
export interface SignalTrip {
  readonly kind: 'signal';
  readonly signal: SignalKind;
  readonly confirmations: readonly Confirmation[];
  readonly confirmationCount: number;
  /** A peak, a base, the usual volatility; null for signals that have no such thing. */
  readonly reference: number | null;
}

/** What the probes said when they opened it again, and the reading that decided. */
export type SignalProbes = ProbeEvidence & { readonly last: Confirmation };

export type SignalEvidence = SignalTrip | SignalProbes;

const referenceNames: Partial<Record<SignalKind, string>> = {
  drawdown: 'peak',
  loss: 'measured from',
  volatility: 'usual',
};

/** As many digits as people read. */
const short = (value: number): string => String(Number(value.toPrecision(6)));

export function evidenceText(evidence: SignalEvidence | null): string {
  if (evidence === null) return 'it says not why';
  if (evidence.kind === 'probes') {
    const { failureCount, probeCount, last } = evidence;
    const probes = `${failureCount} of ${probeCount} probe${probeCount === 1 ? '' : 's'} failed`;
    return `${probes}: the last read ${short(last.measured)}, the limit is ${short(last.limit)}`;
  }
  const { signal, confirmations, reference } = evidence;
  const last = confirmations.at(-1);
  if (!last) return `${signal} has reached its limit`;
  const count = confirmations.length;
  const name = referenceNames[signal];
  const from = name === undefined || reference === null ? '' : `, ${name} ${short(reference)}`;
  return (
    `${signal} of ${short(last.measured)} has reached the limit of ${short(last.limit)} ` +
    `in ${count} reading${count === 1 ? '' : 's in a row'}${from}`
  );
}
