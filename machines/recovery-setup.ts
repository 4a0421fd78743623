/** Guards and actions of the recovery's chart, which is in `recovery.ts`. */
import { enqueueActions, setup } from 'xstate';
import { isLost, undoBegun, undoExpired, undoReady } from './policies/recovery-loss.ts';
import { problemText } from './policies/recovery-plan.ts';
import {
  begun,
  checksReady,
  isSettled,
  pauseOver,
  type RecoveryPart,
  type RecoveryProgress,
} from './policies/recovery-progress.ts';
import { port } from './port.ts';
import {
  childIdOf,
  failureAfter,
  progressAfter,
  progressAtEnd,
  reportFor,
  requestOf,
  timeOf,
} from './recovery-decisions.ts';
import type {
  RecoveryContext,
  RecoveryEmitted,
  RecoveryEvent,
  RecoveryInput,
  StepOutcome,
  StepRequest,
} from './recovery-types.ts';
import { tell } from './tell.ts';

// Orders

type Args = { readonly context: RecoveryContext; readonly event: RecoveryEvent };

/** What `enqueueActions` gives, as far as it is needed here. */
interface Enqueue {
  assign(changes: never): void;
  spawnChild(src: 'step', options: { id: string; input: StepRequest }): void;
  stopChild(id: string): void;
  raise(event: never, options: { id: string; delay: number }): void;
  cancel(id: string): void;
  emit(fact: never): void;
}

type Changes = Partial<RecoveryContext> & { readonly progress: RecoveryProgress };

/** Takes changes over, and carries out what they mean: steps, pauses and facts that differ. */
function change(enqueue: Enqueue, { context, event }: Args, changes: Changes): void {
  const next = { ...context, atMs: timeOf({ context, event }), ...changes };
  enqueue.assign({ ...changes, atMs: next.atMs } as never);
  const [before, after] = [context.progress, changes.progress];
  if (before === after) return;
  for (const run of before.running) {
    if (after.running.includes(run)) continue;
    const id = childIdOf(context, run);
    enqueue.stopChild(id);
    enqueue.cancel(`timeout.${id}`);
  }
  for (const run of after.running) {
    if (before.running.includes(run)) continue;
    const id = childIdOf(context, run);
    const input = requestOf(next, run, next.atMs);
    enqueue.spawnChild('step', { id, input });
    const timedOut = { type: 'STEP_TIMED_OUT', at: input.deadlineAtMs, ...run };
    const delay = Math.max(0, input.deadlineAtMs - next.atMs);
    enqueue.raise(timedOut as never, { id: `timeout.${id}`, delay });
  }
  changePauses(enqueue, next, before);
  announceProgress(enqueue, next, before);
}

function changePauses(enqueue: Enqueue, next: RecoveryContext, before: RecoveryProgress): void {
  const { pausing } = next.progress;
  for (const pause of before.pausing) {
    if (!pausing.includes(pause)) enqueue.cancel(`retry.${pause.place}`);
  }
  for (const pause of pausing) {
    if (before.pausing.includes(pause)) continue;
    const { place, dueMs: at } = pause;
    const delay = Math.max(0, at - next.atMs);
    enqueue.raise({ type: 'RETRY_DUE', at, place } as never, { id: `retry.${place}`, delay });
  }
}

const settled: readonly RecoveryPart['status'][] = ['validated', 'failed', 'skipped'];

/** What people want to hear of a component; undefined when nothing has happened to it. */
function newsOf(before: RecoveryPart, after: RecoveryPart) {
  if (after.rollback !== before.rollback) {
    if (after.rollback === 'done') return 'rolledBack';
    return after.rollback === 'failed' ? 'notRolledBack' : undefined;
  }
  if (after.status === before.status) return undefined;
  const isKnown = after.status === 'validated' && after.step === 'check';
  return isKnown || !(settled.includes(after.status) || after.status === 'pausing')
    ? undefined
    : after.status;
}

