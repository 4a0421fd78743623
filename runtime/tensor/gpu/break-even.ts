/** From which size on the GPU is faster than the CPU, the way there and back included. */
import type { TensorJob } from '../../../config/tensor-job.ts';
import { flopsOf } from '../kernels/flops.ts';

const measuredSizes = [64, 128, 256, 512] as const;

const factor = (size: number): { shape: [number, number]; data: Float32Array } => ({
  shape: [size, size],
  data: Float32Array.from({ length: size * size }, (_, index) => ((index * 7) % 13) / 13 - 0.5),
});

/**
 * Work of the smallest product that was faster on the GPU, in floating-point operations; null when
 * none was.
 */
export async function breakEvenOf(
  measure: (job: TensorJob, on: 'gpu' | 'cpu') => Promise<number>,
  sizes: readonly number[] = measuredSizes,
): Promise<number | null> {
  for (const size of sizes) {
    const job: TensorJob = { op: 'matmul', dtype: 'f32', a: factor(size), b: factor(size) };
    const cpuMs = await measure(job, 'cpu');
    // The first one pays for buffers that the others use again.
    const gpuMs = [await measure(job, 'gpu'), await measure(job, 'gpu'), await measure(job, 'gpu')];
    if (Math.min(...gpuMs) < cpuMs) return flopsOf(job);
  }
  return null;
}
