/** From which size on the GPU is faster than the CPU, the way there and back included. */
import type { TensorJob } from '../../../config/tensor-job.ts';
import { flopsOf } from '../kernels/flops.ts';

export const measuredSizes = [64, 128, 256, 512] as const;

const factor = (size: number): { shape: [number, number]; data: Float32Array } => ({
  shape: [size, size],
  data: Float32Array.from({ length: size * size }, (_, index) => ((index * 7) % 13) / 13 - 0.5),
});

/**
 * Work of the smallest product that was faster on the GPU, in floating-point operations; null when
 * none was.
 */
export async function breakEvenOf(
  measure: (job: TensorJob) => Promise<{ readonly gpuMs: number; readonly cpuMs: number }>,
  sizes: readonly number[] = measuredSizes,
): Promise<number | null> {
  for (const size of sizes) {
    const job: TensorJob = { op: 'matmul', dtype: 'f32', a: factor(size), b: factor(size) };
    // The first one pays for buffers that the next one uses again.
    const [first, second] = [await measure(job), await measure(job)];
    const gpuMs = Math.min(first.gpuMs, second.gpuMs);
    if (gpuMs < Math.min(first.cpuMs, second.cpuMs)) return flopsOf(job);
  }
  return null;
}
