/** Guards and actions of the supervisor's chart; the chart itself is in `supervisor.ts`. */
import { assign, cancel, emit, enqueueActions, setup } from 'xstate';
import { backoffMs } from './policies/backoff.ts';
import { drawRatio } from './policies/random.ts';
import { addRestart, exceedsIntensity } from './policies/restart-intensity.ts';
import type {
  Group,
  SupervisorContext,
  SupervisorEmitted,
  SupervisorEnding,
  SupervisorEvent,
  SupervisorInput,
  Trouble,
  Waiting,
} from './supervisor-types.ts';
import { raiseAlert } from './tell.ts';

// Decisions

type Args = { readonly context: SupervisorContext; readonly event: SupervisorEvent };
type Of<T extends SupervisorEvent['type']> = Extract<SupervisorEvent, { type: T }>;

const trouble = ({ event }: Args) => event as Of<'CHILD_DOWN'>;
const timeOf = ({ event }: Args) => (event as { at: number }).at;

/** The first restart waits `minMs`, each further one longer, until the child has run for long. */
function waitOf({ backoff, attempt, at, seed }: Trouble): number {
  const { minMs, factor, maxMs, jitterRatio } = backoff;
  const draw = drawRatio(seed, at + attempt);
  return backoffMs(
    { baseMs: minMs, factor, maxMs: Math.max(minMs, maxMs), jitterRatio },
    attempt,
    draw,
  );
}

/** Groups that the given one takes along: their first child starts with it anyway. */
const without = (waiting: readonly Waiting[], group: Group) =>
  waiting.filter(({ id }) => !group.includes(id));

/** Children that wait for another than the one at hand: they start with that one. */
const notWaiting = (group: Group, waiting: readonly Waiting[]) =>
  group.filter((id) => !waiting.some((other) => other.group.includes(id)));

const waitingFor = ({ context, event }: Args): Waiting | undefined =>
  context.waiting.find(({ id }) => id === (event as Of<'RETRY'>).id);

/** A try may have been due while another job was being done. */
const timeOfTry = ({ context, event }: Args): number =>
  Math.max(context.due[0]?.at ?? 0, 'at' in event ? event.at : 0);

// Implementations

