/** Hands jobs that wait to who is free, and lets blocked jobs in behind them. */
import { placementOf, type TensorGpuView } from './tensor-placement.ts';
import { inserted, type TensorLine, unblocked, without } from './tensor-queue.ts';
import { inTurn, workerCountOf } from './tensor-shares.ts';
import type { TensorRow } from './tensor-ticket.ts';

/** A job that is being computed. */
export interface TensorRunning {
  readonly row: TensorRow;
  readonly device: 'cpu' | 'gpu';
  /** The worker's slot; null on the GPU. */
  readonly slot: string | null;
  /** Why it is not on the GPU that it asked for. */
  readonly fallbackReason: string | null;
}

export interface TensorPoolView extends Omit<TensorLine, 'running'> {
  readonly running: Readonly<Record<string, TensorRunning>>;
  /** Slots that are up, with the job of each. */
  readonly slots: Readonly<Record<string, string | null>>;
  readonly gpu: TensorGpuView;
}

/** What follows from one look at the line, in order. */
export type TensorStep =
  | { readonly do: 'start'; readonly running: TensorRunning }
  | { readonly do: 'queue'; readonly row: TensorRow }
  | { readonly do: 'refuse'; readonly row: TensorRow; readonly why: string }
  | { readonly do: 'startGpu' };

export interface Dispatched {
  readonly view: TensorPoolView;
  readonly steps: readonly TensorStep[];
}

export const lineOf = ({ settings, running, waiting, blocked }: TensorPoolView): TensorLine => ({
  settings,
  running: Object.values(running).map(({ row }) => row),
  waiting,
  blocked,
});

/** A worker that may compute; undefined while as many do as the settings let. */
function freeSlot({ slots, running, settings }: TensorPoolView): string | undefined {
  const busyCount = Object.values(running).filter(({ device }) => device === 'cpu').length;
  if (busyCount >= workerCountOf(settings)) return undefined;
  return Object.keys(slots).find((id) => slots[id] === null);
}

/** The next thing to do; undefined when nothing can be done. */
function nextStep(view: TensorPoolView): TensorStep | undefined {
  const slot = freeSlot(view);
  const { settings, running, waiting } = lineOf(view);
  for (const row of inTurn(waiting, running, settings.allocation.workers)) {
    const place = placementOf(row, view.gpu, view.settings);
    if (place.on === 'refused') return { do: 'refuse', row, why: place.reason };
    const begun = { ...row, attemptCount: row.attemptCount + 1 };
    if (place.on === 'cpu' && slot !== undefined) {
      const running = { row: begun, device: 'cpu', slot, fallbackReason: place.reason } as const;
      return { do: 'start', running };
    }
    if (place.on === 'gpu') {
      const running = { row: begun, device: 'gpu', slot: null, fallbackReason: null } as const;
      return { do: 'start', running };
    }
    if (place.on === 'neither' && view.gpu.state === 'off') return { do: 'startGpu' };
  }
  const row = unblocked(lineOf(view));
  return row && { do: 'queue', row };
}

function started(view: TensorPoolView, running: TensorRunning): TensorPoolView {
  const { id } = running.row.ticket;
  return {
    ...view,
    waiting: without(view.waiting, id),
    running: { ...view.running, [id]: running },
    slots: running.slot === null ? view.slots : { ...view.slots, [running.slot]: id },
    gpu: running.slot === null && view.gpu.state === 'ready' ? { ...view.gpu, job: id } : view.gpu,
  };
}

function after(view: TensorPoolView, step: TensorStep): TensorPoolView {
  switch (step.do) {
    case 'start':
      return started(view, step.running);
    case 'startGpu':
      return { ...view, gpu: { state: 'starting' } };
    case 'refuse':
      return { ...view, waiting: without(view.waiting, step.row.ticket.id) };
    case 'queue':
      return {
        ...view,
        blocked: without(view.blocked, step.row.ticket.id),
        waiting: inserted(view.waiting, step.row),
      };
  }
}

/** Does everything that can be done now. Each step takes a job out of a line: it ends. */
export function dispatched(view: TensorPoolView): Dispatched {
  const steps: TensorStep[] = [];
  let now = view;
  for (let step = nextStep(now); step; step = nextStep(now)) {
    steps.push(step);
    now = after(now, step);
  }
  return { view: now, steps };
}
