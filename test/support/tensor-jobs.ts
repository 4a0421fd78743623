/** Small tensor jobs, and a runtime that computes them with workers that obey orders. */
import type { TensorSettingsInput } from '../../config/tensor.ts';
import type { TensorJob } from '../../config/tensor-job.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';

export const workerFile = new URL('./tensor-worker.ts', import.meta.url);
export const lightWorkerFile = new URL('./light-worker.ts', import.meta.url);

/** A product of two numbers; the first one may be an order to the worker. */
export const product = (a: number, b: number): TensorJob => ({
  op: 'matmul',
  dtype: 'f64',
  a: { shape: [1, 1], data: new Float64Array([a]) },
  b: { shape: [1, 1], data: new Float64Array([b]) },
});

/** A product of two square matrices of seeded numbers. */
export function square(size: number, dtype: 'f32' | 'f64' = 'f64', seed = 1): TensorJob {
  const numbers = Array.from({ length: size * size }, (_, at) => Math.sin(at * seed + seed));
  const data = () => (dtype === 'f64' ? new Float64Array(numbers) : new Float32Array(numbers));
  const operand = () => ({ shape: [size, size], data: data() });
  return { op: 'matmul', dtype, a: operand(), b: operand() };
}

/** A runtime on simulated time with workers that obey orders. */
export async function tensorRuntime(
  tensor: TensorSettingsInput = {},
  gpuFile?: URL,
  worker: URL = workerFile,
) {
  const t = await testRuntime({
    settings: { tensor },
    tensor: { workerFile: worker, ...(gpuFile ? { gpuFile } : {}) },
  });
  return Object.assign(t, {
    /** Runs jobs and moves time until all have ended, with what became of each. */
    async all(asked: readonly Promise<unknown>[], ms = 60_000) {
      const settled = Promise.allSettled(asked);
      let isOver = false;
      void settled.then(() => {
        isOver = true;
      });
      await t.settle();
      const untilMs = t.clock.now() + ms;
      while (!isOver) {
        const due = t.clock.nextDueMs;
        if (due === undefined || due > untilMs) break;
        await t.clock.advanceTo(Math.max(due, t.clock.now()));
      }
      return settled;
    },
  });
}