export const supervisorSetup = setup({
  types: {
    input: {} as SupervisorInput,
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    emitted: {} as SupervisorEmitted,
    tags: {} as 'busy' | 'ready' | 'ending' | 'ended',
  },
  guards: {
    endsSupervisor: (args) => {
      const { restart, failed, significant, isLastSignificant } = trouble(args);
      const { autoShutdown } = args.context;
      if (!significant || autoShutdown === 'never') return false;
      if (restart === 'transient' && failed) return false;
      return autoShutdown === 'any_significant' || isLastSignificant;
    },
    isForgotten: (args) => trouble(args).restart === 'temporary',
    staysDown: (args) => trouble(args).restart === 'transient' && !trouble(args).failed,
    isOneTooMany: (args) => exceedsIntensity(args.context.restartsAt, timeOf(args), args.context),
    restartsAloneNow: (args) => {
      const { group } = trouble(args);
      const isFree = notWaiting(group, args.context.waiting).length === 1;
      return group.length === 1 && isFree && waitOf(trouble(args)) === 0;
    },
    mustWait: ({ context }) => context.waitMs > 0,
    isNotEnding: ({ context }) => context.ending === null,
    isAwaited: (args) => waitingFor(args) !== undefined,
    hasDue: ({ context }) => context.due.length > 0,
    isOneTryTooMany: ({ context, event }) =>
      context.due[0]?.counts === true &&
      exceedsIntensity(context.restartsAt, timeOfTry({ context, event }), context),
    hasLeft: ({ event }) => (event as Of<'START_FAILED'>).left.length > 0,
  },
  actions: {
    orderNothing: assign({ orders: [] }),
    orderStartOfAll: assign({
      orders: ({ event }) => [{ order: 'start', ids: (event as Of<'BEGIN'>).ids }],
    }),
    orderStartOfChild: assign({
      orders: (args) => [{ order: 'start', ids: [trouble(args).id] }],
    }),
    orderStart: assign({
      orders: ({ context }) => [
        {
          order: 'start',
          ids: notWaiting(context.group, [...context.waiting, ...context.due]),
        },
      ],
    }),
    orderStartOfLeft: assign({
      orders: ({ event }) => [{ order: 'start', ids: (event as Of<'START_FAILED'>).left }],
    }),
    orderStop: assign({
      orders: ({ context }) => [{ order: 'stop', ids: context.group.toReversed() }],
    }),
    orderStopOfAll: assign({ orders: [{ order: 'stopAll' }] }),
    orderIdle: assign({ orders: (args) => [{ order: 'idle', id: trouble(args).id }] }),
    orderRemoval: assign({ orders: (args) => [{ order: 'remove', id: trouble(args).id }] }),
    orderKill: assign({
      orders: ({ event }) => [{ order: 'kill', id: (event as Of<'KILL_DUE'>).id }],
    }),
    recordRestart: assign({
      restartsAt: (args) =>
        addRestart(args.context.restartsAt, timeOf(args), args.context.periodMs),
    }),
    takeTrouble: assign((args) => ({
      childId: trouble(args).id,
      group: trouble(args).group,
      waitMs: waitOf(trouble(args)),
      why: trouble(args).why,
      waiting: without(args.context.waiting, trouble(args).group),
      due: without(args.context.due, trouble(args).group),
    })),
    takeOrder: assign(({ context, event }) => {
      const { id, group } = event as Of<'STOP_CHILD'>;
      return {
        childId: id,
        group,
        waitMs: 0,
        why: 'ordered',
        waiting: without(context.waiting, group),
        due: without(context.due, group),
      };
    }),
    takeDue: assign(({ context, event }) => {
      const at = timeOfTry({ context, event });
      const [{ id, group, counts, why }, ...due] = context.due as [Waiting, ...Waiting[]];
      const { restartsAt, periodMs } = context;
      return {
        childId: id,
        group,
        waitMs: 0,
        why,
        due,
        restartsAt: counts ? addRestart(restartsAt, at, periodMs) : restartsAt,
      };
    }),
    makeDue: assign((args) => ({
      due: [...args.context.due, waitingFor(args)!],
      waiting: args.context.waiting.filter((other) => other !== waitingFor(args)),
    })),
    wait: enqueueActions(({ context, event, enqueue }) => {
      const { childId: id, group, waitMs, why, waiting } = context;
      const at = timeOf({ context, event });
      const mine = { id, group, at: at + waitMs, counts: false, why };
      enqueue.assign({ waiting: [...waiting, mine], orders: [] });
      enqueue.cancel(`retry.${id}`);
      enqueue.raise({ type: 'RETRY', id }, { id: `retry.${id}`, delay: waitMs });
      enqueue.emit({ type: 'supervisor.waiting', child: id, why, at, waitMs });
    }),
    // Control goes back before the next try, if only for no time: a shutdown can come between.
    waitForNextTry: enqueueActions(({ context, event, enqueue }) => {
      const failed = event as Of<'START_FAILED'>;
      const { id, group, why, at } = failed;
      const due = without(context.due, group);
      const waitMs = waitOf(failed);
      const mine = { id, group, at: at + waitMs, counts: true, why };
      const waiting = [...without(context.waiting, group), mine];
      enqueue.assign({ waiting, due, orders: [] });
      enqueue.cancel(`retry.${id}`);
      enqueue.raise({ type: 'RETRY', id }, { id: `retry.${id}`, delay: waitMs });
      enqueue.emit({ type: 'supervisor.startFailed', child: id, why, at });
    }),
    giveTime: enqueueActions(({ event, enqueue }) => {
      const { id, shutdownMs } = event as Of<'CHILD_STOPPING'>;
      enqueue.assign({ orders: [] });
      enqueue.cancel('kill');
      if (!Number.isFinite(shutdownMs)) return;
      enqueue.raise({ type: 'KILL_DUE', id }, { id: 'kill', delay: shutdownMs });
    }),
    endTime: cancel('kill'),
    prepareEnd: assign((args, params: { ending: SupervisorEnding }) => ({
      ending: params.ending,
      childId: 'id' in args.event ? args.event.id : '',
      why: 'why' in args.event ? args.event.why : params.ending,
    })),
    prepareEndOfTries: assign(({ context }, params: { ending: SupervisorEnding }) => ({
      ending: params.ending,
      childId: context.due[0]?.id ?? '',
      why: context.due[0]?.why ?? '',
    })),
    announceRestart: emit((args) => ({
      type: 'supervisor.restarted',
      child: trouble(args).id,
      why: trouble(args).why,
      at: trouble(args).at,
      group: trouble(args).group,
    })),
    announceGroupRestart: emit(({ context, event }) => ({
      type: 'supervisor.restarted',
      child: context.childId,
      why: context.why,
      at: timeOf({ context, event }),
      group: context.group,
    })),
    announceRemoval: emit((args) => ({
      type: 'supervisor.removed',
      child: trouble(args).id,
      at: trouble(args).at,
    })),
    announceKill: emit(({ event }) => ({
      type: 'supervisor.killed',
      child: (event as Of<'KILL_DUE'>).id,
    })),
    alertEnd: enqueueActions(({ context, event, enqueue, system, self }) => {
      if (context.ending !== 'gaveUp') return;
      const { intensity, periodMs, childId, why } = context;
      const at = 'at' in event ? event.at : (context.restartsAt.at(-1) ?? 0);
      const text =
        `'${self.id}' gave up: more than ${intensity} restarts in ${periodMs / 1_000} s, ` +
        `the last of '${childId}': ${why}`;
      const [key, cause] = [`supervisor:${self.id}`, 'supervisorGaveUp'] as const;
      raiseAlert({ enqueue, system }, { at, key, cause, text, path: self.id });
    }),
    announceEnd: emit(({ context }) => ({
      type: 'supervisor.ending',
      ending: context.ending ?? 'stopped',
      child: context.childId,
      why: context.why,
      intensity: context.intensity,
      periodMs: context.periodMs,
    })),
  },
});
