/** A worker that starts at once: it knows only the product of two numbers, and orders. */
import type { TensorJob } from '../../config/tensor-job.ts';
import type { WorkerAnswer } from '../../runtime/tensor/answer.ts';
import type { WorkerTask } from '../../runtime/tensor/worker.ts';
import { obey } from './tensor-orders.ts';

export default (task: WorkerTask): WorkerAnswer => {
  const told = obey(task);
  if (told) return told;
  const { a, b, dtype } = task.job as Extract<TensorJob, { op: 'matmul' }>;
  const product = [a.data[0]! * b.data[0]!];
  const values = dtype === 'f64' ? new Float64Array(product) : new Float32Array(product);
  const result = { values, shape: [1, 1], kind: 'js', residual: 0, hash: null, ranMs: 0 } as const;
  return { ok: true, result };
};
