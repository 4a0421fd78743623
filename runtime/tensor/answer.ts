/** What whoever computes a job says of it, in a worker thread and in the GPU process alike. */
import type { TensorData } from '../../config/tensor-job.ts';
import { bytesOf, hashOf } from './blobs.ts';

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

/** A computation that gave nothing. */
export const failed = (error: unknown): WorkerAnswer => ({
  ok: false,
  message: error instanceof Error ? error.message : String(error),
});

/** Numbers in a buffer of their own, which can be moved. */
const owned = (values: TensorData): TensorData =>
  values.buffer instanceof ArrayBuffer && values.byteLength === values.buffer.byteLength
    ? values
    : values.slice();

/**
 * Runs a computation and tells what came of it.
 *
 * @param inlineBytesMax a larger result is hashed here: hashing it would hold up the host.
 */
export function answer(
  inlineBytesMax: number,
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
    return failed(error);
  }
}
