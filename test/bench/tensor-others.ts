/** The kernels of others that the tensor benchmark measures ours against. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { GPU } from 'gpu.js';
import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from 'ml-matrix';
import type { TensorData } from '../../config/tensor-job.ts';

/** Does one computation, with its result where the caller can read it. */
export type Work = () => ArrayLike<number>;

const matrixOf = (data: TensorData, order: number) =>
  new Matrix(Array.from({ length: order }, (_, i) => data.subarray(i * order, (i + 1) * order)));

export function mlMatrix(op: string, order: number, a: TensorData, b: TensorData): Work {
  const left = matrixOf(a, order);
  const right = matrixOf(b, order);
  switch (op) {
    case 'matmul':
      return () => left.mmul(right).to1DArray();
    case 'eigenSymmetric':
      return () => new EigenvalueDecomposition(left, { assumeSymmetric: true }).realEigenvalues;
    case 'eigenGeneral':
      return () => new EigenvalueDecomposition(left).realEigenvalues;
    default: {
      const valuesOnly = {
        computeLeftSingularVectors: false,
        computeRightSingularVectors: false,
      };
      return () => new SingularValueDecomposition(left, valuesOnly).diagonal;
    }
  }
}

/** Call once before `tfjsMatmul`. */
export async function startTfjs(): Promise<void> {
  const entry = import.meta.resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(join(new URL('.', entry).pathname, '/'));
  await tf.setBackend('wasm');
  await tf.ready();
}

export function tfjsMatmul(order: number, a: TensorData, b: TensorData): Work {
  const [left, right] = [a, b].map((data) =>
    tf.tensor2d(Float32Array.from(data), [order, order]),
  ) as [tf.Tensor2D, tf.Tensor2D];
  return () => {
    const product = tf.matMul(left, right);
    const values = product.dataSync();
    product.dispose();
    return values;
  };
}

const kernel = `function (a, b) {
  let sum = 0;
  for (let k = 0; k < this.constants.order; k++) {
    sum += a[this.thread.y][k] * b[k][this.thread.x];
  }
  return sum;
}`;

export function gpuMatmul(
  mode: 'cpu' | 'webasm',
  order: number,
  a: TensorData,
  b: TensorData,
): Work {
  const gpu = new GPU({ mode: mode as 'cpu' });
  const multiply = gpu.createKernel(kernel as never, {
    output: [order, order],
    constants: { order },
  });
  const rows = (data: TensorData) =>
    Array.from({ length: order }, (_, i) =>
      Float32Array.from(data.subarray(i * order, (i + 1) * order)),
    );
  const [left, right] = [rows(a), rows(b)];
  return () => (multiply(left, right) as Float32Array[])[0]!;
}

export interface Numpy {
  /** The version and what it multiplies with. */
  readonly name: string;
  /** Median CPU milliseconds. */
  measure(op: string, order: number, dtype: string, seconds: number): number;
}

const script = join(import.meta.dirname, 'tensor-numpy.py');

/** The first Python whose numpy has OpenBLAS, or else the first with any numpy. */
export function findNumpy(): Numpy | undefined {
  const found = ['python3', '/usr/bin/python3'].flatMap((python) => {
    const { status, stdout } = spawnSync(python, [script], { encoding: 'utf8' });
    if (status !== 0) return [];
    const { version, openblas } = JSON.parse(stdout) as { version: string; openblas: boolean };
    return [{ python, version, openblas }];
  });
  const best = found.find(({ openblas }) => openblas) ?? found[0];
  if (best === undefined) return undefined;
  return {
    name: `numpy ${best.version}, ${best.openblas ? 'OpenBLAS' : 'a BLAS that is not OpenBLAS'}`,
    measure(op, order, dtype, seconds) {
      const words = [script, op, `${order}`, dtype, `${seconds}`];
      return Number(JSON.parse(spawnSync(best.python, words, { encoding: 'utf8' }).stdout));
    },
  };
}
