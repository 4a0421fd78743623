/**
 * Orders to a worker: the first number of a product. Small numbers are computed. An order is obeyed
 * once: the number is shared, and set to 1.
 */
import { getPriority } from 'node:os';
import type { TensorJob } from '../../config/tensor-job.ts';
import type { WorkerAnswer } from '../../runtime/tensor/answer.ts';
import type { WorkerTask } from '../../runtime/tensor/worker.ts';

export const orders = {
  throw: 1_001,
  exit: 1_002,
  loop: 1_003,
  memory: 1_004,
  late: 1_005,
  slow: 1_006,
  tellPriority: 1_007,
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

/** Puts what a thread is asked about itself in the place of a factor. */
const tellings: Readonly<Record<number, () => number>> = {
  [orders.tellPriority]: () => getPriority(0),
};

/** Does what the task says; an answer when that is all. */
export function obey({ job, begun }: WorkerTask): WorkerAnswer | undefined {
  const { data } = (job as Extract<TensorJob, { op: 'matmul' }>).a;
  const order = data[0]!;
  Atomics.store(begun, 0, process.hrtime.bigint());
  data[0] = tellings[order]?.() ?? order;
  const doing = doings[order];
  if (!doing) return undefined;
  data[0] = 1;
  if (order === orders.throw) return { ok: false, message: 'told to throw' };
  doing();
  return undefined;
}
