/** What the pool of tensor jobs reads out of an event and of what it knows. */
import type { TensorRunning, TensorStep } from './policies/tensor-dispatch.ts';
import { lineOf } from './policies/tensor-dispatch.ts';
import { mayRepeat, type TensorGpuView } from './policies/tensor-placement.ts';
import {
  admissionOf,
  placeCountOf,
  type TensorAdmission,
  without,
} from './policies/tensor-queue.ts';
import type { TensorOutcome, TensorRow } from './policies/tensor-ticket.ts';
import type {
  TensorCounts,
  TensorJobNews,
  TensorPoolContext,
  TensorPoolEvent,
} from './tensor-pool-types.ts';

type Context = TensorPoolContext;
type Args = { readonly context: Context; readonly event: TensorPoolEvent };

export const add = (counts: TensorCounts, name: keyof TensorCounts): TensorCounts => ({
  ...counts,
  [name]: counts[name] + 1,
});

/** The job that an event brings, as a row behind all others. */
export const askedRow = ({ context, event }: Args): TensorRow | undefined =>
  event.type === 'JOB_ASKED'
    ? { ticket: event.ticket, order: context.counts.asked, attemptCount: 0, gpuRefusal: null }
    : undefined;

export function admissionFor(args: Args): TensorAdmission | undefined {
  const row = askedRow(args);
  return row && admissionOf(lineOf(args.context), row);
}

/** Whose attempt an event ends; undefined when the pool has taken it back before. */
export function endedRunning({ context, event }: Args): TensorRunning | undefined {
  if (event.type !== 'ATTEMPT_ENDED') return undefined;
  const running = context.running[event.id];
  return running?.slot === event.slot ? running : undefined;
}

export function outcomeOf({ event }: Args): TensorOutcome {
  if ('outcome' in event && event.outcome) return event.outcome;
  const isGpu = event.type === 'GPU_CHANGED';
  if (isGpu && 'why' in event.news) return { ok: false, code: 'LOST', why: event.news.why };
  return { ok: false, code: 'LOST', why: `the ${isGpu ? 'GPU' : 'worker'} was started anew` };
}

/** Takes a job out of everything; its worker is free unless it is gone. */
export function released(
  context: Context,
  id: string,
): Pick<Context, 'running' | 'slots' | 'gpu' | 'waiting' | 'blocked'> {
  const { [id]: gone, ...running } = context.running;
  const { slots, gpu } = context;
  return {
    running,
    waiting: without(context.waiting, id),
    blocked: without(context.blocked, id),
    slots: gone?.slot != null && gone.slot in slots ? { ...slots, [gone.slot]: null } : slots,
    gpu: gpu.state === 'ready' && gpu.job === id ? { ...gpu, job: null } : gpu,
  };
}

/** A job whose attempt failed, at the head of the line: it has waited before. */
export const repeatedRow = ({ row, device }: TensorRunning, outcome: TensorOutcome): TensorRow => ({
  ...row,
  gpuRefusal: device === 'gpu' && !outcome.ok ? outcome.why : row.gpuRefusal,
});

/** The job of a slot, or of the GPU, that an event says is gone or new. */
export function strandedIn({ context, event }: Args): TensorRunning | undefined {
  if (event.type === 'GPU_CHANGED') {
    return Object.values(context.running).find(({ device }) => device === 'gpu');
  }
  if (event.type !== 'SLOT_READY' && event.type !== 'SLOT_LOST') return undefined;
  const id = context.slots[event.slot];
  return id == null ? undefined : context.running[id];
}

export const concerned = (args: Args): TensorRunning | undefined =>
  endedRunning(args) ?? strandedIn(args);

export const repeats = (args: Args): boolean => {
  const running = concerned(args);
  return running !== undefined && mayRepeat(running.row, running.device, outcomeOf(args));
};

/** What the pool believes of the GPU after news of it. */
export function gpuAfter({ context, event }: Args): TensorGpuView {
  if (event.type !== 'GPU_CHANGED') return context.gpu;
  const { news } = event;
  const { lossCountMax } = context.settings.gpu;
  if (news.state === 'ready') return { ...news, job: null };
  const streak = context.gpuLossStreak + (news.state === 'down' ? 1 : 0);
  const isGivenUp = (news.state === 'down' || news.state === 'off') && streak >= lossCountMax;
  if (!isGivenUp) return news;
  return { state: 'unusable', why: `its process ended ${streak} times in a row` };
}

export const isFull = ({ running, waiting, settings }: Context): boolean =>
  Object.keys(running).length + waiting.length >= placeCountOf(settings);

export const stateText = (gpu: TensorGpuView): string =>
  `${gpu.state} ${'why' in gpu ? gpu.why : ''}`;

export function newsOf(step: TensorStep, at: number): TensorJobNews | undefined {
  switch (step.do) {
    case 'queue':
      return { type: 'JOB_QUEUED', at };
    case 'refuse':
      return { type: 'JOB_REFUSED', at, reason: 'noBackend', why: step.why };
    case 'start': {
      const { device, slot, row, fallbackReason } = step.running;
      const attempt = row.attemptCount;
      return { type: 'JOB_STARTED', at, device, slot, attempt, fallbackReason };
    }
    default:
      return undefined;
  }
}
