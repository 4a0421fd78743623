/**
 * Computes a job. Pure: the same job gives the same bits on every machine, whatever loops are used.
 * Holds no resources that an aborted thread would leave behind.
 */
import type { TensorData, TensorJob } from '../../../config/tensor-job.ts';
import { type ItemJob, itemsOf, resultShapeOf } from '../../../config/tensor-sizes.ts';
import { covariance } from './covariance.ts';
import { driftProfile } from './drift.ts';
import { shannonEntropy, spectralEntropy, vonNeumannEntropy } from './entropy.ts';
import { generalValues } from './general.ts';
import { bestKind, type LoopKind, product, withKernel } from './product.ts';
import { residualOf } from './residual.ts';
import { singularValues } from './singular.ts';
import { symmetricValues, symmetricVectors } from './symmetric.ts';

export interface ComputeOptions {
  /** Loops for products. Default: WebAssembly where the engine has it. Nothing else differs. */
  readonly kind?: LoopKind;
}

/** A result and what it is worth. */
export interface TensorOutcome {
  /** Row-major, in the precision of the job. */
  readonly values: TensorData;
  readonly shape: number[];
  /** What did the work: a job without a product is plain JavaScript. */
  readonly kind: LoopKind;
  /** See `residualOf`: 0 is perfect, `residualMax` is the bound of what rounding explains. */
  readonly residual: number;
}

/**
 * Computes a job that `checkJob` has admitted.
 *
 * @throws {RangeError} when a result does not fit into the job's precision, when a matrix breaks a
 * promise that only its decomposition shows, or when a decomposition does not converge.
 */
export function compute(job: TensorJob, { kind = bestKind() }: ComputeOptions = {}): TensorOutcome {
  const shape = [...resultShapeOf(job)];
  const size = shape.reduce((a, b) => a * b, 1);
  const values = job.dtype === 'f64' ? new Float64Array(size) : new Float32Array(size);
  let used: LoopKind = 'js';
  let at = 0;
  for (const item of itemsOf(job)) {
    const itemSize = resultShapeOf(item).reduce((a, b) => a * b, 1);
    const isProduct = computeItem(item, values.subarray(at, at + itemSize), kind);
    if (isProduct) used = kind;
    at += itemSize;
  }
  for (let i = 0; i < size; i += 1) {
    if (Number.isFinite(values[i])) continue;
    throw new RangeError(`The result does not fit into ${job.dtype}: ${values[i]} at ${i}.`);
  }
  return { values, shape, kind: used, residual: residualOf(job, values) };
}

/** Writes one result, and tells whether the loops of the kind were used. */
function computeItem(job: ItemJob, values: TensorData, kind: LoopKind): boolean {
  if (job.op === 'matmul') {
    withKernel(kind, (kernel) => product(job, values, kernel));
    return true;
  }
  if (job.op === 'covariance') {
    withKernel(kind, (kernel) => covariance(job, values, kernel));
    return true;
  }
  values.set(resultOf(job));
  return false;
}

/** Operations in f64 for either precision. */
function resultOf(job: Exclude<ItemJob, { op: 'matmul' | 'covariance' }>): ArrayLike<number> {
  if (job.op === 'driftProfile') return driftProfile(job);
  const { data, shape } = job;
  const [rows = 0, columns = 0] = shape;
  switch (job.op) {
    case 'eigenSymmetric':
      return job.vectors ? symmetricVectors(data, rows) : symmetricValues(data, rows);
    case 'eigenGeneral':
      return generalValues(data, rows);
    case 'singularValues':
      return singularValues(data, rows, columns);
    case 'shannonEntropy':
      return shannonEntropy(data);
    case 'spectralEntropy':
      return spectralEntropy(data);
    case 'vonNeumannEntropy':
      return vonNeumannEntropy(job);
  }
}
