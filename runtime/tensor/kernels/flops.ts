/** How much work a job is. */

import type { TensorJob } from '../../../config/tensor-job.ts';
import { operandsOf } from '../../../config/tensor-shapes.ts';
import { type ItemJob, itemOf } from '../../../config/tensor-sizes.ts';

/** Floating-point operations, to the leading term: for deadlines and for the break-even. */
export function flopsOf(job: TensorJob): number {
  if (job.op !== 'batch') return itemFlops(job);
  return operandsOf(job)[0]!.shape[0]! * itemFlops(itemOf(job, 0));
}

const cube = (order: number): number => order * order * order;

/** The binary logarithm, rounded up: exact on every machine. */
const bitsOf = (count: number): number => 32 - Math.clz32(count - 1);

function itemFlops(job: ItemJob): number {
  const [first = [], second = []] = operandsOf(job).map(({ shape }) => shape);
  const [rows = 1, columns = 1] = first;
  const logarithm = 30;
  switch (job.op) {
    case 'matmul':
      return 2 * rows * columns * second[1]!;
    case 'covariance':
      return 2 * rows * columns * columns;
    case 'eigenSymmetric':
      return (job.vectors ? 9 : 4 / 3) * cube(rows);
    case 'vonNeumannEntropy':
      return (4 / 3) * cube(rows);
    case 'eigenGeneral':
      return 10 * cube(rows);
    case 'singularValues': {
      const [short, long] = [Math.min(rows, columns), Math.max(rows, columns)];
      return 4 * long * short * short - (4 / 3) * cube(short);
    }
    case 'shannonEntropy':
      return logarithm * rows;
    case 'spectralEntropy':
      return (logarithm + 30 * bitsOf(rows)) * rows;
    case 'driftProfile': {
      const values = rows + second[0]!;
      return 10 * columns * values * bitsOf(values);
    }
  }
}
