/** Failover pair, what several states of its chart share: the steps of a move above all. */
import type { Aim } from './failover-pair-moves.ts';
import { acquireInput, activateInput, leaveInput, undoInput } from './failover-pair-setup.ts';
import type { Side } from './policies/failover-verdict.ts';

export const aim = (aim: Aim) => ({ type: 'aim', params: { aim } }) as const;
const verdict = (verdict: 'switch' | 'suspend') =>
  ({ type: 'isVerdict', params: { verdict } }) as const;
export const of = <G extends string>(type: G, side: Side) => ({ type, params: { side } }) as const;
const alert = (severity: 'warning' | 'critical', text: string) =>
  ({ type: 'raiseAlert', params: { severity, text } }) as const;

const arrive = ['announceSwitched', 'noteArrival', 'resolveAlert'] as const;
const fail = ['note', 'noteFailure', 'announceFailed'] as const;
const suspend = [
  'announceSuspended',
  alert('critical', 'The pair is suspended: nothing moves by itself.'),
] as const;

/** What follows from a look at a side, or at the role. */
const decide = [
  {
    guard: verdict('switch'),
    target: '#failoverPair.switching',
    actions: ['note', 'announceDecided', aim('away')],
  },
  {
    guard: verdict('suspend'),
    target: '#failoverPair.suspended',
    actions: ['note', 'announceDecided', 'suspendItself', ...suspend],
  },
  {
    guard: 'isNewRefusal',
    actions: [
      'note',
      'announceDecided',
      'noteRefusal',
      alert('critical', 'The active side is dead, and the other one does not take over.'),
    ],
  },
  { guard: 'isRefusalOver', actions: ['note', 'forgetRefusal', 'resolveAlert'] },
  { actions: 'note' },
] as const;

export const ordered = [
  {
    guard: of('isOrderTo', 'primary'),
    target: '#failoverPair.failingBack',
    actions: ['note', 'announceOrdered', aim('ordered'), 'liftSuspension'],
  },
  {
    guard: of('isOrderTo', 'backup'),
    target: '#failoverPair.switching',
    actions: ['note', 'announceOrdered', aim('ordered'), 'liftSuspension'],
  },
  { guard: 'isSigned', actions: ['note', 'announceOrdered'] },
] as const;

export const suspended = {
  guard: 'isSigned',
  target: '#failoverPair.suspended',
  actions: ['note', 'suspendByOrder', ...suspend],
} as const;

/** This host was active, and has the role no more: it stands down, then asks who has it. */
export const depose = {
  guard: 'isDeposed',
  target: '#failoverPair.switching',
  actions: ['announceDeposed', 'note', aim('again')],
} as const;

export const settled = {
  BEAT_PASSED: decide,
  BEAT_MISSED: decide,
  ROLE_SEEN: [depose, ...decide],
  LEASE_LOST: depose,
  WATCH_BEGAN: depose,
  SWITCH: ordered,
  SUSPEND: suspended,
} as const;

/** The other host has the role by now. */
export const follow = [
  {
    guard: of('isFollowed', 'primary'),
    target: '#failoverPair.primary',
    actions: [aim('seen'), ...arrive],
  },
  {
    guard: of('isFollowed', 'backup'),
    target: '#failoverPair.backup',
    actions: [aim('seen'), ...arrive],
  },
] as const;

const lost = { guard: 'isLost', target: 'undoing', actions: fail } as const;

/** The steps of a move. */
export const steps = {
  choosing: {
    always: [
      { guard: 'mustLeave', target: 'leaving' },
      { guard: 'isTargetLocal', target: 'acquiring' },
      { target: 'handing' },
    ],
  },
  // Whether it stood down or not: from the next epoch on its effects are refused.
  leaving: {
    invoke: {
      id: 'leave',
      src: 'standDown',
      input: leaveInput,
      onDone: { target: 'choosing', actions: ['note', 'forgetActive'] },
      onError: { target: 'choosing', actions: 'forgetActive' },
    },
  },
  acquiring: {
    invoke: {
      id: 'acquire',
      src: 'acquire',
      input: acquireInput,
      onDone: [
        { guard: 'isGranted', target: 'activating', actions: 'noteGranted' },
        { guard: 'isHeldElsewhere', target: 'following', actions: ['note', 'noteHolder'] },
        { target: 'failing', actions: fail },
      ],
      onError: { target: 'failing', actions: fail },
    },
  },
  activating: {
    on: { LEASE_LOST: lost, WATCH_BEGAN: lost, ROLE_SEEN: lost },
    invoke: {
      id: 'activate',
      src: 'activate',
      input: activateInput,
      onDone: [
        {
          guard: of('isActivated', 'primary'),
          target: '#failoverPair.primary',
          actions: ['note', ...arrive],
        },
        {
          guard: of('isActivated', 'backup'),
          target: '#failoverPair.backup',
          actions: ['note', ...arrive],
        },
        { target: 'undoing', actions: fail },
      ],
      onError: { target: 'undoing', actions: fail },
    },
  },
  handing: {
    entry: 'noteHandOverDue',
    always: follow,
    on: { BEAT_MISSED: { guard: 'isTargetDead', target: 'failing', actions: fail } },
    after: {
      handOver: { target: 'failing', actions: ['noteDue', 'noteFailure', 'announceFailed'] },
    },
  },
  following: {
    always: [
      {
        guard: 'isStillActive',
        target: 'failing',
        actions: ['noteFailure', 'announceFailed'],
      },
      ...follow,
      { target: 'failing', actions: ['noteFailure', 'announceFailed'] },
    ],
  },
  // The role is given up again.
  undoing: {
    invoke: {
      id: 'undo',
      src: 'standDown',
      input: undoInput,
      onDone: { target: 'failing', actions: 'note' },
      onError: 'failing',
    },
  },
  failing: {
    always: [
      {
        guard: of('isActive', 'primary'),
        target: '#failoverPair.primary',
        actions: 'dropMove',
      },
      { guard: of('isActive', 'backup'), target: '#failoverPair.backup', actions: 'dropMove' },
      {
        guard: 'canRollBack',
        target: '#failoverPair.switching.choosing',
        actions: aim('back'),
      },
      { target: '#failoverPair.switching.waiting' },
    ],
  },
} as const;
