/** Numbers of jobs: finite all of them, and what an operation is promised about them. */
import type { TensorData, TensorIssue, TensorJob } from './tensor-job.ts';
import { operandsOf } from './tensor-shapes.ts';
import { itemsOf } from './tensor-sizes.ts';

/** Mirrored numbers of a symmetric matrix differ at most by this share of its largest number. */
export const symmetryTolerance = { f64: 1e-10, f32: 1e-5 } as const;

/** The first breach of each operand. */
export function numberIssues(job: TensorJob): readonly TensorIssue[] {
  const issues: TensorIssue[] = [];
  for (const { path, data } of operandsOf(job)) {
    const index = firstNotFinite(data);
    if (index === -1) continue;
    const message = `Expected finite numbers, got ${data[index]} at index ${index}.`;
    issues.push({ path: path === '' ? 'data' : `${path}.data`, message });
  }
  if (issues.length > 0) return issues;
  let item = 0;
  for (const one of itemsOf(job)) {
    const message = 'data' in one ? promiseBreach(one.op, one) : undefined;
    const where = job.op === 'batch' ? ` in item ${item}` : '';
    if (message !== undefined) return [{ path: 'data', message: `${message}${where}.` }];
    item += 1;
  }
  return [];
}

function firstNotFinite(data: TensorData): number {
  if (areFinite(data)) return -1;
  return data.findIndex((value) => !Number.isFinite(value));
}

/** Times zero, only infinity and NaN are not zero. Four sums: none waits for another. */
function areFinite(data: TensorData): boolean {
  const { length } = data;
  const fours = length - (length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < fours; i += 4) {
    a += data[i]! * 0;
    b += data[i + 1]! * 0;
    c += data[i + 2]! * 0;
    d += data[i + 3]! * 0;
  }
  for (let i = fours; i < length; i += 1) a += data[i]! * 0;
  return a + b + c + d === 0;
}

interface OneMatrix {
  readonly dtype: 'f32' | 'f64';
  readonly shape: readonly number[];
  readonly data: TensorData;
}

function promiseBreach(op: TensorJob['op'], { dtype, shape, data }: OneMatrix): string | undefined {
  const order = shape[0]!;
  switch (op) {
    case 'shannonEntropy':
      return weightBreach(data);
    case 'eigenSymmetric':
      return asymmetry(data, order, symmetryTolerance[dtype]);
    case 'vonNeumannEntropy':
      return asymmetry(data, order, symmetryTolerance[dtype]) ?? traceBreach(data, order);
    default:
      return undefined;
  }
}

function weightBreach(data: TensorData): string | undefined {
  let sum = 0;
  for (let i = 0; i < data.length; i += 1) {
    if (data[i]! < 0) return `Expected weights of 0 or more, got ${data[i]} at index ${i}`;
    sum += data[i]!;
  }
  if (sum > 0 && Number.isFinite(sum)) return undefined;
  return `Expected weights with a finite sum above 0, got ${sum}`;
}

/** Tile by tile, so that the mirrored half is read from the cache as well. */
function asymmetry(data: TensorData, order: number, tolerance: number): string | undefined {
  const bound = tolerance * largest(data);
  const tile = 8;
  for (let top = 0; top < order; top += tile) {
    const bottom = Math.min(top + tile, order);
    for (let left = 0; left <= top; left += tile) {
      for (let row = top; row < bottom; row += 1) {
        const end = Math.min(left + tile, row);
        for (let column = left; column < end; column += 1) {
          const low = data[row * order + column]!;
          const high = data[column * order + row]!;
          if (Math.abs(low - high) <= bound) continue;
          const place = `[${row}, ${column}] and its mirror`;
          return `Expected a symmetric matrix, got ${low} and ${high} at ${place}`;
        }
      }
    }
  }
  return undefined;
}

function largest(data: TensorData): number {
  let most = 0;
  for (let i = 0; i < data.length; i += 1) {
    const size = Math.abs(data[i]!);
    if (size > most) most = size;
  }
  return most;
}

function traceBreach(data: TensorData, order: number): string | undefined {
  let trace = 0;
  for (let i = 0; i < order; i += 1) trace += data[i * (order + 1)]!;
  return trace > 0 ? undefined : `Expected a density matrix with a trace above 0, got ${trace}`;
}
