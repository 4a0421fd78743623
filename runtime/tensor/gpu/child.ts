/** The GPU process's first file. It ends with its host. */
import type { GpuRequest, GpuStart } from './protocol.ts';
import { serve } from './serve.ts';

process.on('disconnect', () => process.exit());
await serve(JSON.parse(process.argv[2] ?? '{}') as GpuStart, {
  send: (reply) => process.send?.(reply),
  onRequest: (take) => process.on('message', (request) => take(request as GpuRequest)),
});
