/** Our kernels next to those of others, in CPU time of one process, interleaved. */
import type { TensorData, TensorJob } from '../../config/tensor-job.ts';
import { compute } from '../../runtime/tensor/kernels/compute.ts';
import type { LoopKind } from '../../runtime/tensor/kernels/product.ts';
import { drawer, filled, symmetrized } from '../support/matrices.ts';
import {
  findNumpy,
  gpuMatmul,
  mlMatrix,
  startTfjs,
  tfjsMatmul,
  type Work,
} from './tensor-others.ts';

type Op = 'matmul' | 'eigenSymmetric' | 'eigenGeneral' | 'singularValues';
type Contenders = ReadonlyMap<string, Work>;

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** What results have in common: the first numbers of a product, the largest of a spectrum. */
const probeOf = (op: Op, values: ArrayLike<number>): readonly number[] => {
  if (op === 'matmul') return Array.from({ length: 8 }, (_, i) => values[i]!);
  return [Math.max(...Array.from(values))];
};

/** A contender that computes something else would win easily. */
function expectAgreement(op: Op, contenders: Contenders): void {
  const [mine, ...others] = [...contenders].map(
    ([name, work]) => [name, probeOf(op, work())] as const,
  );
  const size = Math.max(...mine![1].map(Math.abs), 1);
  for (const [name, probe] of others) {
    const error = Math.max(...probe.map((value, i) => Math.abs(value - mine![1][i]!)));
    if (!(error <= 1e-4 * size)) throw new Error(`${name} is off by ${error} of ${size}.`);
  }
}

/** Medians of interleaved rounds; who has used up the budget sits out after two rounds. */
function measure(contenders: Contenders, budgetMs: number): Map<string, number> {
  const samples = new Map([...contenders.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round < 31; round += 1) {
    for (const [name, work] of contenders) {
      const taken = samples.get(name)!;
      if (round > 1 && taken.reduce((a, b) => a + b, 0) > budgetMs) continue;
      const from = cpuMs();
      work();
      taken.push(cpuMs() - from);
    }
  }
  // The first round compiles.
  return new Map([...samples].map(([name, taken]) => [name, median(taken.slice(1))]));
}

function ours(
  op: Op,
  dtype: 'f64' | 'f32',
  order: number,
  a: TensorData,
  b: TensorData,
  kind?: LoopKind,
): Work {
  const shape = [order, order];
  const job: TensorJob =
    op === 'matmul'
      ? { op, dtype, a: { shape, data: a }, b: { shape, data: b } }
      : { op, dtype, shape, data: a };
  if (op !== 'eigenGeneral') return () => compute(job, { kind }).values;
  return () => compute(job).values.filter((_, index) => index % 2 === 0);
}

function contendersOf(op: Op, dtype: 'f64' | 'f32', order: number): Contenders {
  const draw = drawer(order);
  const [even, other] = [filled(order, order, draw), filled(order, order, draw)];
  const a = op === 'eigenSymmetric' ? symmetrized(order, even) : even;
  if (op !== 'matmul') {
    return new Map([
      ['kintsugi', ours(op, dtype, order, a, other)],
      ['ml-matrix', mlMatrix(op, order, a, other)],
    ]);
  }
  if (dtype === 'f64') {
    return new Map([
      ['kintsugi, WebAssembly', ours(op, dtype, order, a, other, 'wasm')],
      ['kintsugi, JavaScript', ours(op, dtype, order, a, other, 'js')],
      ['ml-matrix', mlMatrix(op, order, a, other)],
    ]);
  }
  const [left, right] = [Float32Array.from(a), Float32Array.from(other)];
  return new Map([
    ['kintsugi, WebAssembly', ours(op, dtype, order, left, right, 'wasm')],
    ['kintsugi, JavaScript', ours(op, dtype, order, left, right, 'js')],
    ['tfjs-backend-wasm', tfjsMatmul(order, left, right)],
    ['gpu.js webasm', gpuMatmul('webasm', order, left, right)],
    ['gpu.js cpu', gpuMatmul('cpu', order, left, right)],
  ]);
}

const titles: Readonly<Record<Op, string>> = {
  matmul: 'matrix product',
  eigenSymmetric: 'symmetric eigenvalues, values only',
  eigenGeneral: 'general eigenvalues, values only',
  singularValues: 'singular values, values only',
};

const figure = (ms: number): string => (ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3));

