/** The worker of the runtime, with orders. */
import compute, { type WorkerTask } from '../../runtime/tensor/worker.ts';
import { obey } from './tensor-orders.ts';

export default (task: WorkerTask): unknown =>
  (task.job.op === 'matmul' ? obey(task) : undefined) ?? compute(task);
