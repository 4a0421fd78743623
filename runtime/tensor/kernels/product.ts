/** Products of matrices, on the fastest loops that this engine has. */
import type { MatmulJob, TensorData } from '../../../config/tensor-job.ts';
import { multiply, type PanelKernel } from './panels.ts';
import { jsPanels } from './panels-js.ts';
import { wasmPanels } from './panels-wasm.ts';

/** Loops that a job may be computed by. The bits are the same. */
export type LoopKind = PanelKernel['kind'];

const kernels: Readonly<Record<LoopKind, PanelKernel | undefined>> = {
  js: jsPanels(),
  wasm: wasmPanels(),
};

/** WebAssembly where the engine has it. */
export const bestKind = (): LoopKind => (kernels.wasm === undefined ? 'js' : 'wasm');

/**
 * Runs one computation on the loops of a kind, and gives back large memory afterwards.
 *
 * @throws {RangeError} when this engine has no such loops.
 */
export function withKernel<T>(kind: LoopKind, work: (kernel: PanelKernel) => T): T {
  const kernel = kernels[kind];
  if (kernel === undefined) {
    throw new RangeError(`Expected loops that this engine has, got kind '${kind}'.`);
  }
  try {
    return work(kernel);
  } finally {
    kernel.release();
  }
}

/** Writes the product of a job into `result`. */
export function product({ a, b }: MatmulJob, result: TensorData, kernel: PanelKernel): void {
  const [rows = 0, terms = 0] = a.shape;
  const columns = b.shape[1]!;
  multiply(
    { data: a.data, rowStep: terms, columnStep: 1 },
    { data: b.data, rowStep: columns, columnStep: 1 },
    { rows, terms, columns },
    result,
    kernel,
  );
}
