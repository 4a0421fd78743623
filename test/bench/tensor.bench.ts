/** Tensor jobs: the kernels next to those of others. Run alone: `npm run bench -- tensor`. */
import { kernelTables } from './tensor-kernels.ts';

/** Measures, and returns the result as Markdown tables. */
export async function run({ full }: { readonly full: boolean }): Promise<string> {
  return kernelTables(full);
}
