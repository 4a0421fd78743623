/** Guards and actions of the pool: what it notes, and what it tells jobs, workers and the GPU. */
import { assign, emit, enqueueActions, setup } from 'xstate';
import { dispatched, lineOf } from './policies/tensor-dispatch.ts';
import { bytesOf, inserted, without } from './policies/tensor-queue.ts';
import { poolSettingsOf } from './policies/tensor-shares.ts';
import { ask, tell } from './tell.ts';
import {
  add,
  admissionFor,
  askedRow,
  concerned,
  endedRunning,
  gpuAfter,
  isFull,
  newsOf,
  outcomeOf,
  released,
  repeatedRow,
  repeats,
  stateText,
  strandedIn,
} from './tensor-pool-decisions.ts';
import type {
  TensorJobNews,
  TensorPoolContext,
  TensorPoolEmitted,
  TensorPoolEvent,
  TensorPoolInput,
} from './tensor-pool-types.ts';

export const tensorPoolSetup = setup({
  types: {
    input: {} as TensorPoolInput,
    context: {} as TensorPoolContext,
    events: {} as TensorPoolEvent,
    emitted: {} as TensorPoolEmitted,
    tags: {} as 'admits' | 'refuses',
  },
  guards: {
    isAdmitted: (args) => admissionFor(args)?.verdict === 'admitted',
    isBlocked: (args) => admissionFor(args)?.verdict === 'blocked',
    displaces: (args) => admissionFor(args)?.verdict === 'displaced',
    isCurrent: (args) => endedRunning(args) !== undefined,
    isStranding: (args) => strandedIn(args) !== undefined,
    repeats,
    isFull: ({ context }) => isFull(context),
    isRoomy: ({ context }) => !isFull(context),
    isKnownJob: ({ context, event }) =>
      event.type === 'JOB_WITHDRAWN' &&
      (event.id in context.running ||
        [...context.waiting, ...context.blocked].some(({ ticket }) => ticket.id === event.id)),
  },
  actions: {
    askAround: enqueueActions(
      ({ context: { paths, atMs: at }, enqueue, system }, ids: readonly string[]) => {
        const all = [paths.gpu, ...ids.map((id) => `${paths.slots}/${id}`)];
        ask({ enqueue, system }, all, { type: 'STATE_ASKED', at });
      },
    ),
    noteTime: assign({ atMs: ({ event }) => event.at }),
    noteAsked: assign({ counts: ({ context }) => add(context.counts, 'asked') }),
    admit: assign((args) => {
      const row = askedRow(args);
      return row ? { waiting: inserted(args.context.waiting, row) } : {};
    }),
    block: assign((args) => {
      const row = askedRow(args);
      return row ? { blocked: inserted(args.context.blocked, row) } : {};
    }),
    displace: enqueueActions(({ context, event, enqueue, system }) => {
      const admission = admissionFor({ context, event });
      if (admission?.verdict !== 'displaced') return;
      const { victim, why } = admission;
      const waiting = without(context.waiting, victim);
      const path = `${context.paths.jobs}/${victim}`;
      const { at } = event;
      if (context.settings.rejectPolicy === 'block') {
        const row = context.waiting.find(({ ticket }) => ticket.id === victim);
        enqueue.assign({
          waiting,
          blocked: row ? inserted(context.blocked, row) : context.blocked,
        });
        tell({ enqueue, system }, [path], { type: 'JOB_BLOCKED', at });
        return;
      }
      enqueue.assign({ waiting, counts: add(context.counts, 'dropped') });
      tell({ enqueue, system }, [path], { type: 'JOB_REFUSED', at, reason: 'dropped', why });
    }),
    refuse: enqueueActions(({ context, event, enqueue, system }) => {
      const admission = admissionFor({ context, event });
      if (admission?.verdict !== 'refused' || event.type !== 'JOB_ASKED') return;
      const isDropped =
        admission.reason === 'queueFull' && context.settings.rejectPolicy === 'drop';
      enqueue.assign({
        counts: ({ context: { counts } }) => add(counts, isDropped ? 'dropped' : 'refused'),
      });
      const { why } = admission;
      const reason = isDropped ? 'dropped' : admission.reason;
      tell({ enqueue, system }, [`${context.paths.jobs}/${event.ticket.id}`], {
        type: 'JOB_REFUSED',
        at: event.at,
        reason,
        why,
      } satisfies TensorJobNews);
    }),
    tellPlace: enqueueActions(
      ({ context, event, enqueue, system }, type: 'JOB_QUEUED' | 'JOB_BLOCKED') => {
        if (event.type !== 'JOB_ASKED') return;
        const news = { type, at: event.at } satisfies TensorJobNews;
        tell({ enqueue, system }, [`${context.paths.jobs}/${event.ticket.id}`], news);
      },
    ),
    withdraw: enqueueActions(({ context, event, enqueue, system }) => {
      if (event.type !== 'JOB_WITHDRAWN') return;
      const { at, id } = event;
      const running = context.running[id];
      const { gpu, slots } = context.paths;
      const path = running?.slot == null ? gpu : `${slots}/${running.slot}`;
      enqueue.assign({ ...released(context, id), counts: add(context.counts, 'withdrawn') });
      if (running) tell({ enqueue, system }, [path], { type: 'ABANDON', at, job: id });
    }),
    endAttempt: enqueueActions(({ context, event, enqueue, system }) => {
      const args = { context, event };
      const running = concerned(args);
      if (!running) return;
      const { id } = running.row.ticket;
      const outcome = outcomeOf(args);
      const counts = add(context.counts, outcome.ok ? 'done' : 'failed');
      const fellBack = outcome.ok && running.fallbackReason !== null;
      enqueue.assign({
        ...released(context, id),
        counts: fellBack ? add(counts, 'fellBack') : counts,
        gpuLossStreak: running.device === 'gpu' && outcome.ok ? 0 : context.gpuLossStreak,
      });
      const news = { type: 'JOB_ENDED', at: event.at, outcome } satisfies TensorJobNews;
      tell({ enqueue, system }, [`${context.paths.jobs}/${id}`], news);
    }),
    repeat: enqueueActions(({ context, event, enqueue, system }) => {
      const args = { context, event };
      const running = concerned(args);
      const outcome = outcomeOf(args);
      if (!running || outcome.ok) return;
      const { id } = running.row.ticket;
      const { why } = outcome;
      const row = repeatedRow(running, outcome);
      const free = released(context, id);
      const counts = add(context.counts, 'repeated');
      enqueue.assign({ ...free, counts, waiting: inserted(free.waiting, row) });
      const { device } = running;
      const attempt = row.attemptCount;
      enqueue.emit({ type: 'tensorPool.repeated', at: event.at, id, device, attempt, why });
      const news = { type: 'JOB_QUEUED', at: event.at } satisfies TensorJobNews;
      tell({ enqueue, system }, [`${context.paths.jobs}/${id}`], news);
    }),
    addSlot: assign(({ context, event }) =>
      event.type === 'SLOT_READY' ? { slots: { ...context.slots, [event.slot]: null } } : {},
    ),
    removeSlot: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'SLOT_LOST') return;
      const { at, slot, outcome } = event;
      const { why } = outcome;
      const { [slot]: _, ...slots } = context.slots;
      enqueue.assign({ slots, counts: add(context.counts, 'workersLost') });
      enqueue.emit({ type: 'tensorPool.workerLost', at, slot, why });
    }),
    noteGpu: enqueueActions(({ context, event, enqueue, system }) => {
      if (event.type !== 'GPU_CHANGED') return;
      const gpu = gpuAfter({ context, event });
      const isLost = event.news.state === 'down';
      enqueue.assign({
        gpu,
        gpuLossStreak: context.gpuLossStreak + (isLost ? 1 : 0),
        counts: isLost ? add(context.counts, 'gpusLost') : context.counts,
      });
      if (stateText(gpu) === stateText(context.gpu)) return;
      const { paths } = context;
      const { at } = event;
      const key = 'tensor.gpu';
      enqueue.emit({ type: 'tensorPool.gpuChanged', at, gpu });
      if (gpu.state === 'unusable') {
        const text = `Tensor jobs run on the CPU: ${gpu.why}.`;
        const alert = { type: 'RAISE', at, key, severity: 'warning', text, path: paths.pool };
        tell({ enqueue, system }, paths.alerts, alert);
      } else if (gpu.state === 'ready') {
        tell({ enqueue, system }, paths.alerts, { type: 'RESOLVE', at, key });
      }
    }),
    retryGpu: enqueueActions(({ context, event, enqueue, system }) => {
      enqueue.assign({ gpu: { state: 'off' }, gpuLossStreak: 0 });
      tell({ enqueue, system }, [context.paths.gpu], { type: 'RETRY', at: event.at });
    }),
    applySettings: assign({
      settings: ({ context, event }) =>
        event.type === 'SETTINGS_CHANGED' ? poolSettingsOf(event.settings) : context.settings,
    }),
    /** Everything that can be done now, told to who has to do it. */
    dispatch: enqueueActions(({ context, event, enqueue, system }) => {
      const { view, steps } = dispatched(context);
      const { jobs, slots, gpu } = context.paths;
      const at = event.at;
      const refusedCount = steps.filter((step) => step.do === 'refuse').length;
      const lines = lineOf(view);
      enqueue.assign({
        ...view,
        bytes: bytesOf(lines.running) + bytesOf(lines.waiting),
        counts: { ...context.counts, refused: context.counts.refused + refusedCount },
      });
      for (const step of steps) {
        if (step.do === 'startGpu') {
          tell({ enqueue, system }, [gpu], { type: 'START', at });
          continue;
        }
        const { ticket, attemptCount: attempt } = step.do === 'start' ? step.running.row : step.row;
        const news = newsOf(step, at);
        if (news) tell({ enqueue, system }, [`${jobs}/${ticket.id}`], news);
        if (step.do !== 'start') continue;
        const path = step.running.slot === null ? gpu : `${slots}/${step.running.slot}`;
        const { id: job, dueMs } = ticket;
        tell({ enqueue, system }, [path], { type: 'COMPUTE', at, job, attempt, dueMs });
      }
    }),
    announceLoad: emit(({ context }, type: 'tensorPool.saturated' | 'tensorPool.relieved') => ({
      type,
      at: context.atMs,
      runningCount: Object.keys(context.running).length,
      waitingCount: context.waiting.length,
      bytes: context.bytes,
    })),
  },
});
