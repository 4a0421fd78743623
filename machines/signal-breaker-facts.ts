/** What the chart of a breaker on a signal says: evidence, refusals, and the parts of its facts. */
import type { SignalEvidence } from './policies/signal-evidence.ts';
import { referenceOf } from './policies/signal-gauge.ts';
import { type Args, measurementOf, probesAfter } from './signal-breaker-samples.ts';
import type { SignalBreakerContext, SignalBreakerEmitted } from './signal-breaker-types.ts';

/** Elapsed delays carry no time: the open period ends exactly when it is due. */
export const timeOf = ({ context, event }: Args): number =>
  'at' in event ? event.at : context.openUntilMs;

/** Why a reset is refused; null when it names what it resets. */
export function resetRefusal({ context, event }: Args): string | null {
  if (event.type !== 'RESET') return 'it is no reset';
  const { scope, by, why } = event;
  if (![by, why].every((text) => typeof text === 'string' && text.trim() !== '')) {
    return 'say who resets it and why';
  }
  if (scope === context.name || scope === 'all') return null;
  return `say what is reset: '${context.name}' or 'all', got ${JSON.stringify(scope) ?? 'nothing'}`;
}

export function tripEvidence({ context }: Args): SignalEvidence {
  const { settings, confirmations, gauge } = context;
  return {
    kind: 'signal',
    signal: settings.kind,
    confirmations,
    confirmationCount: settings.confirmationCount,
    reference: referenceOf(gauge),
  };
}

/** Before the probe is counted: the same counts as afterwards. */
export function probeEvidence(args: Args): SignalEvidence | null {
  const last = measurementOf(args)?.reading;
  if (!last) return args.context.evidence;
  const { probeCount, probeSuccessRatioMin } = args.context.settings;
  const { probeSuccessCount: successCount, probeFailureCount: failureCount } = probesAfter(args);
  return { kind: 'probes', successCount, failureCount, probeCount, probeSuccessRatioMin, last };
}

/** Who asks of the trading mode, and whom alerts are about. */
export const sourceOf = ({ name }: SignalBreakerContext): string => `signals/${name}`;

export const factOf = <T extends SignalBreakerEmitted['type']>(type: T, args: Args) => ({
  type,
  at: timeOf(args),
});

export function openingOf({ context }: Args) {
  const { evidence, openCount, settings, openDurationMs, openUntilMs } = context;
  const { whenOpen } = settings;
  const latch = settings.latch || context.latchedBy !== null;
  return {
    evidence,
    openCount,
    openDurationMs: latch ? null : openDurationMs,
    openUntilMs: latch ? null : openUntilMs,
    whenOpen,
  };
}

export const orderedBy = ({ event }: Args) => ({
  by: 'by' in event ? event.by : null,
  why: 'why' in event ? event.why : null,
});

export const orderOf = ({ context }: Args) => ({
  by: context.order?.by ?? '',
  why: context.order?.why ?? '',
  expiresAtMs: context.order?.expiresAtMs ?? null,
});
