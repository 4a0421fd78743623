/**
 * Matrix product by packed panels: both factors are laid out in the order in which the inner loop
 * reads them, and the loop keeps a tile of the result in registers.
 *
 * Each number of the result is a sum of partial sums over blocks of `termCount` terms, each taken
 * in order from the first term to the last, with one rounding for each product and each sum. The
 * order depends on nothing but the shapes, so every `PanelKernel` gives the same bits everywhere.
 * @see K. Goto and R. van de Geijn, Anatomy of high-performance matrix multiplication, 2008.
 */
import type { TensorData } from '../../../config/tensor-job.ts';

/** Does the inner loops on memory of its own. Offsets and strides are in bytes. */
export interface PanelKernel {
  readonly kind: 'js' | 'wasm';
  /** Memory of at least so many bytes; what it held before is lost. */
  reserve(bytes: number): ArrayBuffer;
  multiply64: MultiplyPanels;
  multiply32: MultiplyPanels;
  /** Gives back the memory when it is large. */
  release(): void;
}

/**
 * Multiplies `leftPanels` panels of 4 rows by `rightPanels` panels of 32 bytes, `depth` terms each,
 * into the tiles at `result`: stores the sums when `first` is 1, and adds them when it is 0.
 */
export type MultiplyPanels = (
  left: number,
  right: number,
  result: number,
  leftPanels: number,
  rightPanels: number,
  depth: number,
  stride: number,
  first: number,
) => void;

/** A matrix as numbers and steps, so that a transposed one needs no copy. */
export interface Factor {
  readonly data: TensorData;
  readonly rowStep: number;
  readonly columnStep: number;
}

export interface ProductShape {
  readonly rows: number;
  readonly terms: number;
  readonly columns: number;
}

/** Terms of one block: a panel of the right factor then fits into the first cache. */
export const termCount = 256;

/** Rows of the left factor that stay in the second cache while all columns pass by. */
const rowBlock = 128;

const panelRows = 4;
const panelBytes = 32;

const upTo = (count: number, multiple: number): number => Math.ceil(count / multiple) * multiple;

/** Writes the product of two factors into `result`, row-major, in the precision of `result`. */
export function multiply(
  left: Factor,
  right: Factor,
  shape: ProductShape,
  result: TensorData,
  kernel: PanelKernel,
): void {
  const width = result.BYTES_PER_ELEMENT;
  const panelColumns = panelBytes / width;
  const rows = upTo(shape.rows, panelRows);
  const columns = upTo(shape.columns, panelColumns);
  const depthMax = Math.min(termCount, shape.terms);
  const size = (rows + columns) * depthMax + rows * columns;
  const buffer = kernel.reserve(size * width);
  const memory =
    width === 8 ? new Float64Array(buffer, 0, size) : new Float32Array(buffer, 0, size);
  const rightAt = rows * depthMax;
  const resultAt = rightAt + columns * depthMax;
  const multiplyPanels = width === 8 ? kernel.multiply64 : kernel.multiply32;
  for (let from = 0; from < shape.terms; from += termCount) {
    const depth = Math.min(termCount, shape.terms - from);
    packLeft(memory, left, shape.rows, from, depth);
    packRight(memory, rightAt, right, shape.columns, from, depth, panelColumns);
    for (let row = 0; row < rows; row += rowBlock) {
      multiplyPanels(
        row * depth * width,
        rightAt * width,
        (resultAt + row * columns) * width,
        Math.min(rowBlock, rows - row) / panelRows,
        columns / panelColumns,
        depth,
        columns * width,
        from === 0 ? 1 : 0,
      );
    }
  }
  for (let row = 0; row < shape.rows; row += 1) {
    const at = resultAt + row * columns;
    result.set(memory.subarray(at, at + shape.columns), row * shape.columns);
  }
}

/** Panels of 4 rows; rows beyond the last are zeros. */
function packLeft(
  memory: TensorData,
  { data, rowStep, columnStep }: Factor,
  rows: number,
  from: number,
  depth: number,
): void {
  for (let top = 0; top < rows; top += panelRows) {
    for (let lane = 0; lane < panelRows; lane += 1) {
      const isRow = top + lane < rows;
      let read = (top + lane) * rowStep + from * columnStep;
      const end = (top + panelRows) * depth;
      for (let write = top * depth + lane; write < end; write += panelRows, read += columnStep) {
        memory[write] = isRow ? data[read]! : 0;
      }
    }
  }
}

/** Panels of 32 bytes of columns; columns beyond the last are zeros. */
function packRight(
  memory: TensorData,
  at: number,
  { data, rowStep, columnStep }: Factor,
  columns: number,
  from: number,
  depth: number,
  panelColumns: number,
): void {
  for (let left = 0; left < columns; left += panelColumns) {
    const count = Math.min(panelColumns, columns - left);
    let write = at + left * depth;
    for (let term = 0; term < depth; term += 1) {
      let read = (from + term) * rowStep + left * columnStep;
      for (let lane = 0; lane < panelColumns; lane += 1, write += 1, read += columnStep) {
        memory[write] = lane < count ? data[read]! : 0;
      }
    }
  }
}
