/** The numbers of a job: who holds them while it waits, and how they get to a worker. */
import type { TensorData, TensorJob } from '../../config/tensor-job.ts';
import type { TensorKernel } from '../../config/tensor-kernel.ts';
import { SharedBuffers } from './shared-buffers.ts';

/** What workers compute. */
export type Computable = TensorJob | TensorKernel;

/** A job whose numbers nobody else changes any more. */
export interface HeldJob {
  readonly job: Computable;
  /** Handed over to the first worker: they die with it. */
  readonly transfers: readonly ArrayBuffer[];
  /** To be given back when the job has its result. */
  readonly lent: readonly SharedArrayBuffer[];
}

const isData = (value: unknown): value is TensorData =>
  value instanceof Float64Array || value instanceof Float32Array;

/** The job with every array of numbers replaced, wherever it stands. */
function mapped(job: Computable, replace: (data: TensorData) => TensorData): Computable {
  const map = (value: unknown): unknown => {
    if (isData(value)) return replace(value);
    if (Array.isArray(value)) return value.map(map);
    return typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item)]))
      : value;
  };
  return map(job) as Computable;
}

const isShared = ({ buffer }: TensorData): boolean => buffer instanceof SharedArrayBuffer;

/** A copy in memory that workers share: it outlives them, and costs nothing to hand over. */
function shared(data: TensorData, buffer: SharedArrayBuffer): TensorData {
  const copy = data instanceof Float64Array ? new Float64Array(buffer) : new Float32Array(buffer);
  copy.set(data);
  return copy;
}

/** The same numbers in a buffer of their own; whoever had them has none any more. */
function moved(data: TensorData): TensorData {
  const { buffer, byteLength } = data;
  const whole = byteLength === buffer.byteLength;
  const own = (whole ? (buffer as ArrayBuffer).transfer() : data.slice().buffer) as ArrayBuffer;
  return data instanceof Float64Array ? new Float64Array(own) : new Float32Array(own);
}

/**
 * Takes a job's numbers over. Shared buffers are used as they are.
 *
 * @param buffers where the memory of copies comes from.
 */
export function hold(
  job: Computable,
  how: 'copy' | 'move',
  buffers = new SharedBuffers(),
): HeldJob {
  const transfers: ArrayBuffer[] = [];
  const lent: SharedArrayBuffer[] = [];
  const held = mapped(job, (data) => {
    if (isShared(data)) return data;
    if (how === 'copy') {
      const buffer = buffers.take(data.byteLength);
      lent.push(buffer);
      return shared(data, buffer);
    }
    const own = moved(data);
    transfers.push(own.buffer as ArrayBuffer);
    return own;
  });
  return { job: held, transfers, lent };
}
