/**
 * A GPU process without a GPU: it speaks the protocol, knows the product of two numbers, and obeys
 * orders.
 */
import type { TensorJob } from '../../../config/tensor-job.ts';
import type { GpuReply, GpuRequest } from '../../../runtime/tensor/gpu/protocol.ts';
import { gpuOrders } from './orders.ts';

const send = (reply: GpuReply) => process.send?.(reply);
process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  const request = message as GpuRequest;
  const order = (request.job as Extract<TensorJob, { op: 'matmul' }>).a.data[0];
  if (order === gpuOrders.die) process.kill(process.pid, 'SIGKILL');
  if (order === gpuOrders.hang) return;
  const { a, b } = request.job as Extract<TensorJob, { op: 'matmul' }>;
  const values = new Float32Array([a.data[0]! * b.data[0]!]);
  const residual = order === gpuOrders.lie ? 1 : 0;
  const told = { values, shape: [1, 1], kind: 'hardware', residual, hash: null, ranMs: 0 } as const;
  const done = { ok: true, result: told } as const;
  send({ type: 'answer', id: request.id, answer: done, bytes: 0 });
});
send({
  type: 'ready',
  report: { kind: 'hardware', vendor: 'played', architecture: 'test', selfTestError: 0 },
});
