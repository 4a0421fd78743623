/** What a job comes to: its items, the shape of its result, and the bytes that it holds. */
import type { BatchJob, SingleTensorJob, TensorJob, TensorOperand } from './tensor-job.ts';
import { operandsOf, sizeOf } from './tensor-shapes.ts';

/** A job that is not a batch. */
export type ItemJob = Exclude<TensorJob, BatchJob>;

/** The jobs of a batch, one after the other, on views of its data; another job is its only one. */
export function* itemsOf(job: TensorJob): Generator<ItemJob> {
  if (job.op !== 'batch') {
    yield job;
    return;
  }
  const count = operandsOf(job)[0]!.shape[0]!;
  for (let index = 0; index < count; index += 1) yield itemOf(job, index);
}

/** One item of a batch. */
export function itemOf(job: BatchJob, index: number): ItemJob {
  const part = ({ shape, data }: TensorOperand): TensorOperand => {
    const inner = shape.slice(1);
    const size = sizeOf(inner);
    return { shape: inner, data: data.subarray(index * size, (index + 1) * size) };
  };
  if (job.of === 'matmul') {
    return { op: 'matmul', dtype: job.dtype, a: part(job.a), b: part(job.b) };
  }
  const { of, dtype, correlation, vectors } = job;
  const options =
    of === 'covariance' ? { correlation } : of === 'eigenSymmetric' ? { vectors } : {};
  return { op: of, dtype, ...part(job), ...options } as SingleTensorJob;
}

/** Shape of the result. */
export function resultShapeOf(job: TensorJob): readonly number[] {
  if (job.op === 'batch') {
    return [operandsOf(job)[0]!.shape[0]!, ...resultShapeOf(itemOf(job, 0))];
  }
  const [first = [], second = []] = operandsOf(job).map(({ shape }) => shape);
  const [rows = 0, columns = 0] = first;
  switch (job.op) {
    case 'matmul':
      return [rows, second[1]!];
    case 'covariance':
      return [columns, columns];
    case 'eigenSymmetric':
      return job.vectors ? [rows + 1, rows] : [rows];
    case 'eigenGeneral':
      return [rows, 2];
    case 'singularValues':
      return [Math.min(rows, columns)];
    case 'driftProfile':
      return [columns, 4];
    default:
      return [2];
  }
}

/** Bytes of one number of the job. */
const widthOf = ({ dtype }: TensorJob): number => (dtype === 'f64' ? 8 : 4);

const f64Bytes = 8;

/**
 * Bytes that a worker holds at most while it computes: operands, result and working memory. Batches
 * work on one item after the other.
 */
export function bytesOf(job: TensorJob): number {
  const operands = operandsOf(job);
  const given = operands.reduce((sum, { data }) => sum + data.byteLength, 0);
  const result = sizeOf(resultShapeOf(job)) * widthOf(job);
  return given + 2 * result + workBytesOf(job.op === 'batch' ? itemOf(job, 0) : job);
}

/**
 * Working memory of one item, that of its residual included: nobody knows when the first is given
 * back. Decompositions and entropies compute in f64 for either dtype.
 */
function workBytesOf(job: ItemJob): number {
  const width = widthOf(job);
  const [first = [], second = []] = operandsOf(job).map(({ shape }) => shape);
  const [rows = 0, columns = 0] = first;
  switch (job.op) {
    case 'matmul':
      return productBytes(rows, second[1]!, width);
    case 'covariance':
      return 2 * rows * columns * width + productBytes(columns, columns, width);
    case 'eigenSymmetric':
      return ((job.vectors ? 4 : 2) * rows + 16) * rows * f64Bytes;
    case 'driftProfile':
      return 4 * (rows + second[0]!) * f64Bytes;
    case 'shannonEntropy':
      return 4 * rows * f64Bytes;
    case 'spectralEntropy':
      // Any length is transformed by way of a power of two of at most four times that length.
      return 8 * 4 * rows * f64Bytes;
    default:
      return (3 * rows * columns + 16 * (rows + columns)) * f64Bytes;
  }
}

/** Panels of 256 terms of both factors, and the result on whole panels. */
function productBytes(rows: number, columns: number, width: number): number {
  const [tall, wide] = [rows + 8, columns + 8];
  return (tall * wide + 256 * (tall + wide)) * width + 65_536;
}
