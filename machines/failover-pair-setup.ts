/**
 * Failover pair, its implementations: what the names in the chart of `failover-pair.ts` stand for.
 *
 * Pure: reads no clock, keeps no random state, does no I/O.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';
import {
  after,
  busyText,
  evidenceOf,
  isLocal,
  noted,
  orderRefusal,
  outcomeOf,
  saysLost,
  verdictOf,
} from './failover-pair-facts.ts';
import { type Aim, aimed, arrived, canRollBack, failed } from './failover-pair-moves.ts';
import type {
  AcquireInput,
  AcquireOutcome,
  ActivateInput,
  FailoverPairContext,
  FailoverPairEmitted,
  FailoverPairEvent,
  FailoverPairInput,
  StandDownInput,
  StepOutcome,
  WatchInput,
} from './failover-pair-types.ts';
import {
  decisionOf,
  deposedOf,
  failedOf,
  orderedOf,
  resumedOf,
  signOf,
  suspendedOf,
  switchedOf,
} from './failover-pair-words.ts';
import {
  isDead,
  mayFailBack,
  type Side,
  stableTimeMs,
  type Verdict,
} from './policies/failover-verdict.ts';
import { port, sourcePort } from './port.ts';
import { tell } from './tell.ts';

type OfSide = { readonly side: Side };
type Alert = { readonly severity: 'warning' | 'critical'; readonly text: string };

const isNamed = (text: unknown): boolean => typeof text === 'string' && text.trim() !== '';

/** An order that does not say who gives it and why is none. */
const isSigned = (event: FailoverPairEvent): boolean =>
  'by' in event && isNamed(event.by) && isNamed(event.why);

/** The primary is alive and the policy returns to it; only who is active can hand over. */
function awaitsStability(context: FailoverPairContext): boolean {
  const returns = ['automatic', 'preferPrimary'].includes(context.settings.policy);
  return returns && isLocal(context, 'backup') && context.beats.primary.passes;
}

const stableMs = ({ settings, switchesAtMs, atMs }: FailoverPairContext): number =>
  Math.max(settings.heartbeatMs, stableTimeMs(settings, switchesAtMs, atMs));

const suspensionMs = ({ suspension, atMs }: FailoverPairContext): number =>
  Math.max(0, (suspension?.untilMs ?? atMs) - atMs);

const backoffLeftMs = ({ nextTryAtMs, atMs }: FailoverPairContext): number =>
  Math.max(0, nextTryAtMs - atMs);

