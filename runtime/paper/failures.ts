/** Which failure of SECR's taxonomy a fact or a measure of the paper host is, and how bad. Pure. */
import { paperPaths } from '../../actors/paper/tree.ts';
import type { FeeSettings } from '../../config/paper.ts';
import type { PaperSecrSettings } from '../../config/paper-secr.ts';
import type { CircuitBreakerEvidence } from '../../machines/circuit-breaker.ts';
import type { FilledOrder, PendingOrder } from '../../machines/paper/session-types.ts';
import { type SeverityScale, severityOf } from '../../machines/policies/failure-severity.ts';
import type { Fact } from '../options.ts';
import type { FailureReport } from '../secr.ts';
import type { Computer } from './fault-effects.ts';

type Kind = Pick<FailureReport, 'group' | 'subgroup'>;

/** One report of a measure; none while it is on the good side of its limit. */
function beyond(
  kind: Kind,
  what: string,
  value: number,
  scale: SeverityScale,
): readonly FailureReport[] {
  const severity = severityOf(value, scale);
  if (severity === 0) return [];
  const { limit, worst } = scale;
  return [{ ...kind, severity, context: { measure: { what, value, limit, worst } } }];
}

const patterns = {
  lag: { group: 'PERF', subgroup: 'GPU_LAG' },
  heat: { group: 'THERMAL', subgroup: 'THERMAL_HALT' },
  collapse: { group: 'ENTROPY', subgroup: 'ICAP_COLLAPSE' },
  slippage: { group: 'ORDER', subgroup: 'SLIP_DRIFT' },
  part: { group: 'ORDER', subgroup: 'PARTIAL_FILL' },
  missed: { group: 'ORDER', subgroup: 'BATCH_MISS' },
  timeout: { group: 'NET', subgroup: 'API_TIMEOUT' },
  drop: { group: 'NET', subgroup: 'SOCKET_DROP' },
} as const satisfies Record<string, Kind>;

/** What lasts: looked at now and then. */
export const failuresOf = (
  { backlogMs, temperatureCelsius }: Computer,
  settings: PaperSecrSettings,
): readonly FailureReport[] => [
  ...beyond(patterns.lag, 'backlogMs', backlogMs, settings.backlogMs),
  ...beyond(
    patterns.heat,
    'temperatureCelsius',
    Math.round(temperatureCelsius * 100) / 100,
    settings.temperatureCelsius,
  ),
];

/** How much worse than the price of its decision an order was filled, basis points. */
export const slippageOf = (order: PendingOrder, price: number): number => {
  const worse = order.side === 'buy' ? price - order.referencePrice : order.referencePrice - price;
  return Math.round((worse / order.referencePrice) * 1e6) / 100;
};

function failuresOfFill(
  fill: FilledOrder,
  order: PendingOrder | undefined,
  { slippageBasisPoints: usual }: FeeSettings,
  settings: PaperSecrSettings,
): readonly FailureReport[] {
  if (order?.clientOrderId !== fill.clientOrderId) return [];
  const missingRatio = Math.round((1 - fill.quantity / order.quantity) * 1e6) / 1e6;
  const past = Math.round((slippageOf(order, fill.price) - usual) * 100) / 100;
  return [
    ...beyond(patterns.part, 'missingRatio', missingRatio, settings.missingRatio),
    ...beyond(patterns.slippage, 'slippageBasisPoints', past, settings.slippageBasisPoints),
  ];
}

/** A breaker that opens once more because its probes fail is in the same trouble still. */
function failuresOfTrip(fact: Fact, { tripSeverity: severity }: PaperSecrSettings) {
  const evidence = fact['evidence'] as CircuitBreakerEvidence | null;
  if (fact.path !== paperPaths.brokerBreaker || !evidence || evidence.kind === 'probes') return [];
  const why = evidence.why ?? '';
  const kind = why.includes('cut the connection') ? patterns.drop : patterns.timeout;
  return [{ ...kind, severity, context: { what: 'trip', why } }];
}

/**
 * Failures that a fact tells of.
 *
 * @param order the one that was sent last.
 */
export function failuresIn(
  fact: Fact,
  order: PendingOrder | undefined,
  { secr, fees }: { readonly secr: PaperSecrSettings; readonly fees: FeeSettings },
): readonly FailureReport[] {
  switch (fact.type) {
    case 'breaker.opened':
      return failuresOfTrip(fact, secr);
    case 'order.filled':
      return failuresOfFill(fact as unknown as FilledOrder, order, fees, secr);
    case 'order.failed':
    case 'order.rejected':
    case 'order.unknown': {
      const context = { what: fact.type, why: fact['why'] ?? null };
      return [{ ...patterns.missed, severity: secr.orderSeverity, context }];
    }
    case 'market.analysed':
      return beyond(
        patterns.collapse,
        'marketEntropy',
        fact['entropy'] as number,
        secr.marketEntropy,
      );
    default:
      return [];
  }
}
