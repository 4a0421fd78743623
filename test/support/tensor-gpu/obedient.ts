/** A real GPU process that does what the first number of a product tells it to. */
import { serve } from '../../../runtime/tensor/gpu/serve.ts';
import { gpuOrders } from './orders.ts';

process.on('disconnect', () => process.exit());
await serve(JSON.parse(process.argv[2] ?? '{}'), {
  send: (reply) => process.send?.(reply),
  onRequest: (take) =>
    process.on('message', (request) => {
      const { job } = request as { job: { a: { data: Float32Array } } };
      const order = job.a.data[0];
      if (order === gpuOrders.die) process.kill(process.pid, 'SIGKILL');
      if (order === gpuOrders.hang) return;
      take(request as never);
    }),
  tamper: (values) => {
    if (values[0] === gpuOrders.lie) values[0] = 1;
  },
});
