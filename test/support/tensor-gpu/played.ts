/** A GPU process without a GPU: it speaks the protocol, computes on the CPU, and obeys orders. */
import type { TensorJob } from '../../../config/tensor-job.ts';
import type { GpuReply, GpuRequest } from '../../../runtime/tensor/gpu/protocol.ts';
import { compute } from '../../../runtime/tensor/kernels/compute.ts';
import { answer } from '../../../runtime/tensor/worker.ts';
import { gpuOrders } from './orders.ts';

const send = (reply: GpuReply) => process.send?.(reply);
process.on('disconnect', () => process.exit());
process.on('message', (message) => {
  const request = message as GpuRequest;
  const order = (request.job as Extract<TensorJob, { op: 'matmul' }>).a.data[0];
  if (order === gpuOrders.die) process.kill(process.pid, 'SIGKILL');
  if (order === gpuOrders.hang) return;
  const isLie = order === gpuOrders.lie;
  const done = answer(request, () => {
    const { values, shape, residual } = compute(request.job);
    return { values, shape, kind: 'hardware', residual: isLie ? 1 : residual };
  });
  send({ type: 'answer', id: request.id, answer: done, bytes: 0 });
});
send({
  type: 'ready',
  report: { kind: 'hardware', vendor: 'played', architecture: 'test', selfTestError: 0 },
});
