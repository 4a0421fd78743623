/** numpy as an independent judge: LAPACK knows nothing of our kernels. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { it } from 'vitest';
import type { TensorData, TensorJob } from '../../config/tensor-job.ts';
import { needs } from './needs.ts';

/** A question: a job, or how well claimed eigenvalues fit a matrix. */
export type Question =
  | TensorJob
  | {
      readonly op: 'backwardError';
      readonly shape: readonly number[];
      readonly data: TensorData;
      readonly pairs: readonly (readonly number[])[];
    };

const hasNumpy = (python: string): boolean =>
  spawnSync(python, ['-c', 'import numpy'], { timeout: 30_000 }).status === 0;

let found: string | undefined | null = null;

/** The first Python that has numpy: the user's own, then the system's. */
export function numpyPython(): string | undefined {
  if (found === null) found = ['python3', '/usr/bin/python3'].find(hasNumpy);
  return found;
}

/** Vitest's `it` where numpy is present. */
export const needsNumpy = (): typeof it =>
  needs('numpy', numpyPython() !== undefined, 'no python3 imports it (Debian: python3-numpy)');

/** One process for all questions. Numbers pass as JSON, which keeps every bit of an f64. */
export function askNumpy(questions: readonly Question[]): readonly (readonly number[])[] {
  const { status, stdout, stderr } = spawnSync(
    numpyPython()!,
    [join(import.meta.dirname, 'numpy-judge.py')],
    {
      input: JSON.stringify(questions, (_, value) =>
        ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
      ),
      encoding: 'utf8',
      maxBuffer: 2 ** 29,
      env: { ...process.env, OPENBLAS_NUM_THREADS: '1' },
    },
  );
  if (status !== 0) throw new Error(`numpy failed: ${stderr}`);
  return JSON.parse(stdout) as number[][];
}
