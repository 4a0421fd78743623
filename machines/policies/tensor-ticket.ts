/** What a pool knows of a tensor job: never its numbers. */
import type { WorkKind } from '../../config/allocation.ts';
import type { TensorBackend, TensorDevice, TensorSettings } from '../../config/tensor.ts';

/** Where a job wants to run, and whether anything else would do. */
export interface TensorWish {
  readonly device: TensorDevice;
  readonly isRequired: boolean;
}

/** What a job says of itself; part of the journal. */
export interface TensorTicket {
  readonly id: string;
  readonly op: string;
  /** The operation of a batch. */
  readonly of: string | null;
  readonly dtype: 'f32' | 'f64';
  /** What it holds at most: operands, result and what a kernel needs in between. */
  readonly bytes: number;
  /** Its work, in floating-point operations. */
  readonly flopsCount: number;
  readonly work: WorkKind;
  readonly priority: number;
  readonly wish: TensorWish;
  /** Its numbers outlive the worker that computes them. */
  readonly isRepeatable: boolean;
  /** When its result enters at the earliest, logical ms. */
  readonly dueMs: number;
}

/** A ticket in the pool. */
export interface TensorRow {
  readonly ticket: TensorTicket;
  /** Place in the order of asking. */
  readonly order: number;
  /** Attempts that were begun. */
  readonly attemptCount: number;
  /** Why it does not run on a GPU any more; null while it may. */
  readonly gpuRefusal: string | null;
}

/** Where the values of a result are: in the journal, or beside it under their hash. */
export type TensorStored =
  | { readonly in: 'journal' }
  | { readonly in: 'blob'; readonly hash: string };

/** What a result says of itself: its values are elsewhere. */
export interface TensorSummary {
  readonly shape: readonly number[];
  readonly dtype: 'f32' | 'f64';
  readonly kind: 'hardware' | 'software' | 'wasm' | 'js';
  /** Who made the GPU, as its driver says; null on a CPU. */
  readonly vendor: string | null;
  /** Null where nobody knows how well a result should fit. */
  readonly residual: number | null;
  readonly stored: TensorStored;
}

/**
 * Why an attempt failed. `LOST`: who computed it is gone. `FAILED`: the kernel threw. `DATA_GONE`:
 * the numbers were given to an earlier process, or moved to a worker that died.
 */
export type TensorFailureCode =
  | 'LOST'
  | 'OUT_OF_MEMORY'
  | 'TIME_LIMIT'
  | 'FAILED'
  | 'WRONG_ANSWER'
  | 'UNAVAILABLE'
  | 'INTERRUPTED'
  | 'DATA_GONE';

export interface TensorFailure {
  readonly ok: false;
  readonly code: TensorFailureCode;
  readonly why: string;
}

export type TensorOutcome = { readonly ok: true; readonly summary: TensorSummary } | TensorFailure;

/** The wish of a job that names a backend, or of one that does not. */
export function wishOf(
  backend: TensorBackend | undefined,
  { backend: device }: Pick<TensorSettings, 'backend'>,
): TensorWish {
  if (!backend) return { device, isRequired: false };
  if ('prefer' in backend) return { device: backend.prefer, isRequired: false };
  if ('require' in backend) return { device: backend.require, isRequired: true };
  return { device: backend.forbid === 'gpu' ? 'cpu' : 'gpu', isRequired: true };
}

const codes: ReadonlySet<string> = new Set([
  ...['LOST', 'OUT_OF_MEMORY', 'TIME_LIMIT', 'FAILED', 'WRONG_ANSWER'],
  ...['UNAVAILABLE', 'INTERRUPTED', 'DATA_GONE'],
]);

/** The failure that a rejected attempt stands for. The end of the process interrupts attempts. */
export function failureOf(error: unknown): TensorFailure {
  const { code, message } = (error ?? {}) as {
    readonly code?: unknown;
    readonly message?: unknown;
  };
  const why = typeof message === 'string' ? message : String(error);
  if (code === 'EFFECT_INTERRUPTED') return { ok: false, code: 'INTERRUPTED', why };
  const known = typeof code === 'string' && codes.has(code);
  return { ok: false, code: known ? (code as TensorFailureCode) : 'FAILED', why };
}

/** An attempt that failed so has cost its worker or process its life. */
export const isFatal = ({ code }: TensorFailure): boolean =>
  code === 'LOST' || code === 'OUT_OF_MEMORY' || code === 'TIME_LIMIT';
