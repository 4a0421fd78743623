/**
 * Computes a job. Pure: the same job gives the same bits on every machine, whatever loops are used.
 * Holds no resources that an aborted thread would leave behind.
 */
import type { TensorData, TensorJob } from '../../../config/tensor-job.ts';
import { type ItemJob, itemsOf, resultShapeOf } from '../../../config/tensor-sizes.ts';
import { bestKind, type LoopKind, product, withKernel } from './product.ts';
import { residualOf } from './residual.ts';
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
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong !== -1) {
    throw new RangeError(
      `The result does not fit into ${job.dtype}: ${values[wrong]} at ${wrong}.`,
    );
  }
  return { values, shape, kind: used, residual: residualOf(job, values) };
}

/** Writes one result, and tells whether the loops of the kind were used. */
function computeItem(job: ItemJob, values: TensorData, kind: LoopKind): boolean {
  switch (job.op) {
    case 'matmul':
      withKernel(kind, (kernel) => product(job, values, kernel));
      return true;
    case 'eigenSymmetric': {
      const solve = job.vectors ? symmetricVectors : symmetricValues;
      values.set(solve(job.data, job.shape[0]!));
      return false;
    }
    default:
      throw new RangeError(`Operation '${job.op}' is not known.`);
  }
}
