/** A GPU process on a device that computes nothing, and says it were hardware. */
import { serve } from '../../../runtime/tensor/gpu/serve.ts';

process.on('disconnect', () => process.exit());
await serve(JSON.parse(process.argv[2] ?? '{}'), {
  send: (reply) => process.send?.(reply),
  onRequest: () => {},
  deviceOptions: ['backend=null'],
});
