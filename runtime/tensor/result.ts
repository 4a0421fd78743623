/** What a tensor job gave: the journal's part of it, the values, and real times. */
import { TensorJobFailedError } from '../../actors/tensor-errors.ts';
import type { TensorData } from '../../config/tensor-job.ts';
import type { TensorStored, TensorTicket } from '../../machines/policies/tensor-ticket.ts';
import type { TensorJobEmitted } from '../../machines/tensor-job.ts';
import type { HeldResult } from './backends.ts';

export interface TensorResult {
  /** Row-major. */
  readonly values: TensorData;
  readonly shape: readonly number[];
  /** Where it was to run, and where it ran. */
  readonly requested: 'cpu' | 'gpu';
  readonly used: 'cpu' | 'gpu';
  /** `software`: by a GPU's driver that computes on the CPU. */
  readonly kind: 'hardware' | 'software' | 'wasm' | 'js';
  /** Who made the GPU, as its driver says; null on a CPU. */
  readonly vendor: string | null;
  /** Why not on the GPU that was asked for; null when it ran where it was to. */
  readonly fallbackReason: string | null;
  /** Largest relative error of the GPU's known answer at its start; null on a CPU. */
  readonly selfTestError: number | null;
  /** How well it fits the job: 0 is perfect. Each operation has its own measure, kernels none. */
  readonly residual: number | null;
  /** Held for the job at most. */
  readonly bytes: number;
  /** Attempts that it took. */
  readonly attemptCount: number;
  /** Whether the journal has the values, or their hash. */
  readonly stored: TensorStored;
  /** Real times, ms. They are not in the journal: they differ between two runs. */
  readonly timings: { readonly queuedMs: number; readonly ranMs: number; readonly totalMs: number };
}

/** Undefined when the job did not end with a result. */
export function resultOf(
  { summary, device, attemptCount, fallbackReason }: TensorJobEmitted,
  ticket: TensorTicket,
  { computed, queuedMs, totalMs }: HeldResult,
  selfTestError: number | null,
): TensorResult | undefined {
  if (!summary || !device) return undefined;
  const { shape, kind, vendor, residual, stored } = summary;
  return {
    values: computed.values,
    shape,
    requested: ticket.wish.device,
    used: device,
    kind,
    vendor,
    fallbackReason,
    selfTestError: device === 'gpu' ? selfTestError : null,
    residual,
    bytes: ticket.bytes,
    attemptCount,
    stored,
    timings: { queuedMs, ranMs: computed.ranMs, totalMs },
  };
}

export const failureOf = ({ id, code, why }: TensorJobEmitted): TensorJobFailedError =>
  new TensorJobFailedError(id, code ?? 'LOST', why ?? 'its result was lost');