function announceProgress(enqueue: Enqueue, next: RecoveryContext, before: RecoveryProgress): void {
  const { parts } = next.progress;
  if (parts === before.parts) return;
  for (const [place, part] of parts.entries()) {
    const was = before.parts[place]!;
    const to = part === was ? undefined : newsOf(was, part);
    if (!to) continue;
    const fact: RecoveryEmitted = {
      type: 'recovery.progressed',
      at: next.atMs,
      id: next.plan.id,
      component: next.graph.components[place]!.id,
      to,
      attempt: to === 'pausing' ? part.attempt - 1 : part.attempt,
      why: part.why,
      settledCount: parts.filter(({ status }) => settled.includes(status)).length,
      componentCount: parts.length,
      remainingMs: Math.max(0, next.deadlineAtMs - next.atMs),
    };
    enqueue.emit(fact as never);
  }
}

/** Sets the end of the time anew. */
function scheduleDeadline(enqueue: Enqueue, at: number, nowMs: number): void {
  const delay = Math.max(0, at - nowMs);
  enqueue.cancel('deadline');
  enqueue.raise({ type: 'DEADLINE_PASSED', at } as never, { id: 'deadline', delay });
}

/** The hold that is over now has put the deadline off. */
function afterHold(args: Args): Pick<RecoveryContext, 'hold' | 'heldMs' | 'deadlineAtMs'> {
  const { hold, heldMs, deadlineAtMs } = args.context;
  const passedMs = hold ? timeOf(args) - hold.sinceMs : 0;
  return { hold: null, heldMs: heldMs + passedMs, deadlineAtMs: deadlineAtMs + passedMs };
}

const isNamed = (text: unknown): boolean => typeof text === 'string' && text.trim() !== '';

const isSigned = (event: RecoveryEvent): boolean =>
  'by' in event && isNamed(event.by) && isNamed(event.why);

const deadlineWhy = 'the deadline has passed';

// Implementations

