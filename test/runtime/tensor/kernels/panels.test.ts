import { describe, expect, it } from 'vitest';
import { type Factor, multiply, termCount } from '../../../../runtime/tensor/kernels/panels.ts';
import { jsPanels } from '../../../../runtime/tensor/kernels/panels-js.ts';
import { wasmPanels } from '../../../../runtime/tensor/kernels/panels-wasm.ts';
import { drawer, filled, naiveProduct } from '../../../support/matrices.ts';

const kernels = [jsPanels(), wasmPanels()!];
const rowMajor = (data: Float64Array, columns: number): Factor => ({
  data,
  rowStep: columns,
  columnStep: 1,
});

describe.each(kernels)('panels in $kind', (kernel) => {
  it.each([
    [1, 1, 1],
    [4, 4, 4],
    [5, 3, 9],
    [3, termCount, 2],
    [2, termCount + 1, 5],
    [131, 2 * termCount + 3, 6],
  ])('multiply %i by %i by %i whole numbers without an error', (rows, terms, columns) => {
    const draw = drawer(rows + columns);
    const a = filled(rows, terms, () => Math.round(9 * draw()));
    const b = filled(terms, columns, () => Math.round(9 * draw()));
    const shape = { rows, terms, columns };
    const expected = naiveProduct([rows, terms, columns], a, b);
    const f64 = new Float64Array(rows * columns);
    multiply(rowMajor(a, terms), rowMajor(b, columns), shape, f64, kernel);
    expect(f64).toEqual(expected);
    const f32 = new Float32Array(rows * columns);
    multiply(rowMajor(a, terms), rowMajor(b, columns), shape, f32, kernel);
    expect(Array.from(f32)).toEqual(Array.from(expected));
  });

  it('leave nothing of an earlier product in a later one', () => {
    const shape = { rows: 3, terms: 2, columns: 3 };
    const result = new Float64Array(9);
    const huge = new Float64Array(6).fill(1e200);
    multiply(rowMajor(huge, 2), rowMajor(huge, 3), shape, result, kernel);
    const ones = new Float64Array(6).fill(1);
    multiply(rowMajor(ones, 2), rowMajor(ones, 3), shape, result, kernel);
    expect(result).toEqual(new Float64Array(9).fill(2));
  });

  it('round each f32 product and each f32 sum', () => {
    const third = Math.fround(1 / 3);
    const data = new Float32Array(5).fill(third);
    const result = new Float32Array(1);
    const factor = (rowStep: number, columnStep: number) => ({ data, rowStep, columnStep });
    multiply(factor(5, 1), factor(1, 5), { rows: 1, terms: 5, columns: 1 }, result, kernel);
    let sum = 0;
    for (let k = 0; k < 5; k += 1) sum = Math.fround(sum + Math.fround(third * third));
    expect(result[0]).toBe(sum);
  });

  it('read a transposed factor without a copy', () => {
    const a = filled(3, 2, (i, j) => 10 * i + j);
    const result = new Float64Array(4);
    const turned = { data: a, rowStep: 1, columnStep: 2 };
    multiply(turned, rowMajor(a, 2), { rows: 2, terms: 3, columns: 2 }, result, kernel);
    expect(result).toEqual(Float64Array.of(500, 530, 530, 563));
  });
});

describe('WebAssembly', () => {
  it('is left out where the engine lacks it, or its vectors', () => {
    const refusing = {
      Module: class {
        constructor() {
          throw new Error('no vectors');
        }
      },
      Instance: class {
        readonly exports = {};
      },
    };
    expect(wasmPanels(refusing)).toBeUndefined();
  });

  it('gives large memory back, and keeps small memory', () => {
    const kernel = wasmPanels()!;
    const small = kernel.reserve(1_000);
    expect(small.byteLength).toBe(65_536);
    kernel.release();
    expect(kernel.reserve(1_000)).toBe(small);
    expect(kernel.reserve(17 * 2 ** 20).byteLength).toBe(17 * 2 ** 20);
    kernel.release();
    expect(kernel.reserve(1_000).byteLength).toBe(65_536);
  });

  it('in JavaScript gives all memory back', () => {
    const kernel = jsPanels();
    const first = kernel.reserve(100);
    expect(first.byteLength).toBe(104);
    expect(kernel.reserve(50)).toBe(first);
    kernel.release();
    expect(kernel.reserve(50)).not.toBe(first);
  });
});
