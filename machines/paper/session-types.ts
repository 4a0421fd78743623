/** What the broker session is told, remembers, asks for and says. */
import type { PaperSettings } from '../../config/paper.ts';
import type { PostureChanged } from '../posture.ts';
import type { OrderLimits, Side } from './quantity.ts';

export type SessionPaths = {
  /** Its own. */
  readonly session: string;
  readonly account: string;
  readonly strategy: string;
  /** The safeguards that say what it may do, and that it tells what it knows. */
  readonly posture: string;
  readonly tradingMode: string;
  readonly safety: string;
};

/** The part of the settings that a session lives by. */
export type SessionSettings = {
  readonly symbol: PaperSettings['symbol'];
  readonly broker: Pick<
    PaperSettings['broker'],
    'heartbeatMs' | 'retryMinMs' | 'retryMaxMs' | 'rejectedLoginCountMax'
  >;
};

export type SessionInput = {
  readonly settings: SessionSettings;
  readonly paths: SessionPaths;
  /** 0 at the first start. Part of every id, so that no id is given twice after a crash. */
  readonly incarnation: number;
  /** Logical time of the start, ms. */
  readonly at: number;
};

/** The order that is at the broker, or may be. There is never more than one. */
export type PendingOrder = {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly quantity: number;
  readonly reduces: boolean;
  readonly referencePrice: number;
  /** Time of the decision, ms. */
  readonly at: number;
};

/** For the report of a run. All are counts. */
export type SessionCounts = {
  readonly logins: number;
  readonly reconciliations: number;
  readonly pings: number;
  /** Orders handed to the port, refused ones included. */
  readonly ordersSent: number;
  /** Orders of which anything was filled. */
  readonly ordersFilled: number;
  /** Orders of which only a part was filled. */
  readonly ordersFilledInPart: number;
  /** Orders that a breaker or the feed's state kept from being sent. */
  readonly ordersRefused: number;
  /** Orders that the broker turned down. */
  readonly ordersRejected: number;
  /** Orders that were certainly not executed because the call failed. */
  readonly ordersFailed: number;
  /** Orders of which nobody knew whether they were executed, until the next reconciling. */
  readonly ordersUnknown: number;
  /** Calls other than orders that failed or were refused. */
  readonly callsFailed: number;
};

export type Target = {
  /** Signed quantity that is wished for. */
  readonly quantity: number;
  readonly price: number;
  readonly at: number;
};

export type SessionContext = {
  readonly paths: SessionPaths;
  readonly settings: SessionSettings;
  readonly incarnation: number;
  /** Latest logical time that any event told, ms. */
  readonly at: number;
  /** Signed; null until the broker has said it. */
  readonly positionQuantity: number | null;
  readonly target: Target | null;
  readonly order: PendingOrder | null;
  readonly orderCount: number;
  readonly callCount: number;
  /** Failures since the last order or ping that went well. Makes the next wait longer. Count. */
  readonly failureCount: number;
  /** Logins that the broker has rejected since the last one that it took. */
  readonly rejectedLoginCount: number;
  /** What the posture allows. */
  readonly limits: OrderLimits;
  readonly counts: SessionCounts;
};

export type SessionEvent =
  | ({ type: 'TARGET' } & Target)
  /** From the host after the process was started again: nothing is sent until all is compared. */
  | { type: 'RECONCILE'; at: number }
  | PostureChanged
  | { type: 'SETTINGS_CHANGED'; settings: SessionSettings };

/** How an order ended that was not executed, as far as is known. */
export type NotDone = 'order.refused' | 'order.failed' | 'order.unknown';

export type SessionEmitted =
  | { type: 'session.loggedIn'; at: number }
  | { type: 'session.reconciled'; at: number; positionQuantity: number; known: number | null }
  | { type: 'session.ready'; at: number }
  /** The posture allows more or less than before. */
  | ({ type: 'session.limited'; at: number } & OrderLimits)
  | { type: 'session.troubled'; at: number; call: string; kind: string; why: string }
  | { type: 'order.sent'; at: number; order: PendingOrder }
  | ({ type: 'order.filled' } & FilledOrder)
  | { type: 'order.rejected'; at: number; clientOrderId: string }
  | { type: 'order.refused'; at: number; clientOrderId: string; why: string }
  | { type: 'order.failed'; at: number; clientOrderId: string; why: string }
  | { type: 'order.unknown'; at: number; clientOrderId: string; why: string };

export type FilledOrder = {
  readonly clientOrderId: string;
  readonly side: Side;
  readonly quantity: number;
  readonly price: number;
  readonly fee: number;
  readonly at: number;
};

/** What the broker says about one order. */
export type OrderResult = {
  readonly clientOrderId: string;
  readonly status: 'filled' | 'partiallyFilled' | 'cancelled' | 'rejected' | 'unknown';
  readonly side: Side;
  readonly filledQuantity: number;
  readonly averagePrice: number;
  readonly fee: number;
};

/**
 * How a call ended. Ports never reject for what can be expected: a chart decides by `kind`.
 *
 * `refused`: not sent, a breaker or the feed forbids it. `unauthorized`: not done, the session is
 * over. `failed`: certainly not done. `unknown`: it may or may not have been done.
 */
export type CallOutcome<Done> =
  | ({ readonly kind: 'done'; readonly at: number } & Done)
  | {
      readonly kind: 'refused' | 'unauthorized' | 'failed' | 'unknown';
      readonly at: number;
      readonly why: string;
    };

export type CallInput = { readonly callId: string };
export type LoginOutcome = CallOutcome<unknown>;
export type PingOutcome = CallOutcome<unknown>;
export type SubmitInput = CallInput & { readonly order: PendingOrder };
export type OrderOutcome = CallOutcome<{ readonly report: OrderResult }>;
export type CancelInput = CallInput & { readonly clientOrderId: string };
/** `clientOrderIds`: orders whose outcome is not known. Everything that works is cancelled. */
export type ReconcileInput = CallInput & { readonly clientOrderIds: readonly string[] };
export type ReconcileOutcome = CallOutcome<{
  readonly positionQuantity: number;
  /** One final report for each order that was asked for. */
  readonly reports: readonly OrderResult[];
}>;
