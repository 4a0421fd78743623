/** What a worker thread of the pool does: computes one job, and hands its result over. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { TensorData } from '../../config/tensor-job.ts';
import { bytesOf, hashOf } from './blobs.ts';
import { compute } from './kernels/compute.ts';
import type { Computable } from './operands.ts';

export interface WorkerTask {
  readonly job: Computable;
  /** A larger result is hashed here: hashing it would hold up the host. */
  readonly inlineBytesMax: number;
  /** Shared with the host: when the computation began, wall-clock ms; 0 before. */
  readonly begun: BigInt64Array;
}

/** What computed a result, whichever device it was. */
export interface Computed {
  readonly values: TensorData;
  readonly shape: readonly number[];
  readonly kind: 'hardware' | 'software' | 'wasm' | 'js';
  /** Null for a kernel of a user: nobody knows how well it should fit. */
  readonly residual: number | null;
  /** SHA-256 of the values' bytes; null for a result that is small. */
  readonly hash: string | null;
  /** Real time of the computation, ms. */
  readonly ranMs: number;
}

/** A kernel that throws is an answer; any other end of a task is the loss of its worker. */
export type WorkerAnswer =
  | { readonly ok: true; readonly result: Computed }
  | { readonly ok: false; readonly message: string };

/** Numbers in a buffer of their own, which can be moved. */
const owned = (values: TensorData): TensorData =>
  values.buffer instanceof ArrayBuffer && values.byteLength === values.buffer.byteLength
    ? values
    : values.slice();

/** Runs a computation and tells what came of it. */
export function answer(
  { inlineBytesMax }: Pick<WorkerTask, 'inlineBytesMax'>,
  run: () => Pick<Computed, 'values' | 'shape' | 'kind' | 'residual'>,
): WorkerAnswer {
  const startedMs = performance.now();
  try {
    const { values: given, shape, kind, residual } = run();
    const values = owned(given);
    const hash = values.byteLength > inlineBytesMax ? hashOf(bytesOf(values)) : null;
    const ranMs = performance.now() - startedMs;
    return { ok: true, result: { values, shape, kind, residual, hash, ranMs } };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** An answer whose numbers are moved to the host instead of copied. */
export const handedOver = (value: WorkerAnswer): unknown => {
  if (!value.ok) return value;
  const moved = { [transferableSymbol]: [value.result.values.buffer], [valueSymbol]: value };
  return move(moved as never);
};

/** gpu.js is loaded only for those who use it. */
async function computed({ job, inlineBytesMax }: WorkerTask): Promise<WorkerAnswer> {
  if (job.op !== 'kernel') return answer({ inlineBytesMax }, () => compute(job));
  try {
    const { computeKernel } = await import('./user-kernel.ts');
    const startedMs = performance.now();
    const result = await computeKernel(job);
    const ranMs = performance.now() - startedMs;
    const told = answer({ inlineBytesMax }, () => result);
    return told.ok ? { ok: true, result: { ...told.result, ranMs } } : told;
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

export default async (task: WorkerTask): Promise<unknown> => {
  Atomics.store(task.begun, 0, BigInt(Date.now()));
  return handedOver(await computed(task));
};