/** The tables, and whether what is wanted at order 512 holds. */
export async function kernelTables(full: boolean): Promise<string> {
  await startTfjs();
  const numpy = findNumpy();
  const seconds = full ? 6 : 1.5;
  const wanted: string[] = [];
  const sections: string[] = [];
  const plan: readonly (readonly [Op, 'f64' | 'f32', readonly number[]])[] = [
    ['matmul', 'f64', [256, 512, 1_024]],
    ['matmul', 'f32', [256, 512, 1_024]],
    ...(['eigenSymmetric', 'singularValues', 'eigenGeneral'] as const).map(
      (op) => [op, 'f64', [64, 256, 512]] as const,
    ),
  ];
  for (const [op, dtype, orders] of plan) {
    const rows: string[] = [];
    for (const order of orders) {
      const contenders = contendersOf(op, dtype, order);
      expectAgreement(op, contenders);
      const costs = measure(contenders, seconds * 1_000);
      const judge = numpy?.measure(op, order, dtype, seconds);
      if (judge !== undefined) costs.set('numpy', judge);
      rows.push(...rowsOf(order, costs));
      wanted.push(...wantedOf(op, dtype, order, costs));
    }
    const head = `| ${titles[op]}, ${dtype} | order | CPU ms | times numpy | times ours |`;
    sections.push([head, '|---|---|---|---|---|', ...rows].join('\n'));
  }
  const judge = numpy === undefined ? 'numpy is not present.' : `numpy: ${numpy.name}, one thread.`;
  return [
    `Median CPU time of one process. Ours include checking for overflow and the residual. ${judge}`,
    ...sections,
    ['| wanted | found | |', '|---|---|---|', ...wanted].join('\n'),
  ].join('\n\n');
}

function rowsOf(order: number, costs: ReadonlyMap<string, number>): readonly string[] {
  const mine = [...costs.values()][0]!;
  const numpy = costs.get('numpy');
  return [...costs].map(([name, ms]) => {
    const timesNumpy = numpy === undefined ? '' : (ms / numpy).toFixed(1);
    return `| ${name} | ${order} | ${figure(ms)} | ${timesNumpy} | ${(ms / mine).toFixed(2)} |`;
  });
}

function wantedOf(
  op: Op,
  dtype: string,
  order: number,
  costs: ReadonlyMap<string, number>,
): readonly string[] {
  const found: string[] = [];
  const judge = (text: string, times: number, timesMax: number) =>
    found.push(`| ${text} | ${times.toFixed(2)} | ${times <= timesMax ? 'held' : 'MISSED'} |`);
  const mine = [...costs].filter(([name]) => name.startsWith('kintsugi'));
  const [numpy, other] = [costs.get('numpy'), costs.get('ml-matrix')];
  const limits: Readonly<Record<string, number>> =
    op === 'matmul'
      ? { 'kintsugi, WebAssembly': 6, 'kintsugi, JavaScript': 15 }
      : op === 'eigenSymmetric'
        ? { kintsugi: 20 }
        : {};
  for (const [name, ms] of mine) {
    const timesMax = limits[name];
    if (numpy !== undefined && timesMax !== undefined && order === 512 && dtype === 'f64') {
      judge(
        `${name}, ${titles[op]} ${order}: within ${timesMax} times numpy`,
        ms / numpy,
        timesMax,
      );
    }
    if (other === undefined) continue;
    judge(`${name}, ${titles[op]} ${order}: never slower than ml-matrix`, ms / other, 1);
  }
  return found;
}
