/**
 * Failover pair: one of two sides is active, the other takes over when that one is dead.
 *
 * States: `primary` and `backup` (who is active); `switching` (the role moves, at the start too);
 * `failingBack` (it returns to the primary by itself or by order); `suspended` (nothing moves by
 * itself: too many switches, or an order). A move has steps: the side here stands down (`leaving`),
 * the lease is taken under a new epoch (`acquiring`), the other side acts (`activating`); when that
 * one runs on another host it is waited for (`handing`).
 *
 * One host may run both sides, or each side has a host with a pair of its own; the lease joins
 * them. A side acts under the epoch of its lease only, and whoever receives its effects refuses
 * older ones.
 *
 * Pure: reads no clock, keeps no random state, does no I/O.
 * @see M. Kleppmann, How to do distributed locking, 2016, on fencing tokens.
 */

import { failoverPairSetup, leaveInput, watchInput } from './failover-pair-setup.ts';
import { aim, follow, of, ordered, settled, steps, suspended } from './failover-pair-steps.ts';

export type * from './failover-pair-types.ts';

// Machine

export const failoverPairMachine = failoverPairSetup.createMachine({
  id: 'failoverPair',
  description: 'Keeps one of two sides active, each under an epoch of its own.',
  context: ({ input }) => ({
    name: input.name,
    settings: input.settings,
    local: input.local,
    seed: input.seed,
    path: input.path ?? input.name,
    alerts: input.alerts ?? [],
    epoch: 0,
    active: null,
    role: { side: null, epoch: 0, isReleased: false },
    beats: {
      primary: { missedCount: 0, passes: false, why: null },
      backup: { missedCount: 0, passes: false, why: null },
    },
    copy: null,
    move: {
      from: null,
      to: 'primary',
      cause: 'start',
      isPlanned: false,
      beganAtMs: input.at,
      why: 'the pair starts',
    },
    moveCount: 1,
    failureCount: 0,
    nextTryAtMs: input.at,
    switchesAtMs: [],
    refusal: null,
    suspension: null,
    dueAtMs: input.at,
    atMs: input.at,
    changedAtMs: input.at,
  }),
  // It never ends: a look that fails is an event of it.
  invoke: { src: 'watch', input: watchInput },
  on: {
    BEAT_PASSED: { actions: 'note' },
    BEAT_MISSED: { actions: 'note' },
    ROLE_SEEN: { actions: 'note' },
    LEASE_LOST: { actions: 'note' },
    WATCH_BEGAN: { actions: 'note' },
    SETTINGS_CHANGED: { actions: 'applySettings' },
    // One move at a time.
    SWITCH: { guard: 'isSigned', actions: ['note', 'announceBusy'] },
    SUSPEND: { guard: 'isSigned', actions: ['note', 'announceBusy'] },
    RESUME: { guard: 'isSigned', actions: ['note', 'announceBusy'] },
  },
  initial: 'switching',
  states: {
    primary: { tags: 'settled', on: settled },
    backup: {
      tags: 'settled',
      on: settled,
      initial: 'alone',
      states: {
        alone: { always: { guard: 'awaitsStability', target: 'stabilising' } },
        stabilising: {
          entry: 'noteStableDue',
          always: { guard: 'isUnstable', target: 'alone' },
          after: {
            stableTime: [
              {
                guard: 'mayFailBack',
                target: '#failoverPair.failingBack',
                actions: ['noteDue', 'announceFailBack', aim('home')],
              },
              { target: 'stabilising', reenter: true, actions: 'noteDue' },
            ],
          },
        },
      },
    },
    switching: {
      tags: 'moving',
      initial: 'choosing',
      states: {
        ...steps,
        waiting: {
          entry: 'noteBackoffDue',
          always: follow,
          on: { SWITCH: ordered, SUSPEND: suspended },
          after: { backoff: { target: 'choosing', actions: ['noteDue', aim('anywhere')] } },
        },
      },
    },
    failingBack: { tags: 'moving', initial: 'choosing', states: steps },
    suspended: {
      tags: 'suspended',
      initial: 'idle',
      states: {
        idle: {
          on: {
            ROLE_SEEN: [
              { guard: 'isDeposed', target: 'leaving', actions: ['announceDeposed', 'note'] },
              { guard: 'isHeldByOther', actions: ['note', 'followRole'] },
            ],
            LEASE_LOST: {
              guard: 'isDeposed',
              target: 'leaving',
              actions: ['announceDeposed', 'note'],
            },
            WATCH_BEGAN: {
              guard: 'isDeposed',
              target: 'leaving',
              actions: ['announceDeposed', 'note'],
            },
            SWITCH: ordered,
            RESUME: {
              guard: 'isSigned',
              target: 'resuming',
              actions: ['note', 'announceResumed'],
            },
          },
          after: {
            suspension: {
              guard: 'endsByItself',
              target: 'resuming',
              actions: ['noteDue', 'announceResumed'],
            },
          },
        },
        leaving: {
          invoke: {
            id: 'leave',
            src: 'standDown',
            input: leaveInput,
            onDone: { target: 'idle', actions: ['note', 'forgetActive'] },
            onError: { target: 'idle', actions: 'forgetActive' },
          },
        },
        resuming: {
          entry: ['endSuspension', 'resolveAlert'],
          always: [
            { guard: of('isActive', 'primary'), target: '#failoverPair.primary' },
            { guard: of('isActive', 'backup'), target: '#failoverPair.backup' },
            { target: '#failoverPair.switching', actions: aim('anywhere') },
          ],
        },
      },
    },
  },
});
