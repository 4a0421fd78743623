import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../../../.ci/wasm.ts';
import type { TensorJob } from '../../../../config/tensor-job.ts';
import { bytesOf, itemsOf, resultShapeOf } from '../../../../config/tensor-sizes.ts';
import { compute } from '../../../../runtime/tensor/kernels/compute.ts';
import { flopsOf } from '../../../../runtime/tensor/kernels/flops.ts';
import { drawer, filled, inPrecision, symmetrized } from '../../../support/matrices.ts';

const kernels = join(import.meta.dirname, '../../../../runtime/tensor/kernels');

function samples(dtype: 'f64' | 'f32'): Readonly<Record<string, TensorJob>> {
  const draw = drawer(11);
  const of = (...shape: [number, number]) => ({
    shape,
    data: inPrecision(dtype, filled(shape[0], shape[1], draw)),
  });
  const density = inPrecision(
    dtype,
    symmetrized(
      4,
      filled(4, 4, (i, j) => (i === j ? 3 : draw())),
    ),
  );
  const square = { dtype, shape: [4, 4], data: density };
  const series = {
    dtype,
    shape: [21],
    data: inPrecision(
      dtype,
      filled(21, 1, () => Math.abs(draw())),
    ),
  };
  return {
    matmul: { op: 'matmul', dtype, a: of(7, 300), b: of(300, 9) },
    covariance: { op: 'covariance', dtype, ...of(31, 5) },
    correlation: { op: 'covariance', dtype, ...of(31, 5), correlation: true },
    eigenSymmetric: { op: 'eigenSymmetric', ...square },
    eigenvectors: { op: 'eigenSymmetric', ...square, vectors: true },
    eigenGeneral: { op: 'eigenGeneral', dtype, ...of(9, 9) },
    singularValues: { op: 'singularValues', dtype, ...of(9, 6) },
    shannonEntropy: { op: 'shannonEntropy', ...series },
    spectralEntropy: { op: 'spectralEntropy', ...series },
    vonNeumannEntropy: { op: 'vonNeumannEntropy', ...square },
    driftProfile: { op: 'driftProfile', dtype, reference: of(40, 2), current: of(25, 2) },
    batch: {
      op: 'batch',
      of: 'matmul',
      dtype,
      a: { shape: [2, 3, 5], data: of(6, 5).data },
      b: { shape: [2, 5, 3], data: of(10, 3).data },
    },
  };
}

const every = Object.entries(samples('f64'));

describe('compute', () => {
  it.each(every)('gives %s in its shape, and leaves the job as it was', (_, job) => {
    const before = structuredClone(job);
    const { values, shape } = compute(job);
    expect(shape).toEqual(resultShapeOf(job));
    expect(values).toHaveLength(shape.reduce((a, b) => a * b, 1));
    expect(values).toBeInstanceOf(Float64Array);
    expect(job).toEqual(before);
    expect(bytesOf(job)).toBeGreaterThan(values.byteLength);
    expect(flopsOf(job)).toBeGreaterThan(values.length);
  });

  it.each(Object.entries(samples('f32')))('gives %s in f32', (_, job) => {
    expect(compute(job).values).toBeInstanceOf(Float32Array);
  });

  it('says which loops did the work, and that decompositions use none', () => {
    const { matmul, correlation, batch, eigenGeneral } = samples('f64');
    for (const job of [matmul!, correlation!, batch!]) {
      expect(compute(job).kind).toBe('wasm');
      expect(compute(job, { kind: 'js' }).kind).toBe('js');
    }
    expect(compute(eigenGeneral!).kind).toBe('js');
  });

  it('gives a batch item by item, with the worst residual', () => {
    const draw = drawer(3);
    const data = filled(6, 3, draw);
    const job: TensorJob = {
      op: 'batch',
      of: 'eigenGeneral',
      dtype: 'f64',
      shape: [2, 3, 3],
      data,
    };
    const outcome = compute(job);
    const single = [...itemsOf(job)].map((item) => compute(item));
    expect(outcome.shape).toEqual([2, 3, 2]);
    expect([...outcome.values]).toEqual(single.flatMap(({ values }) => [...values]));
    expect(outcome.residual).toBe(Math.max(...single.map(({ residual }) => residual)));
    expect(flopsOf(job)).toBe(2 * flopsOf([...itemsOf(job)][0]!));
  });

  it('passes the options of a batch to its items', () => {
    const { data } = samples('f64').eigenSymmetric as { data: Float64Array };
    const shape = [1, 4, 4];
    const vectors = compute({
      op: 'batch',
      of: 'eigenSymmetric',
      dtype: 'f64',
      shape,
      data,
      vectors: true,
    });
    expect(vectors.shape).toEqual([1, 5, 4]);
    const correlation = true;
    const job: TensorJob = {
      op: 'batch',
      of: 'covariance',
      dtype: 'f64',
      shape,
      data,
      correlation,
    };
    expect(compute(job).values[0]).toBe(1);
  });

  it('refuses a result that the precision cannot hold', () => {
    const operand = { shape: [1, 1], data: Float32Array.of(1e30) };
    const job: TensorJob = { op: 'matmul', dtype: 'f32', a: operand, b: operand };
    expect(() => compute(job)).toThrow('does not fit into f32: Infinity at 0');
    const data = Float32Array.of(3e38, 3e38, 3e38, 3e38);
    expect(() => compute({ op: 'singularValues', dtype: 'f32', shape: [2, 2], data })).toThrow(
      RangeError,
    );
  });
});

