/**
 * How well a result fits its job, whoever computed it, in little time beside the computation.
 * 0 is perfect; `residualMax` bounds what rounding explains.
 *
 * | operation | residual |
 * |---|---|
 * | matmul, covariance | R x against A (B x), for one x of 1 and -1, as a share of the lengths |
 * | eigenSymmetric | sums of values and of squares, against trace and length; A V x against V L x |
 * | eigenGeneral | sums of the values and of their squares, against the traces of A and of A A |
 * | singularValues | sum of the squares, against the squared length of A |
 * | entropies | distance from the bounds that the data set; Shannon's by another formula |
 * | driftProfile | distance from the bounds of each number |
 */
import type { TensorData, TensorJob } from '../../../config/tensor-job.ts';
import { type ItemJob, itemsOf, resultShapeOf } from '../../../config/tensor-sizes.ts';
import {
  densityResidual,
  driftResidual,
  rangeResidual,
  shannonResidual,
} from './residual-bounds.ts';
import { covarianceResidual, productResidual } from './residual-product.ts';
import { generalResidual, singularResidual, symmetricResidual } from './residual-spectrum.ts';

/** The worst of the items. */
export function residualOf(job: TensorJob, values: TensorData): number {
  let worst = 0;
  let at = 0;
  for (const item of itemsOf(job)) {
    const size = resultShapeOf(item).reduce((a, b) => a * b, 1);
    worst = Math.max(worst, itemResidual(item, values.subarray(at, at + size)));
    at += size;
  }
  return worst;
}

function itemResidual(job: ItemJob, values: TensorData): number {
  switch (job.op) {
    case 'matmul':
      return productResidual(job, values);
    case 'covariance':
      return covarianceResidual(job, values);
    case 'eigenSymmetric':
      return symmetricResidual(job, values);
    case 'eigenGeneral':
      return generalResidual(job, values);
    case 'singularValues':
      return singularResidual(job, values);
    case 'shannonEntropy':
      return shannonResidual(job, values);
    case 'spectralEntropy':
      return rangeResidual(Math.floor(job.shape[0]! / 2), 0, values);
    case 'vonNeumannEntropy':
      return densityResidual(job, values);
    case 'driftProfile':
      return driftResidual(values);
  }
}

/**
 * The residual that rounding explains, for any backend that computes in the precision of the job: a
 * result beyond it is wrong. A wrong number hides below it only when it is off by less than this
 * share of the whole matrix.
 */
export function residualMax(job: TensorJob): number {
  const unit = job.dtype === 'f64' ? 2 ** -53 : 2 ** -24;
  return 64 * unit * Math.sqrt(termsOf(job));
}

/** Terms of the longest sum in the job. */
function termsOf(job: TensorJob): number {
  if ('a' in job) return job.a.shape.at(-1)!;
  return 'reference' in job ? job.reference.shape[0]! : Math.max(...job.shape.slice(-2));
}
