/** Computes kernels of users with gpu.js, in WebAssembly or in JavaScript: never on a real GPU. */
import type { TensorKernel } from '../../config/tensor-kernel.ts';
import type { Computed } from './answer.ts';

/** gpu.js may change its mind about where it computes: what it did is asked of it afterwards. */
type Runnable = ((...args: unknown[]) => unknown) & {
  readonly kernel?: { readonly constructor: { readonly mode?: string } };
};

async function load(): Promise<typeof import('gpu.js')> {
  try {
    return await import('gpu.js');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing) throw error;
    throw new Error("Kernels need the package 'gpu.js': npm install gpu.js@2.24.1");
  }
}

/** @throws {Error} when gpu.js is missing, or does not understand the function. */
export async function computeKernel({
  source,
  output,
  args,
}: TensorKernel): Promise<Pick<Computed, 'values' | 'shape' | 'kind' | 'residual'>> {
  const { GPU, Input } = await load();
  const gpu = new GPU({ mode: 'webasm' as never });
  try {
    // Columns come first there.
    const kernel = gpu.createKernel(source as never, { output: output.toReversed() }) as Runnable;
    const given = args.map((arg) =>
      typeof arg === 'number' ? arg : new Input(arg.data as never, arg.shape.toReversed() as never),
    );
    const result = await kernel(...given);
    const mode = kernel.kernel?.constructor.mode;
    const values = new Float32Array(output.reduce((a, b) => a * b, 1));
    flatten(result, values, 0);
    return { values, shape: output, kind: mode === 'webasm' ? 'wasm' : 'js', residual: null };
  } finally {
    await gpu.destroy();
  }
}

/** Rows of rows, one behind the other; returns the place after the last one. */
function flatten(part: unknown, values: Float32Array, at: number): number {
  if (part instanceof Float32Array) {
    values.set(part, at);
    return at + part.length;
  }
  let next = at;
  for (const inner of part as readonly unknown[]) next = flatten(inner, values, next);
  return next;
}
