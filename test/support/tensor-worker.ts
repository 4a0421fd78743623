/**
 * A worker that does what the first number of a product tells it to: small numbers are computed,
 * the others are orders. An order is obeyed once: the number is shared, and set to 1.
 */
import type { TensorJob } from '../../config/tensor-job.ts';
import compute, { begin, type WorkerTask } from '../../runtime/tensor/worker.ts';

export const orders = {
  throw: 1_001,
  exit: 1_002,
  loop: 1_003,
  memory: 1_004,
  late: 1_005,
  slow: 1_006,
} as const;

const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const doings: Readonly<Record<number, () => void>> = {
  [orders.throw]: () => {
    throw new Error('told to throw');
  },
  [orders.exit]: () => process.exit(7),
  [orders.loop]: () => {
    for (;;) sleep(1);
  },
  [orders.memory]: () => {
    const kept: unknown[] = [];
    for (;;) kept.push({ length: kept.length, text: `${kept.length}` });
  },
  [orders.late]: () => {
    queueMicrotask(() => {
      throw new Error('told to throw later');
    });
  },
  [orders.slow]: () => sleep(20),
};

export default (task: WorkerTask): unknown => {
  const { data } = (task.job as Extract<TensorJob, { op: 'matmul' }>).a;
  const order = data[0]!;
  const obey = doings[order];
  if (!obey) return compute(task);
  data[0] = 1;
  begin(task);
  if (order === orders.throw) return { ok: false, message: 'told to throw' };
  obey();
  return compute(task);
};
