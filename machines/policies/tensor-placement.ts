/** Where a tensor job runs, and why not on the GPU that it asked for. */
import type { TensorSettings } from '../../config/tensor.ts';
import type { TensorOutcome, TensorRow, TensorTicket } from './tensor-ticket.ts';

/** What a pool knows of its GPU. */
export type TensorGpuView =
  /** Not started: the first job that may use it starts it. */
  | { readonly state: 'off' }
  | { readonly state: 'starting' }
  | {
      readonly state: 'ready';
      readonly kind: 'hardware' | 'software';
      readonly vendor: string;
      /** Work from which on it was faster than the CPU at its start; null: never. */
      readonly breakEvenFlopsCount: number | null;
      /** The job that it computes. */
      readonly job: string | null;
    }
  /** Its process ended, and is started anew. */
  | { readonly state: 'down'; readonly why: string }
  | { readonly state: 'unusable'; readonly why: string };

export type TensorPlacement =
  /** `reason`: why not on the GPU that was asked for; null when none was. */
  | { readonly on: 'cpu'; readonly reason: string | null }
  | { readonly on: 'gpu' }
  /** For the GPU, which is starting or computes another job. */
  | { readonly on: 'neither' }
  | { readonly on: 'refused'; readonly reason: string };

/** Attempts of one job: the second one runs elsewhere. */
export const attemptCountMax = 2;

const gpuOps: ReadonlySet<string> = new Set(['matmul', 'covariance']);

/** Why a job can never run on the GPU, whatever its state; null when it can. */
function gpuRefusalOf(ticket: TensorTicket, { gpu }: TensorSettings): string | null {
  const { op, of, dtype, bytes } = ticket;
  if (!gpu.enabled) return 'tensor.gpu.enabled is false';
  if (!gpuOps.has(of ?? op)) return `a GPU does not compute ${of ?? op} here`;
  if (dtype !== 'f32') return 'a GPU computes in f32, and the job asks for f64';
  const bytesMax = Math.floor(gpu.bytesMax * gpu.limitRatio);
  if (bytes > bytesMax) return `it takes ${bytes} bytes, and the GPU's budget is ${bytesMax}`;
  return null;
}

/** Why a running GPU is not right for a job; null when it is. */
function unfitOf(
  { flopsCount, wish }: TensorTicket,
  view: Extract<TensorGpuView, { state: 'ready' }>,
  { gpu }: TensorSettings,
): string | null {
  const { kind, vendor, breakEvenFlopsCount: least } = view;
  if (kind === 'software' && !gpu.acceptSoftware) return `the only adapter is software: ${vendor}`;
  if (wish.isRequired || gpu.breakEven === 'ignored') return null;
  if (least === null) return 'the CPU was faster at every size that was measured';
  if (flopsCount >= least) return null;
  return `the CPU is faster below ${least} operations, and this takes ${flopsCount}`;
}

const instead = (reason: string, isRequired: boolean): TensorPlacement =>
  isRequired ? { on: 'refused', reason } : { on: 'cpu', reason };

export function placementOf(
  { ticket, gpuRefusal }: TensorRow,
  view: TensorGpuView,
  settings: TensorSettings,
): TensorPlacement {
  const { device, isRequired } = ticket.wish;
  if (device === 'cpu') return { on: 'cpu', reason: null };
  const never = gpuRefusal ?? gpuRefusalOf(ticket, settings);
  if (never !== null) return instead(never, isRequired);
  if (view.state === 'unusable') return instead(view.why, isRequired);
  if (view.state === 'down' && !isRequired) return { on: 'cpu', reason: view.why };
  if (view.state !== 'ready') return { on: 'neither' };
  const unfit = unfitOf(ticket, view, settings);
  if (unfit !== null) return instead(unfit, isRequired);
  return view.job === null ? { on: 'gpu' } : { on: 'neither' };
}

/**
 * Whether a failed attempt is made once more elsewhere: on the CPU what a GPU could not do, and on
 * another worker what died through no fault of its own. Too slow or too large is so everywhere.
 */
export function mayRepeat(
  { ticket, attemptCount }: TensorRow,
  device: 'cpu' | 'gpu',
  outcome: TensorOutcome,
): boolean {
  if (outcome.ok || attemptCount >= attemptCountMax) return false;
  const { code } = outcome;
  if (code === 'INTERRUPTED' || code === 'DATA_GONE') return false;
  return device === 'gpu' ? !ticket.wish.isRequired : code === 'LOST' && ticket.isRepeatable;
}
