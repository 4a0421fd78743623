/** What the broker session computes: the next order, ids, waits, and what a report changes. */
import { backoffMs } from '../policies/backoff.ts';
import type { PostureChanged } from '../posture.ts';
import { cleanQuantity, limitedStep, type OrderLimits, signedQuantity } from './quantity.ts';
import type {
  CallOutcome,
  FilledOrder,
  OrderResult,
  PendingOrder,
  SessionContext,
  SessionCounts,
  SessionSettings,
} from './session-types.ts';

export const noCounts: SessionCounts = {
  logins: 0,
  reconciliations: 0,
  pings: 0,
  ordersSent: 0,
  ordersFilled: 0,
  ordersFilledInPart: 0,
  ordersRefused: 0,
  ordersRejected: 0,
  ordersFailed: 0,
  ordersUnknown: 0,
  callsFailed: 0,
};

/** The settings that a session keeps: it is given all of the host's, for the sake of the symbol. */
export function sessionSettings({ symbol, broker }: SessionSettings): SessionSettings {
  const { heartbeatMs, retryMinMs, retryMaxMs, rejectedLoginCountMax } = broker;
  return { symbol, broker: { heartbeatMs, retryMinMs, retryMaxMs, rejectedLoginCountMax } };
}

/** What the posture leaves of the two things that a session does. */
export const limitsOf = ({ forbidden, quality }: PostureChanged): OrderLimits => ({
  openRatio: forbidden.includes('orders.open') ? 0 : (quality['orders.open'] ?? 1),
  mayReduce: !forbidden.includes('orders.reduce'),
});

/** One more of one thing. */
export const counted = (counts: SessionCounts, name: keyof SessionCounts): SessionCounts => ({
  ...counts,
  [name]: counts[name] + 1,
});

/**
 * How the call ended that this event tells of. XState types an event by the events of the chart,
 * and the end of an invoked port is none of those; this is the one place that says so. A port that
 * was cut off by the end of the process has an error instead: then nobody knows what was done.
 */
export function outcomeOf<Done>(event: { readonly type: string }): CallOutcome<Done> {
  const told = event as { output?: CallOutcome<Done>; error?: unknown };
  if (told.output !== undefined) return told.output;
  const why = told.error instanceof Error ? told.error.message : 'The call was interrupted.';
  return { kind: 'unknown', at: 0, why };
}

/** The latest time known after the event: ends of calls carry it in their outcome. */
export function timeAfter(context: SessionContext, event: { readonly type: string }): number {
  const told = event as { at?: number; output?: { at?: number } };
  return Math.max(context.at, told.at ?? told.output?.at ?? 0);
}

const prefix = ({ incarnation }: SessionContext) => (incarnation === 0 ? '' : `${incarnation}.`);

/** Tells this call from every other of the account, whatever crashed in between. */
export const callIdOf = (context: SessionContext): string =>
  `c-${prefix(context)}${context.callCount}`;

/**
 * The order that comes next; null when position and wish agree, one of them is not known, or the
 * limits allow no more.
 */
export function nextOrder(context: SessionContext): PendingOrder | null {
  const { target, positionQuantity, limits } = context;
  if (target === null || positionQuantity === null) return null;
  const step = limitedStep(positionQuantity, target.quantity, limits);
  if (step === null) return null;
  return {
    ...step,
    clientOrderId: `o-${prefix(context)}${context.orderCount + 1}`,
    symbol: context.settings.symbol,
    referencePrice: target.price,
    at: target.at,
  };
}

/** The wait before the next try, ms. */
export function retryMs({ settings: { broker }, failureCount }: SessionContext): number {
  const { retryMinMs: baseMs, retryMaxMs: maxMs } = broker;
  return backoffMs({ baseMs, factor: 2, maxMs, jitterRatio: 0 }, Math.max(0, failureCount - 1), 0);
}

/** What was filled of the order that is out, by its final report; null when nothing was. */
export function fillOf(
  order: PendingOrder | null,
  report: OrderResult | undefined,
  at: number,
): FilledOrder | null {
  if (order === null || report === undefined || !(report.filledQuantity > 0)) return null;
  const { clientOrderId, side } = order;
  const { filledQuantity: quantity, averagePrice: price, fee } = report;
  return { clientOrderId, side, quantity, price, fee, at };
}

/** The context after the order that is out has come to its end. */
export function afterOrder(context: SessionContext, fill: FilledOrder | null) {
  const { order, counts, positionQuantity } = context;
  if (fill === null) return { order: null };
  const filled = counted(counts, 'ordersFilled');
  const inPart = order !== null && cleanQuantity(order.quantity - fill.quantity) > 0;
  return {
    order: null,
    counts: inPart ? counted(filled, 'ordersFilledInPart') : filled,
    positionQuantity: cleanQuantity(
      (positionQuantity ?? 0) + signedQuantity(fill.side, fill.quantity),
    ),
  };
}