describe('bits', () => {
  /** SHA-256 of the results: another engine, processor or version that differs shows here. */
  const digest = (jobs: Readonly<Record<string, TensorJob>>) => {
    const hash = createHash('sha256');
    for (const job of Object.values(jobs)) {
      const numbers = Array.from(compute(job).values);
      const view = new DataView(new ArrayBuffer(8));
      for (const number of numbers) {
        view.setFloat64(0, number);
        hash.update(new Uint8Array(view.buffer));
      }
    }
    return hash.digest('hex');
  };

  it('are the same on every machine', () => {
    expect(digest(samples('f64'))).toBe(
      '0dc145c228b163b8d69352efc66509f4daaf1f0976cc1193d8ced18fd574f90d',
    );
    expect(digest(samples('f32'))).toBe(
      'aaa9143393d513982a2a6df5ef8401cdeea02f2730c34444c5877aebb851fe2e',
    );
  });

  it('of products are those of plain JavaScript, whatever the shape', () => {
    const size = fc.integer({ min: 1, max: 40 });
    const shape = fc.tuple(size, fc.integer({ min: 1, max: 600 }), size);
    const job = fc.record({ dtype: fc.constantFrom('f64', 'f32'), shape, seed: fc.nat() });
    fc.assert(
      fc.property(job, ({ dtype, shape: [m, k, n], seed }) => {
        const draw = drawer(seed);
        const wild = () => draw() * 2 ** Math.round(20 * draw());
        const operand = (rows: number, columns: number) => ({
          shape: [rows, columns],
          data: inPrecision(dtype as 'f64', filled(rows, columns, wild)),
        });
        const one: TensorJob = {
          op: 'matmul',
          dtype: dtype as 'f64',
          a: operand(m, k),
          b: operand(k, n),
        };
        expect(compute(one, { kind: 'js' }).values).toEqual(compute(one, { kind: 'wasm' }).values);
      }),
      { numRuns: process.env.KINTSUGI_RUNS === 'full' ? 2_000 : 60 },
    );
  });

  it('depend on no function that engines may round differently', () => {
    const loose =
      /Math\.(?!sqrt|abs|max|min|floor|ceil|fround|imul|clz32|LN2|SQRT2|PI\b)\w+|(?<!2 )\*\*/;
    const files = readdirSync(kernels).filter((file) => file.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) {
      const code = readFileSync(join(kernels, file), 'utf8').replace(
        /\/\*[\s\S]*?\*\/|\/\/.*/g,
        '',
      );
      expect(loose.exec(code)?.[0], file).toBeUndefined();
    }
    expect(loose.test('Math.log(x)') && loose.test('x ** 2') && loose.test('Math.hypot(a)')).toBe(
      true,
    );
  });

  it('come from no fused or relaxed instruction: the assembler refuses them', async () => {
    const body = (op: string) =>
      `(module (func (param v128 v128 v128) (result v128)
        local.get 0 local.get 1 local.get 2 ${op}))`;
    await expect(assemble('a.wat', body('f64x2.relaxed_madd'))).rejects.toThrow();
    await expect(assemble('a.wat', body('f64x2.mul f64x2.add'))).resolves.toBeDefined();
  });
});
