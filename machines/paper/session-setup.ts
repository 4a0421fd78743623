/**
 * Broker session, its implementations: what the names in the chart of `session.ts` stand for.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { assign, emit, enqueueActions, sendTo, setup } from 'xstate';
import { port } from '../port.ts';
import { tell } from '../tell.ts';
import {
  afterOrder,
  callIdOf,
  counted,
  fillOf,
  limitsOf,
  nextOrder,
  outcomeOf,
  retryMs,
  sessionSettings,
  timeAfter,
} from './session-orders.ts';
import type {
  CallInput,
  CancelInput,
  LoginOutcome,
  NotDone,
  OrderOutcome,
  OrderResult,
  PingOutcome,
  ReconcileInput,
  ReconcileOutcome,
  SessionContext,
  SessionCounts,
  SessionEmitted,
  SessionEvent,
  SessionInput,
  SubmitInput,
} from './session-types.ts';

type CountParams = { readonly name: keyof SessionCounts };
type CallParams = { readonly call: string };
type WhyParams = { readonly type: NotDone };

const reportOf = (event: { readonly type: string }): OrderResult | undefined => {
  const outcome = outcomeOf<{ report: OrderResult }>(event);
  return outcome.kind === 'done' ? outcome.report : undefined;
};

const whyOf = (event: { readonly type: string }): string => {
  const outcome = outcomeOf<unknown>(event);
  return outcome.kind === 'done' ? '' : outcome.why;
};

/** The name that the trading mode knows the session by. */
const by = 'session';

const finalStatuses: readonly unknown[] = ['filled', 'cancelled', 'rejected'];