export const recoverySetup = setup({
  types: {
    input: {} as RecoveryInput,
    context: {} as RecoveryContext,
    events: {} as RecoveryEvent,
    emitted: {} as RecoveryEmitted,
    tags: {} as 'underWay' | 'ended',
  },
  actors: { step: port<StepOutcome, StepRequest>('step') },
  guards: {
    isRefused: ({ context }) => context.problem !== null,
    /** An order that does not say who gives it and why is none. */
    isSigned: ({ event }) => isSigned(event),
    isDoomed: ({ context }) => context.failure !== null,
    isSettled: ({ context }) => isSettled(context.progress),
    isChecking: ({ context }) => context.isChecking,
    resumesChecks: ({ context, event }) => context.isChecking && isSigned(event),
    mustUndo: ({ context: { graph, progress } }) =>
      isSettled(progress) && undoReady(graph, progress).undo.length > 0,
    isReduced: ({ context: { progress } }) => isSettled(progress) && progress.parts.some(isLost),
    isUndone: ({ context }) => context.progress.undo.length === 0,
    hasFailed: ({ context }) => context.progress.undo.length === 0 && context.failure !== null,
  },
  actions: {
    announcePlan: enqueueActions(({ context, enqueue }) => {
      const { plan, graph, deadlineAtMs, settings, atMs: at } = context;
      const order = graph.components.map(({ id }) => id);
      const { parallelCountMax } = settings;
      const fact = { type: 'recovery.planned', at, id: plan.id, order } as const;
      enqueue.emit({ ...fact, deadlineAtMs, parallelCountMax });
      scheduleDeadline(enqueue as never, deadlineAtMs, at);
    }),
    announceRefusal: enqueueActions(({ context, enqueue }) => {
      const { plan, problem, atMs: at } = context;
      if (!problem) return;
      const why = problemText(problem);
      enqueue.emit({ type: 'recovery.refused', at, id: plan.id, problem, why });
    }),
    beginSteps: enqueueActions(({ context, event, enqueue }) => {
      // It is about to be undone: what is not begun need not be.
      if (context.failure) return;
      const { progress, settings } = context;
      const at = timeOf({ context, event });
      const next = begun(progress, settings.parallelCountMax, at);
      change(enqueue as never, { context, event }, { progress: next });
    }),
    noteOutcome: enqueueActions(({ context, event, enqueue }) => {
      const progress = progressAfter({ context, event });
      const failure = failureAfter(context, progress);
      change(enqueue as never, { context, event }, { progress, failure });
    }),
    endPause: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'RETRY_DUE') return;
      const progress = pauseOver(context.progress, event.place);
      change(enqueue as never, { context, event }, { progress });
    }),
    endTime: enqueueActions(({ context, event, enqueue }) => {
      const progress = progressAtEnd(context, deadlineWhy);
      const failure = failureAfter(context, progress);
      change(enqueue as never, { context, event }, { progress, failure });
    }),
    beginChecks: enqueueActions(({ context, event, enqueue }) => {
      const { graph, progress, atMs, deadlineAtMs, settings } = context;
      const isOver = atMs >= deadlineAtMs;
      const ready = isOver ? progress : checksReady(graph, progress);
      const next = begun(ready, settings.parallelCountMax, atMs);
      change(enqueue as never, { context, event }, { progress: next, isChecking: true });
    }),
    beginHold: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'HOLD') return;
      const { by, why, at } = event;
      const sinceMs = timeOf({ context, event });
      const { holdMs } = context.settings;
      enqueue.assign({ hold: { by, why, sinceMs }, atMs: sinceMs });
      const expired = { type: 'HOLD_EXPIRED', at: sinceMs + holdMs } as const;
      enqueue.raise(expired, { id: 'holdExpiry', delay: holdMs });
      enqueue.emit({ type: 'recovery.held', at, id: context.plan.id, by, why });
    }),
    endHold: enqueueActions(({ context, event, enqueue }) => {
      const at = timeOf({ context, event });
      const after = afterHold({ context, event });
      enqueue.assign({ ...after, atMs: at });
      enqueue.cancel('holdExpiry');
      scheduleDeadline(enqueue as never, after.deadlineAtMs, at);
      const { by, why } = 'by' in event ? event : { by: 'runtime', why: 'the hold expired' };
      const { heldMs } = after;
      enqueue.emit({ type: 'recovery.resumed', at, id: context.plan.id, by, why, heldMs });
    }),
    noteCancel: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'CANCEL') return;
      const why = `ended by ${event.by}: ${event.why}`;
      const failure = context.failure ?? { component: null, why, without: [] };
      const after = afterHold({ context, event });
      enqueue.cancel('holdExpiry');
      enqueue.assign({ ...after, failure, atMs: timeOf({ context, event }) });
    }),
    announceDoom: enqueueActions(({ context, enqueue }) => {
      const { failure, plan, atMs: at } = context;
      if (failure) enqueue.emit({ type: 'recovery.doomed', at, id: plan.id, ...failure });
    }),
    beginRollback: enqueueActions(({ context, event, enqueue }) => {
      const { graph, progress, failure, settings, atMs } = context;
      const given = failure ? progressAtEnd(context, 'the recovery has failed') : progress;
      const next = undoBegun(undoReady(graph, given));
      const rollbackEndsAtMs = atMs + settings.rollbackMs;
      enqueue.cancel('deadline');
      change(enqueue as never, { context, event }, { progress: next, rollbackEndsAtMs });
      const over = { type: 'ROLLBACK_TIME_OVER', at: rollbackEndsAtMs } as const;
      enqueue.raise(over, { id: 'rollback', delay: settings.rollbackMs });
    }),
    undoNext: enqueueActions(({ context, event, enqueue }) => {
      change(enqueue as never, { context, event }, { progress: undoBegun(context.progress) });
    }),
    endUndo: enqueueActions(({ context, event, enqueue }) => {
      change(enqueue as never, { context, event }, { progress: undoExpired(context.progress) });
    }),
    announceEnd: enqueueActions(({ context, enqueue, system }) => {
      const { plan, path, atMs: at, listeners } = context;
      const report = reportFor(context);
      enqueue.emit({ type: 'recovery.ended', at, id: plan.id, ...report });
      const key = `recovery.${plan.id}`;
      const severity = report.outcome === 'failed' ? 'critical' : 'warning';
      const text = `Recovery '${plan.id}' ${report.outcome}: ${report.why ?? 'see its report'}`;
      const event =
        report.outcome === 'recovered'
          ? { type: 'RESOLVE', at, key }
          : { type: 'RAISE', at, key, severity, text, path };
      tell({ enqueue, system }, listeners, event);
    }),
  },
});
