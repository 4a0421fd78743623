/** The worker of the runtime, with orders. */
import compute, { type WorkerTask } from '../../runtime/tensor/worker.ts';
import { obey } from './tensor-orders.ts';

export default (task: WorkerTask): unknown => obey(task) ?? compute(task);
