/** The inner loops of the matrix product in plain JavaScript: the same bits as `multiply.wat`. */
import type { TensorData } from '../../../config/tensor-job.ts';
import type { MultiplyPanels, PanelKernel } from './panels.ts';

/** Used where WebAssembly with vectors is missing, and as the judge of the WASM loops. */
export function jsPanels(): PanelKernel {
  let buffer = new ArrayBuffer(0);
  const f64 = { width: 8, panelColumns: 4, tile: tile64, sums: new Float64Array(16) };
  const f32 = { width: 4, panelColumns: 8, tile: tile32, sums: new Float32Array(16) };
  return {
    kind: 'js',
    reserve(bytes) {
      if (buffer.byteLength < bytes) buffer = new ArrayBuffer(Math.ceil(bytes / 8) * 8);
      return buffer;
    },
    multiply64: (...place) => panelLoops(new Float64Array(buffer), f64)(...place),
    multiply32: (...place) => panelLoops(new Float32Array(buffer), f32)(...place),
    release() {
      buffer = new ArrayBuffer(0);
    },
  };
}

interface Precision<M extends TensorData> {
  /** Bytes of a number. */
  readonly width: number;
  readonly panelColumns: number;
  /** Writes the sums of 4 rows by 4 columns. */
  readonly tile: (m: M, left: number, right: number, depth: number, sums: M) => void;
  readonly sums: M;
}

/** Visits the tiles, 4 columns at a time, in the order of `multiply.wat`. */
function panelLoops<M extends TensorData>(
  memory: M,
  { width, panelColumns, tile, sums }: Precision<M>,
): MultiplyPanels {
  return (left, right, result, leftPanels, rightPanels, depth, strideBytes, first) => {
    const stride = strideBytes / width;
    for (let j = 0; j < rightPanels * panelColumns; j += 4) {
      const panel = right / width + Math.floor(j / panelColumns) * panelColumns * depth;
      for (let i = 0; i < leftPanels; i += 1) {
        tile(memory, left / width + i * 4 * depth, panel + (j % panelColumns), depth, sums);
        const corner = result / width + i * 4 * stride + j;
        for (let row = 0; row < 4; row += 1) {
          for (let column = 0; column < 4; column += 1) {
            const at = corner + row * stride + column;
            const sum = sums[row * 4 + column]!;
            memory[at] = first === 1 ? sum : memory[at]! + sum;
          }
        }
      }
    }
  };
}

/** Sixteen sums in locals. */
function tile64(
  m: Float64Array,
  left: number,
  right: number,
  depth: number,
  sums: Float64Array,
): void {
  let [s00, s01, s02, s03] = [0, 0, 0, 0];
  let [s10, s11, s12, s13] = [0, 0, 0, 0];
  let [s20, s21, s22, s23] = [0, 0, 0, 0];
  let [s30, s31, s32, s33] = [0, 0, 0, 0];
  const end = left + 4 * depth;
  for (let p = left, q = right; p < end; p += 4, q += 4) {
    const x = m[q]!;
    const y = m[q + 1]!;
    const z = m[q + 2]!;
    const w = m[q + 3]!;
    let a = m[p]!;
    s00 += a * x;
    s01 += a * y;
    s02 += a * z;
    s03 += a * w;
    a = m[p + 1]!;
    s10 += a * x;
    s11 += a * y;
    s12 += a * z;
    s13 += a * w;
    a = m[p + 2]!;
    s20 += a * x;
    s21 += a * y;
    s22 += a * z;
    s23 += a * w;
    a = m[p + 3]!;
    s30 += a * x;
    s31 += a * y;
    s32 += a * z;
    s33 += a * w;
  }
  keep(sums, 0, s00, s01, s02, s03);
  keep(sums, 4, s10, s11, s12, s13);
  keep(sums, 8, s20, s21, s22, s23);
  keep(sums, 12, s30, s31, s32, s33);
}

const round = Math.fround;

/** The f64 product or sum of two f32, rounded once more, is what f32 arithmetic gives. */
function tile32(
  m: Float32Array,
  left: number,
  right: number,
  depth: number,
  sums: Float32Array,
): void {
  let [s00, s01, s02, s03] = [0, 0, 0, 0];
  let [s10, s11, s12, s13] = [0, 0, 0, 0];
  let [s20, s21, s22, s23] = [0, 0, 0, 0];
  let [s30, s31, s32, s33] = [0, 0, 0, 0];
  const end = left + 4 * depth;
  for (let p = left, q = right; p < end; p += 4, q += 8) {
    const x = m[q]!;
    const y = m[q + 1]!;
    const z = m[q + 2]!;
    const w = m[q + 3]!;
    let a = m[p]!;
    s00 = round(s00 + round(a * x));
    s01 = round(s01 + round(a * y));
    s02 = round(s02 + round(a * z));
    s03 = round(s03 + round(a * w));
    a = m[p + 1]!;
    s10 = round(s10 + round(a * x));
    s11 = round(s11 + round(a * y));
    s12 = round(s12 + round(a * z));
    s13 = round(s13 + round(a * w));
    a = m[p + 2]!;
    s20 = round(s20 + round(a * x));
    s21 = round(s21 + round(a * y));
    s22 = round(s22 + round(a * z));
    s23 = round(s23 + round(a * w));
    a = m[p + 3]!;
    s30 = round(s30 + round(a * x));
    s31 = round(s31 + round(a * y));
    s32 = round(s32 + round(a * z));
    s33 = round(s33 + round(a * w));
  }
  keep(sums, 0, s00, s01, s02, s03);
  keep(sums, 4, s10, s11, s12, s13);
  keep(sums, 8, s20, s21, s22, s23);
  keep(sums, 12, s30, s31, s32, s33);
}

function keep<M extends TensorData>(
  sums: M,
  at: number,
  a: number,
  b: number,
  c: number,
  d: number,
): void {
  sums[at] = a;
  sums[at + 1] = b;
  sums[at + 2] = c;
  sums[at + 3] = d;
}