export const sessionSetup = setup({
  types: {
    input: {} as SessionInput,
    context: {} as SessionContext,
    events: {} as SessionEvent,
    emitted: {} as SessionEmitted,
    tags: {} as 'loggedIn' | 'orderOut' | 'troubled',
  },
  actors: {
    login: port<LoginOutcome, CallInput>('login'),
    reconcile: port<ReconcileOutcome, ReconcileInput>('reconcile'),
    submitOrder: port<OrderOutcome, SubmitInput>('submitOrder'),
    cancelOrder: port<OrderOutcome, CancelInput>('cancelOrder'),
    ping: port<PingOutcome, CallInput>('ping'),
  },
  guards: {
    wishDiffers: ({ context }) => nextOrder(context) !== null,
    isDone: ({ event }) => outcomeOf(event).kind === 'done',
    isRefused: ({ event }) => outcomeOf(event).kind === 'refused',
    isUnauthorized: ({ event }) => outcomeOf(event).kind === 'unauthorized',
    isFailed: ({ event }) => outcomeOf(event).kind === 'failed',
    isPartiallyFilled: ({ event }) => reportOf(event)?.status === 'partiallyFilled',
    isFilled: ({ event }) =>
      finalStatuses.includes(reportOf(event)?.status) && reportOf(event)!.filledQuantity > 0,
    isFinal: ({ event }) => finalStatuses.includes(reportOf(event)?.status),
    wasTroubled: ({ context }) => context.failureCount > 0,
    isWithoutWish: ({ context }) => context.target === null,
  },
  actions: {
    noteTime: assign({ at: ({ context, event }) => timeAfter(context, event) }),
    noteTarget: assign(({ event }) =>
      event.type === 'TARGET'
        ? { target: { quantity: event.quantity, price: event.price, at: event.at } }
        : {},
    ),
    applySettings: assign(({ event }) =>
      event.type === 'SETTINGS_CHANGED' ? { settings: sessionSettings(event.settings) } : {},
    ),
    numberCall: assign({ callCount: ({ context }) => context.callCount + 1 }),
    count: assign({
      counts: ({ context }, { name }: CountParams) => counted(context.counts, name),
    }),
    countFailure: assign({ failureCount: ({ context }) => context.failureCount + 1 }),
    forgetFailures: assign({ failureCount: 0 }),
    forgetRejections: assign({ rejectedLoginCount: 0 }),
    /** One may be chance; several in a row are a key that is no longer taken. */
    countRejection: enqueueActions(({ context, event, enqueue, system }) => {
      const { at, paths, settings } = context;
      const rejectedLoginCount = context.rejectedLoginCount + 1;
      enqueue.assign({ rejectedLoginCount });
      if (rejectedLoginCount % settings.broker.rejectedLoginCountMax !== 0) return;
      const why = `${rejectedLoginCount} logins in a row were rejected: ${whyOf(event)}`;
      tell({ enqueue, system }, [paths.safety], { type: 'AUTHENTICATION_FAILED', at, why });
    }),
    subscribe: enqueueActions(({ context: { paths }, enqueue, system }) =>
      tell({ enqueue, system }, [paths.posture], { type: 'SUBSCRIBE', path: paths.session }),
    ),
    /** A posture that was started anew may have forgotten whom it had limited. */
    askWhenLimited: enqueueActions(({ context: { limits, paths }, enqueue, system }) => {
      if (limits.openRatio === 1 && limits.mayReduce) return;
      tell({ enqueue, system }, [paths.posture], { type: 'SUBSCRIBE', path: paths.session });
    }),
    noteLimits: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'POSTURE_CHANGED') return;
      const limits = limitsOf(event);
      const { openRatio, mayReduce } = context.limits;
      if (limits.openRatio === openRatio && limits.mayReduce === mayReduce) return;
      enqueue.assign({ limits });
      enqueue.emit({ type: 'session.limited', at: context.at, ...limits });
    }),
    /** Whoever watches over trading learns that position and orders have to be compared first. */
    tellUnknown: enqueueActions(({ context, event, enqueue, system }) => {
      const { at, order, positionQuantity, paths } = context;
      const isKnown = order === null && positionQuantity !== null && event.type !== 'RECONCILE';
      if (isKnown) return;
      const why =
        order === null
          ? 'the position at the broker is not known'
          : `nobody knows what became of order ${order.clientOrderId}`;
      tell({ enqueue, system }, [paths.tradingMode], { type: 'RECONCILE', at, by, why });
    }),
    tellReconciled: enqueueActions(({ context, enqueue, system }) => {
      const { at, positionQuantity, paths } = context;
      const why = `position ${positionQuantity}, no orders at work`;
      tell({ enqueue, system }, [paths.tradingMode], { type: 'RECONCILED', at, by, why });
    }),
    takeOrder: assign(({ context }) => ({
      order: nextOrder(context),
      orderCount: context.orderCount + 1,
    })),
    dropOrder: assign({ order: null }),
    bookOrder: enqueueActions(({ context, event, enqueue }) => {
      const fill = fillOf(context.order, reportOf(event), context.at);
      enqueue.assign(afterOrder(context, fill));
      if (fill === null) return;
      enqueue.sendTo(({ system }) => system.get(context.paths.account), {
        type: 'FILLED',
        ...fill,
      });
      enqueue.emit({ type: 'order.filled', ...fill });
    }),
    bookReconciled: enqueueActions(({ context, event, enqueue }) => {
      const outcome = outcomeOf<Extract<ReconcileOutcome, { kind: 'done' }>>(event);
      if (outcome.kind !== 'done') return;
      const { positionQuantity } = outcome;
      const { at } = context;
      const report = outcome.reports.find((r) => r.clientOrderId === context.order?.clientOrderId);
      const fill = fillOf(context.order, report, context.at);
      const after = afterOrder(context, fill);
      const known = after.positionQuantity ?? context.positionQuantity;
      enqueue.assign({ ...after, positionQuantity });
      const account = () => context.paths.account;
      if (fill !== null) {
        enqueue.sendTo(({ system }) => system.get(account()), { type: 'FILLED', ...fill });
        enqueue.emit({ type: 'order.filled', ...fill });
      }
      const adjusted = { type: 'ADJUSTED', positionQuantity, at };
      enqueue.sendTo(({ system }) => system.get(account()), adjusted);
      enqueue.emit({ type: 'session.reconciled', at, positionQuantity, known });
    }),
    askForWish: sendTo(
      ({ context, system }) => system.get(context.paths.strategy),
      ({ context }) => ({ type: 'REPEAT_WISH', at: context.at }),
    ),
    announceLoggedIn: emit(({ context }) => ({
      type: 'session.loggedIn' as const,
      at: context.at,
    })),
    announceReady: emit(({ context }) => ({ type: 'session.ready' as const, at: context.at })),
    announceTrouble: emit(({ context, event }, { call }: CallParams) => ({
      type: 'session.troubled' as const,
      at: context.at,
      call,
      kind: outcomeOf(event).kind,
      why: whyOf(event),
    })),
    announceSent: emit(({ context }) => ({
      type: 'order.sent' as const,
      at: context.at,
      order: context.order!,
    })),
    announceRejected: emit(({ context }) => ({
      type: 'order.rejected' as const,
      at: context.at,
      clientOrderId: context.order?.clientOrderId ?? '',
    })),
    announceNotDone: emit(({ context, event }, { type }: WhyParams) => ({
      type,
      at: context.at,
      clientOrderId: context.order?.clientOrderId ?? '',
      why: whyOf(event),
    })),
  },
  delays: {
    heartbeat: ({ context }) => context.settings.broker.heartbeatMs,
    retry: ({ context }) => retryMs(context),
  },
});

// Inputs of the ports

type Args = { readonly context: SessionContext };

export const callInput = ({ context }: Args): CallInput => ({ callId: callIdOf(context) });

export const submitInput = ({ context }: Args): SubmitInput => ({
  callId: callIdOf(context),
  order: context.order!,
});

export const cancelInput = ({ context }: Args): CancelInput => ({
  callId: callIdOf(context),
  clientOrderId: context.order!.clientOrderId,
});

export const reconcileInput = ({ context }: Args): ReconcileInput => ({
  callId: callIdOf(context),
  clientOrderIds: context.order === null ? [] : [context.order.clientOrderId],
});
