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
import { noCounts, sessionSettings } from './session-orders.ts';
import {
  callInput,
  cancelInput,
  reconcileInput,
  sessionSetup,
  submitInput,
} from './session-setup.ts';

export type * from './session-types.ts';

// Machine

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
    counts: noCounts,
  }),
  initial: 'loggingIn',
  on: {
    TARGET: { actions: ['noteTime', 'noteTarget'] },
    RECONCILE: { target: '.reconciling', actions: 'noteTime' },
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
              { type: 'count', params: { name: 'logins' } },
              'announceLoggedIn',
            ],
          },
          {
            target: 'loggedOut',
            actions: ['noteTime', { type: 'announceTrouble', params: { call: 'login' } }],
          },
        ],
        onError: {
          target: 'loggedOut',
          actions: { type: 'announceTrouble', params: { call: 'login' } },
        },
      },
    },
    loggedOut: {
      tags: 'troubled',
      entry: ['countFailure', { type: 'count', params: { name: 'callsFailed' } }],
      after: { retry: 'loggingIn' },
      on: { RECONCILE: { actions: 'noteTime' } },
    },
    reconciling: {
      tags: 'loggedIn',
      entry: 'numberCall',
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
              { type: 'count', params: { name: 'reconciliations' } },
              'bookReconciled',
            ],
          },
          {
            guard: 'isUnauthorized',
            target: 'loggedOut',
            actions: ['noteTime', { type: 'announceTrouble', params: { call: 'reconcile' } }],
          },
          {
            target: 'backingOff',
            actions: ['noteTime', { type: 'announceTrouble', params: { call: 'reconcile' } }],
          },
        ],
        onError: {
          target: 'backingOff',
          actions: { type: 'announceTrouble', params: { call: 'reconcile' } },
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
      entry: ['countFailure', { type: 'count', params: { name: 'callsFailed' } }],
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
            actions: ['noteTime', { type: 'count', params: { name: 'pings' } }, 'forgetFailures'],
          },
          {
            guard: 'isUnauthorized',
            target: 'loggedOut',
            actions: ['noteTime', { type: 'announceTrouble', params: { call: 'ping' } }],
          },
          {
            target: 'backingOff',
            actions: ['noteTime', { type: 'announceTrouble', params: { call: 'ping' } }],
          },
        ],
        onError: {
          target: 'backingOff',
          actions: { type: 'announceTrouble', params: { call: 'ping' } },
        },
      },
    },
    // A wish that changes is looked at in `ready`, when the order that is out has come to its end.
    submitting: {
      tags: ['loggedIn', 'orderOut'],
      entry: [
        'takeOrder',
        'numberCall',
        { type: 'count', params: { name: 'ordersSent' } },
        'announceSent',
      ],
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
              { type: 'count', params: { name: 'ordersRejected' } },
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
              { type: 'count', params: { name: 'ordersRefused' } },
              { type: 'announceNotDone', params: { type: 'order.refused' } },
              'dropOrder',
              'countFailure',
            ],
          },
          {
            guard: 'isUnauthorized',
            target: 'loggedOut',
            actions: [
              'noteTime',
              { type: 'count', params: { name: 'ordersFailed' } },
              { type: 'announceNotDone', params: { type: 'order.failed' } },
              'dropOrder',
            ],
          },
          {
            guard: 'isFailed',
            target: 'backingOff',
            actions: [
              'noteTime',
              { type: 'count', params: { name: 'ordersFailed' } },
              { type: 'announceNotDone', params: { type: 'order.failed' } },
              'dropOrder',
            ],
          },
          {
            target: 'reconciling',
            actions: [
              'noteTime',
              { type: 'count', params: { name: 'ordersUnknown' } },
              { type: 'announceNotDone', params: { type: 'order.unknown' } },
              'countFailure',
            ],
          },
        ],
        onError: {
          target: 'reconciling',
          actions: [
            { type: 'count', params: { name: 'ordersUnknown' } },
            { type: 'announceNotDone', params: { type: 'order.unknown' } },
            'countFailure',
          ],
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
            actions: ['noteTime', { type: 'announceTrouble', params: { call: 'cancelOrder' } }],
          },
          {
            target: 'reconciling',
            actions: [
              'noteTime',
              { type: 'announceTrouble', params: { call: 'cancelOrder' } },
              'countFailure',
            ],
          },
        ],
        onError: {
          target: 'reconciling',
          actions: [{ type: 'announceTrouble', params: { call: 'cancelOrder' } }, 'countFailure'],
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
