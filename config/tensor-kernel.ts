/** Kernels of users: a function in the language of gpu.js, as text, computed for each element. */
import { z } from 'zod';
import type { TensorCheck } from './tensor-job.ts';

const lengthMax = 2 ** 24;
const shape = z.array(z.int().min(1)).min(1).max(3).readonly();

const operand = z.strictObject({
  shape,
  data: z.custom<Float32Array>(
    (value) => value instanceof Float32Array,
    'Expected a Float32Array.',
  ),
});

/**
 * One function of gpu.js: `this.thread.x` is the column of the element that it computes,
 * `this.thread.y` the row, `this.thread.z` the layer. It sees nothing but its arguments.
 *
 *     { op: 'kernel', dtype: 'f32', output: [2, 3],
 *       source: 'function (a, k) { return a[this.thread.y][this.thread.x] * k; }',
 *       args: [{ shape: [2, 3], data }, 0.5] }
 */
export const tensorKernelSchema = z.strictObject({
  op: z.literal('kernel'),
  dtype: z.literal('f32'),
  source: z.string().min(1).max(65_536).describe('The function, as text.'),
  output: shape.describe('Shape of the result: layers, rows, columns.'),
  args: z
    .array(z.union([z.number(), operand]))
    .max(16)
    .readonly(),
});

export type TensorKernel = z.output<typeof tensorKernelSchema>;

const sizeOf = (lengths: readonly number[]): number => lengths.reduce((a, b) => a * b, 1);

/** Judges a kernel's form and sizes, without a look at its text. */
export function checkKernel(kernel: unknown): TensorCheck {
  const parsed = tensorKernelSchema.safeParse(kernel);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => ({
      path: path.join('.'),
      message,
    }));
    return { ok: false, issues };
  }
  const { output, args } = parsed.data;
  const issues = [{ shape: output, path: 'output' }]
    .filter(({ shape }) => sizeOf(shape) > lengthMax)
    .map(({ path }) => ({ path, message: `Expected at most ${lengthMax} elements.` }));
  let bytes = 3 * 4 * sizeOf(output);
  for (const [at, arg] of args.entries()) {
    if (typeof arg === 'number') continue;
    bytes += 2 * arg.data.byteLength;
    if (arg.data.length === sizeOf(arg.shape)) continue;
    const message = `Expected ${sizeOf(arg.shape)} numbers, got ${arg.data.length}.`;
    issues.push({ path: `args.${at}.data`, message });
  }
  return issues.length > 0 ? { ok: false, issues } : { ok: true, bytes };
}