export const failoverPairSetup = setup({
  types: {
    input: {} as FailoverPairInput,
    context: {} as FailoverPairContext,
    events: {} as FailoverPairEvent,
    emitted: {} as FailoverPairEmitted,
    tags: {} as 'settled' | 'moving' | 'suspended',
  },
  actors: {
    watch: sourcePort<WatchInput>('watch'),
    acquire: port<AcquireOutcome, AcquireInput>('acquire'),
    activate: port<StepOutcome, ActivateInput>('activate'),
    standDown: port<StepOutcome, StandDownInput>('standDown'),
  },
  guards: {
    isSigned: ({ event }) => isSigned(event),
    isVerdict: (args, { verdict }: { readonly verdict: Verdict }) => verdictOf(args) === verdict,
    isNewRefusal: (args) =>
      ['manual', 'standbyDown', 'stale'].includes(verdictOf(args)) &&
      verdictOf(args) !== args.context.refusal,
    isRefusalOver: (args) => args.context.refusal !== null && verdictOf(args) === 'stay',
    isOrderTo: ({ context, event }, { side }: OfSide) =>
      isSigned(event) &&
      event.type === 'SWITCH' &&
      event.to === side &&
      orderRefusal(context, event) === null,
    isHeldByOther: ({ context, event }) =>
      event.type === 'ROLE_SEEN' && event.side !== null && !isLocal(context, event.side),
    isDeposed: (args) => isLocal(args.context, args.context.active) && saysLost(args),
    isLost: (args) => saysLost(args),
    mustLeave: ({ context }) => isLocal(context, context.active),
    isTargetLocal: ({ context }) => isLocal(context, context.move?.to ?? null),
    isTargetDead: (args) => {
      const { settings, beats, move } = after(args);
      return move !== null && isDead(settings, beats[move.to]);
    },
    isStillActive: ({ context }) => context.active !== null && context.active === context.role.side,
    isActive: ({ context }, { side }: OfSide) => context.active === side,
    isActivated: ({ context, event }, { side }: OfSide) =>
      outcomeOf(event)?.kind === 'done' && context.move?.to === side,
    isGranted: ({ context, event }) => {
      const outcome = outcomeOf(event);
      return outcome?.kind === 'granted' && outcome.epoch > context.epoch;
    },
    isHeldElsewhere: ({ context, event }) => {
      const outcome = outcomeOf(event);
      return outcome?.kind === 'held' && !isLocal(context, outcome.side);
    },
    /** The other host has the role, under the newest epoch. */
    isFollowed: ({ context }, { side }: OfSide) =>
      context.role.side === side && context.role.epoch === context.epoch && !isLocal(context, side),
    canRollBack: ({ context }) => canRollBack(context),
    awaitsStability: ({ context }) => awaitsStability(context),
    isUnstable: ({ context }) => !awaitsStability(context),
    mayFailBack: ({ context }) => {
      const evidence = evidenceOf({ ...context, atMs: context.dueAtMs });
      return evidence !== undefined && mayFailBack(context.settings, evidence);
    },
    endsByItself: ({ context }) => context.suspension?.untilMs != null,
  },
  actions: {
    note: assign((args) => noted(args)),
    noteDue: assign({ atMs: ({ context }) => Math.max(context.atMs, context.dueAtMs) }),
    applySettings: assign({
      settings: ({ context, event }) =>
        event.type === 'SETTINGS_CHANGED' ? event.settings : context.settings,
    }),
    aim: assign((args, { aim }: { readonly aim: Aim }) => aimed(args, aim)),
    noteGranted: assign(({ context, event }) => {
      const outcome = outcomeOf(event);
      if (outcome?.kind !== 'granted') return {};
      return { epoch: outcome.epoch, active: null, atMs: Math.max(context.atMs, outcome.at) };
    }),
    /** Who holds it is as good as seen. */
    noteHolder: assign(({ context, event }) => {
      const outcome = outcomeOf(event);
      if (outcome?.kind !== 'held' || outcome.epoch < context.role.epoch) return {};
      const { side, epoch } = outcome;
      const role = { side, epoch, isReleased: false };
      return { role, epoch: Math.max(context.epoch, epoch) };
    }),
    forgetActive: assign({ active: null }),
    followRole: assign({ active: ({ context }) => context.role.side ?? context.active }),
    dropMove: assign({ move: null }),
    noteArrival: assign(({ context }) => arrived(context)),
    noteFailure: assign(({ context }) => failed(context)),
    noteRefusal: assign({ refusal: (args) => verdictOf(args) }),
    forgetRefusal: assign({ refusal: null }),
    // Timers
    noteStableDue: assign({ dueAtMs: ({ context }) => context.atMs + stableMs(context) }),
    noteBackoffDue: assign({ dueAtMs: ({ context }) => context.atMs + backoffLeftMs(context) }),
    noteHandOverDue: assign({
      dueAtMs: ({ context }) => context.atMs + context.settings.handOverMs,
    }),
    // Suspension
    suspendItself: assign(({ context }) => {
      const { atMs, settings, switchesAtMs } = context;
      const untilMs = settings.suspendMs > 0 ? atMs + settings.suspendMs : null;
      const why = `${switchesAtMs.length} switches within ${settings.flap.periodMs} ms`;
      return { suspension: { by: null, why, untilMs }, dueAtMs: untilMs ?? atMs };
    }),
    suspendByOrder: assign(({ context, event }) => {
      const { by, why } = signOf(event);
      return { suspension: { by, why, untilMs: null }, dueAtMs: context.atMs };
    }),
    liftSuspension: assign({ suspension: null }),
    endSuspension: assign({
      suspension: null,
      switchesAtMs: [],
      failureCount: 0,
      nextTryAtMs: ({ context }) => context.atMs,
    }),
    // Words
    announceDecided: emit((args) => decisionOf(args.context, verdictOf(args))),
    announceFailBack: emit(({ context }) => decisionOf(context, 'failBack')),
    announceOrdered: emit((args) => orderedOf(args, orderRefusal(args.context, args.event))),
    announceBusy: emit((args) => orderedOf(args, busyText(args))),
    announceSwitched: emit(({ context }) => switchedOf(context)),
    announceFailed: emit((args) => failedOf(args)),
    announceDeposed: emit((args) => deposedOf(args)),
    announceSuspended: emit(({ context }) => suspendedOf(context)),
    announceResumed: emit((args) => resumedOf(args)),
    raiseAlert: enqueueActions(({ context, enqueue, system }, { severity, text }: Alert) => {
      const { name, atMs: at, path, alerts } = context;
      const key = `failover.${name}`;
      tell({ enqueue, system }, alerts, { type: 'RAISE', at, key, severity, text, path });
    }),
    resolveAlert: enqueueActions(({ context, enqueue, system }) => {
      const { name, atMs: at, alerts } = context;
      tell({ enqueue, system }, alerts, { type: 'RESOLVE', at, key: `failover.${name}` });
    }),
  },
  delays: {
    stableTime: ({ context }) => stableMs(context),
    backoff: ({ context }) => backoffLeftMs(context),
    handOver: ({ context }) => context.settings.handOverMs,
    suspension: ({ context }) => suspensionMs(context),
  },
});

// Inputs of the ports

type Known = { readonly context: FailoverPairContext };

export const watchInput = ({ context: { name, local } }: Known): WatchInput => ({ name, local });

export const acquireInput = ({ context: { name, move, epoch } }: Known): AcquireInput => ({
  name,
  side: move?.to ?? 'primary',
  afterEpoch: epoch,
});

export const activateInput = ({ context: { name, move, epoch } }: Known): ActivateInput => ({
  name,
  side: move?.to ?? 'primary',
  epoch,
  copiesFirst: move?.isPlanned ?? false,
});

export const leaveInput = ({ context: { name, active, epoch } }: Known): StandDownInput => ({
  name,
  side: active ?? 'primary',
  epoch,
});

export const undoInput = ({ context: { name, move, epoch } }: Known): StandDownInput => ({
  name,
  side: move?.to ?? 'primary',
  epoch,
});
