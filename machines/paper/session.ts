/**
 * Broker session: brings the position at the broker to the one that the strategy wishes for.
 *
 * States: `loggingIn` -> `reconciling` (asks what the broker has; cancels what works) -> `ready` ->
 * `submitting` -> (`cancelling` the rest of a partial fill) -> `ready`. `pinging` when silent for
 * long. After trouble it waits: `loggedOut` before a login, `backingOff` before reconciling,
 * `holding` before the next order.
 *
 * At most one order is out. While nobody knows what became of it, nothing else is sent: the way to
 * the next order leads through `reconciling`. Nothing is sent before the first reconciling.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { noLimits } from './quantity.ts';
import { noCounts, sessionSettings } from './session-orders.ts';
import {
  callInput,
  cancelInput,
  reconcileInput,
  sessionSetup,
  submitInput,
} from './session-setup.ts';

import type { NotDone, SessionCounts } from './session-types.ts';

export type * from './session-types.ts';

// Machine

const count = (name: keyof SessionCounts) => ({ type: 'count', params: { name } }) as const;
const trouble = (call: string) => ({ type: 'announceTrouble', params: { call } }) as const;
const notDone = (type: NotDone) => ({ type: 'announceNotDone', params: { type } }) as const;

export const sessionMachine = sessionSetup.createMachine({
  id: 'session',
  description: 'Brings the position at the broker to the one wished for.',
  context: ({ input }) => ({
    paths: input.paths,
    settings: sessionSettings(input.settings),
    incarnation: input.incarnation,
    at: input.at,
    positionQuantity: null,
    target: null,
    order: null,
    orderCount: 0,
    callCount: 0,
    failureCount: 0,
    rejectedLoginCount: 0,
    limits: noLimits,
    counts: noCounts,
  }),
  initial: 'loggingIn',
  on: {
    TARGET: { actions: ['noteTime', 'noteTarget'] },
    RECONCILE: { target: '.reconciling', actions: 'noteTime' },
    POSTURE_CHANGED: { actions: ['noteTime', 'noteLimits'] },
    SETTINGS_CHANGED: { actions: 'applySettings' },
  },
  states: {
    loggingIn: {
      entry: 'numberCall',
      // Without a login there is nothing to ask; reconciling follows it anyway.
      on: { RECONCILE: { actions: 'noteTime' } },
      invoke: {
        src: 'login',
        input: callInput,
        onDone: [
          {
            guard: 'isDone',
            target: 'reconciling',
            actions: [
              'noteTime',
              count('logins'),
              'forgetRejections',
              'announceLoggedIn',
              'subscribe',
            ],
          },
          {
            guard: 'isUnauthorized',
            target: 'loggedOut',
            actions: ['noteTime', trouble('login'), 'countRejection'],
          },
          {
            target: 'loggedOut',
            actions: ['noteTime', trouble('login')],
          },
        ],
        onError: {
          target: 'loggedOut',
          actions: trouble('login'),
        },
      },
    },
    loggedOut: {
      tags: 'troubled',
      entry: ['countFailure', count('callsFailed')],
      after: { retry: 'loggingIn' },
      on: { RECONCILE: { actions: 'noteTime' } },
    },
    reconciling: {
      tags: 'loggedIn',
      entry: ['numberCall', 'tellUnknown'],
      on: { RECONCILE: { target: 'reconciling', reenter: true, actions: 'noteTime' } },
      invoke: {
        src: 'reconcile',
        input: reconcileInput,
        onDone: [
          {
            guard: 'isDone',
            target: 'reconciled',
            actions: [
              'noteTime',
              count('reconciliations'),
              'bookReconciled',
              'subscribe',
              'tellReconciled',
            ],
          },
          {
            guard: 'isUnauthorized',
            target: 'loggedOut',
            actions: ['noteTime', trouble('reconcile')],
          },
          {
            target: 'backingOff',
            actions: ['noteTime', trouble('reconcile')],
          },
        ],
        onError: {
          target: 'backingOff',
          actions: trouble('reconcile'),
        },
      },
    },
    reconciled: {
      tags: 'loggedIn',
      always: [
        { guard: 'isWithoutWish', target: 'ready', actions: 'askForWish' },
        // After trouble the next order waits, or a broker that loses orders would be sent one
        // after the other.
        { guard: 'wasTroubled', target: 'holding' },
        { target: 'ready' },
      ],
    },
    backingOff: {
      tags: ['loggedIn', 'troubled'],
      entry: ['countFailure', count('callsFailed')],
      after: { retry: 'reconciling' },
    },
    ready: {
      tags: 'loggedIn',
      entry: 'announceReady',
      always: { guard: 'wishDiffers', target: 'submitting' },
      after: { heartbeat: 'pinging' },
    },
    pinging: {
      tags: 'loggedIn',
      entry: 'numberCall',
      invoke: {
        src: 'ping',
        input: callInput,
        onDone: [
          {
            guard: 'isDone',
            target: 'ready',
            actions: ['noteTime', count('pings'), 'forgetFailures', 'askWhenLimited'],
          },
          {
            guard: 'isUnauthorized',
            target: 'loggedOut',
            actions: ['noteTime', trouble('ping')],
          },
          {
            target: 'backingOff',
            actions: ['noteTime', trouble('ping')],
          },
        ],
        onError: {
          target: 'backingOff',
          actions: trouble('ping'),
        },
      },
    },
    // A wish that changes is looked at in `ready`, when the order that is out has come to its end.
    submitting: {
      tags: ['loggedIn', 'orderOut'],
      entry: ['takeOrder', 'numberCall', count('ordersSent'), 'announceSent'],
      invoke: {
        src: 'submitOrder',
        input: submitInput,
        onDone: [
          {
            guard: 'isFilled',
            target: 'ready',
            actions: ['noteTime', 'bookOrder', 'forgetFailures'],
          },
          { guard: 'isPartiallyFilled', target: 'cancelling', actions: 'noteTime' },
          {
            guard: 'isFinal',
            target: 'holding',
            actions: [
              'noteTime',
              count('ordersRejected'),
              'announceRejected',
              'dropOrder',
              'countFailure',
            ],
          },
          {
            guard: 'isRefused',
            target: 'holding',
            actions: [
              'noteTime',
              count('ordersRefused'),
              notDone('order.refused'),
              'dropOrder',
              'countFailure',
            ],
          },
          {
            guard: 'isUnauthorized',
            target: 'loggedOut',
            actions: ['noteTime', count('ordersFailed'), notDone('order.failed'), 'dropOrder'],
          },
          {
            guard: 'isFailed',
            target: 'backingOff',
            actions: ['noteTime', count('ordersFailed'), notDone('order.failed'), 'dropOrder'],
          },
          {
            target: 'reconciling',
            actions: ['noteTime', count('ordersUnknown'), notDone('order.unknown'), 'countFailure'],
          },
        ],
        onError: {
          target: 'reconciling',
          actions: [count('ordersUnknown'), notDone('order.unknown'), 'countFailure'],
        },
      },
    },
    // The order is booked once, by its final report: from here, or from the reconciling.
    cancelling: {
      tags: ['loggedIn', 'orderOut'],
      entry: 'numberCall',
      invoke: {
        src: 'cancelOrder',
        input: cancelInput,
        onDone: [
          {
            guard: 'isFinal',
            target: 'ready',
            actions: ['noteTime', 'bookOrder', 'forgetFailures'],
          },
          {
            guard: 'isUnauthorized',
            target: 'loggedOut',
            actions: ['noteTime', trouble('cancelOrder')],
          },
          {
            target: 'reconciling',
            actions: ['noteTime', trouble('cancelOrder'), 'countFailure'],
          },
        ],
        onError: {
          target: 'reconciling',
          actions: [trouble('cancelOrder'), 'countFailure'],
        },
      },
    },
    // Refused orders are tried again when the wait is over, or at once when the wish changes.
    holding: {
      tags: ['loggedIn', 'troubled'],
      after: { retry: 'ready' },
      on: { TARGET: { target: 'ready', actions: ['noteTime', 'noteTarget'] } },
    },
  },
});
