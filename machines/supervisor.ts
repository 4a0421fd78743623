/**
 * Supervisor: decides what happens when a child goes down.
 *
 * States: `starting` -> `running` <-> `restarting` (stops a group, waits, starts it),
 * `restartingOne` or `halting` (stops one for an operator); `stopping` -> `ended`. It only decides:
 * `orders` holds what the runtime carries out in the same turn, and tells it back. While it is
 * `busy`, the runtime keeps `CHILD_DOWN` for later. Pure: reads no clock, keeps no random state,
 * does no I/O.
 *
 * @see https://www.erlang.org/doc/apps/stdlib/supervisor.html
 */
import { supervisorSetup } from './supervisor-setup.ts';

export type {
  SupervisorContext,
  SupervisorEmitted,
  SupervisorEnding,
  SupervisorEvent,
  SupervisorInput,
  SupervisorOrder,
} from './supervisor-types.ts';

// Machine

const gaveUp = { type: 'prepareEnd', params: { ending: 'gaveUp' } } as const;
const gaveUpTrying = { type: 'prepareEndOfTries', params: { ending: 'gaveUp' } } as const;
const shutDown = { type: 'prepareEnd', params: { ending: 'shutDown' } } as const;
const stopped = { type: 'prepareEnd', params: { ending: 'stopped' } } as const;
const failedToStart = { type: 'prepareEnd', params: { ending: 'failedToStart' } } as const;

export const supervisorMachine = supervisorSetup.createMachine({
  id: 'supervisor',
  description: 'Decides what happens when a child goes down.',
  context: ({ input }) => ({
    ...input,
    restartsAt: [],
    orders: [],
    group: [],
    waitMs: 0,
    childId: '',
    waiting: [],
    due: [],
    ending: null,
    why: '',
  }),
  initial: 'starting',
  on: {
    CHILD_STOPPING: { actions: 'giveTime' },
    KILL_DUE: { actions: ['orderKill', 'announceKill'] },
    RETRY: { guard: 'isAwaited', actions: 'makeDue' },
    SHUTDOWN: { guard: 'isNotEnding', target: '.stopping', actions: stopped },
  },
  states: {
    // A failed start undoes the earlier ones.
    starting: {
      tags: 'busy',
      on: {
        BEGIN: { actions: 'orderStartOfAll' },
        CHILDREN_STARTED: { target: 'running', actions: 'orderNothing' },
        START_FAILED: { target: 'stopping', actions: failedToStart },
      },
    },
    running: {
      tags: 'ready',
      // Each new try counts against the intensity, at the time of the try.
      always: [
        { guard: 'isOneTryTooMany', target: 'stopping', actions: gaveUpTrying },
        { guard: 'hasDue', target: 'restarting', actions: 'takeDue' },
      ],
      on: {
        CHILD_DOWN: [
          { guard: 'endsSupervisor', target: 'stopping', actions: shutDown },
          { guard: 'isForgotten', actions: ['orderRemoval', 'announceRemoval'] },
          { guard: 'staysDown', actions: 'orderIdle' },
          { guard: 'isOneTooMany', target: 'stopping', actions: gaveUp },
          {
            guard: 'restartsAloneNow',
            target: 'restartingOne',
            actions: ['recordRestart', 'orderStartOfChild', 'announceRestart'],
          },
          { target: 'restarting', actions: ['recordRestart', 'takeTrouble'] },
        ],
        STOP_CHILD: { target: 'halting', actions: 'takeOrder' },
        RESTART_CHILD: { target: 'restarting', actions: 'takeOrder' },
      },
    },
    // The usual case in fewer steps: nobody has to be stopped before.
    restartingOne: {
      tags: 'busy',
      on: {
        CHILDREN_STARTED: { target: 'running', actions: 'orderNothing' },
        START_FAILED: { target: 'running', actions: 'waitForNextTry' },
      },
    },
    restarting: {
      tags: 'busy',
      entry: 'orderStop',
      on: {
        CHILDREN_STOPPED: [
          { guard: 'mustWait', target: 'running', actions: ['endTime', 'wait'] },
          { actions: ['endTime', 'orderStart', 'announceGroupRestart'] },
        ],
        CHILDREN_STARTED: { target: 'running', actions: 'orderNothing' },
        START_FAILED: [
          { guard: 'hasLeft', actions: ['waitForNextTry', 'orderStartOfLeft'] },
          { target: 'running', actions: 'waitForNextTry' },
        ],
      },
    },
    halting: {
      tags: 'busy',
      entry: 'orderStop',
      on: {
        CHILDREN_STOPPED: { target: 'running', actions: ['endTime', 'orderNothing'] },
      },
    },
    // Children that crash meanwhile are down all the same.
    stopping: {
      tags: ['busy', 'ending'],
      entry: ['orderStopOfAll', 'announceEnd', 'alertEnd'],
      on: {
        CHILDREN_STOPPED: { target: 'ended', actions: ['endTime', 'orderNothing'] },
      },
    },
    ended: { tags: 'ended', type: 'final' },
  },
});
