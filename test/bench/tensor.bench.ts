/** Tensor jobs: the kernels next to those of others. Run alone: `npm run bench -- tensor`. */
import { kernelTables } from './tensor-kernels.ts';
import { poolTables } from './tensor-pool.ts';

/** Measures, and returns the result as Markdown tables. */
export async function run({ full }: { readonly full: boolean }): Promise<string> {
  const pool = await poolTables(full);
  return [await kernelTables(full), pool].join('\n\n');
}
