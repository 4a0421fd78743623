/**
 * The broker session joined to a broker: each port of the chart is one call, or a few.
 *
 * Ports do not reject for what can be expected. They say how a call ended and when, in logical
 * time, so that the chart decides by what its journal holds.
 */
import { fromPromise } from 'xstate';
import { type SessionInput, sessionMachine } from '../../machines/paper/session.ts';
import type {
  CallInput,
  CallOutcome,
  CancelInput,
  LoginOutcome,
  OrderOutcome,
  PingOutcome,
  ReconcileInput,
  ReconcileOutcome,
  SubmitInput,
} from '../../machines/paper/session-types.ts';
import { BrokerError, KintsugiError, withoutStack } from '../errors.ts';
import type { Broker, CallOptions, Clock, OrderReport } from '../ports.ts';

export type { SessionInput };

export interface SessionPorts {
  /** Already behind its breaker: see `breakerBroker`. */
  readonly broker: Broker;
  /** False while nothing may open: the second look, when the order leaves. */
  readonly admitsOpening: () => boolean;
  readonly clock: Pick<Clock, 'now'>;
}

/** An order that would open a position was not sent: nothing may open now. */
export class OpeningRefusedError extends KintsugiError {
  readonly code = 'OPENING_REFUSED';
  readonly retryable = true;
  readonly clientOrderId: string;
  constructor(clientOrderId: string) {
    super(`Order '${clientOrderId}' opens a position, and nothing may open now: it was not sent.`);
    this.clientOrderId = clientOrderId;
  }
}

/** What a chart has to know of an error, without its text: is it certain that nothing was done? */
function failureKindOf(error: unknown): 'refused' | 'unauthorized' | 'failed' | 'unknown' {
  if (error instanceof BrokerError) {
    if (error.kind === 'unauthorized') return 'unauthorized';
    return ['unavailable', 'refused', 'fenced'].includes(error.kind) ? 'failed' : 'unknown';
  }
  if (!(error instanceof KintsugiError)) return 'unknown';
  const { code } = error;
  const notSent = code.startsWith('CIRCUIT_') || ['OPENING_REFUSED', 'NOT_ACTIVE'].includes(code);
  return notSent ? 'refused' : 'unknown';
}

const callOutcome =
  (clock: Pick<Clock, 'now'>) =>
  async <Done>(call: () => Promise<Done>): Promise<CallOutcome<Done>> => {
    try {
      const done = await call();
      return { kind: 'done', at: clock.now(), ...done };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: failureKindOf(error), at: clock.now(), why };
    }
  };

async function reconcile(broker: Broker, input: ReconcileInput, signal: AbortSignal) {
  const options = (name: string): CallOptions => ({ signal, callId: `${input.callId}.${name}` });
  const before = await broker.account(options('account'));
  const reports: OrderReport[] = [];
  for (const { clientOrderId } of before.workingOrders) {
    reports.push(await broker.cancelOrder(clientOrderId, options(`cancel.${clientOrderId}`)));
  }
  for (const id of input.clientOrderIds) {
    if (reports.some((report) => report.clientOrderId === id)) continue;
    reports.push(await broker.order(id, options(`order.${id}`)));
  }
  // An order may have been filled further before it was cancelled: only now the position is final.
  const after = before.workingOrders.length > 0 ? await broker.account(options('after')) : before;
  return {
    positionQuantity: after.positionQuantity,
    reports: reports.filter((report) => input.clientOrderIds.includes(report.clientOrderId)),
  };
}

/** The session's logic with its ports: what `paperTree` supervises. */
export function sessionActor({ broker, admitsOpening, clock }: SessionPorts) {
  const outcome = callOutcome(clock);
  return sessionMachine.provide({
    actors: {
      login: fromPromise<LoginOutcome, CallInput>(({ input: { callId }, signal }) =>
        outcome(async () => {
          // The client keeps the session's secret: a journal is no place for it.
          await broker.login({ signal, callId });
        }),
      ),
      ping: fromPromise<PingOutcome, CallInput>(({ input: { callId }, signal }) =>
        outcome(async () => {
          await broker.ping({ signal, callId });
        }),
      ),
      reconcile: fromPromise<ReconcileOutcome, ReconcileInput>(({ input, signal }) =>
        outcome(() => reconcile(broker, input, signal)),
      ),
      submitOrder: fromPromise<OrderOutcome, SubmitInput>(({ input: { callId, order }, signal }) =>
        outcome(async () => {
          const { reduces, ...request } = order;
          if (!reduces && !admitsOpening()) {
            throw withoutStack(() => new OpeningRefusedError(order.clientOrderId));
          }
          return { report: await broker.submitOrder(request, { signal, callId }) };
        }),
      ),
      cancelOrder: fromPromise<OrderOutcome, CancelInput>(({ input, signal }) =>
        outcome(async () => {
          const { callId, clientOrderId } = input;
          return { report: await broker.cancelOrder(clientOrderId, { signal, callId }) };
        }),
      ),
    },
  });
}
