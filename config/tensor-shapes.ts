/** Shapes of jobs: what each operation takes, and how much of it. */
import type { BatchJob, TensorIssue, TensorJob, TensorOp, TensorOperand } from './tensor-job.ts';

/** Beyond these a job would hold a worker for minutes, or more memory than a host can spare. */
export const tensorLimits = {
  /** Numbers in one operand. */
  elementCountMax: 2 ** 24,
  /** Rows or columns of a factor of a product, and variables of a covariance. */
  productOrderMax: 4_096,
  /** Rows or columns of a matrix that is decomposed. */
  decompositionOrderMax: 2_048,
  /** Values of a series whose spectrum is taken. */
  signalLengthMax: 2 ** 20,
  /** Matrices or series in one batch. */
  batchCountMax: 65_536,
} as const;

/** One operand and where it stands in the job. */
export interface PlacedOperand extends TensorOperand {
  readonly path: string;
}

/** The operands of a job, in the order in which a result depends on them. */
export function operandsOf(job: TensorJob): readonly PlacedOperand[] {
  if ('a' in job) return [placed('a', job.a), placed('b', job.b)];
  if ('reference' in job) {
    return [placed('reference', job.reference), placed('current', job.current)];
  }
  return [{ path: '', shape: job.shape, data: job.data }];
}

const placed = (path: string, operand: TensorOperand): PlacedOperand => ({ ...operand, path });

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const inside = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** Every breach of form that needs no look at the numbers. */
export function shapeIssues(job: TensorJob): readonly TensorIssue[] {
  const operands = operandsOf(job);
  const issues = operands.flatMap((operand) => operandIssues(job, operand));
  if (issues.length > 0) return issues;
  const isBatch = job.op === 'batch';
  const [first = [], second = []] = operands.map(({ shape }) => (isBatch ? shape.slice(1) : shape));
  const fits = fitOf(isBatch ? job.of : job.op, first, second);
  if (fits !== undefined) return [fits];
  if (!isBatch) return [];
  return countIssues(job);
}

function operandIssues(job: TensorJob, { path, shape, data }: PlacedOperand): TensorIssue[] {
  const issues: TensorIssue[] = [];
  const add = (name: string, message: string) => issues.push({ path: inside(path, name), message });
  const name = job.dtype === 'f64' ? 'Float64Array' : 'Float32Array';
  if ((data instanceof Float64Array ? 'f64' : 'f32') !== job.dtype) {
    add('data', `Expected a ${name} for dtype ${job.dtype}.`);
  }
  const isBatch = job.op === 'batch';
  const rank = rankOf(isBatch ? job.of : job.op) + (isBatch ? 1 : 0);
  if (shape.length !== rank) {
    add('shape', `Expected ${rank} dimensions, got [${shape.join(', ')}].`);
    return issues;
  }
  const size = sizeOf(shape);
  if (size > tensorLimits.elementCountMax) {
    add('shape', `Expected at most ${tensorLimits.elementCountMax} numbers, got ${size}.`);
  } else if (size !== data.length) {
    add('data', `Expected ${size} numbers for shape [${shape.join(', ')}], got ${data.length}.`);
  }
  return issues;
}

type ItemOp = Exclude<TensorOp, 'batch'>;

const rankOf = (op: ItemOp): number =>
  op === 'shannonEntropy' || op === 'spectralEntropy' ? 1 : 2;

/** What the operation asks of the shapes of its operands, each already of the right rank. */
function fitOf(
  op: ItemOp,
  first: readonly number[],
  second: readonly number[],
): TensorIssue | undefined {
  const [rows = 0, columns = 0] = first;
  const { productOrderMax, decompositionOrderMax, signalLengthMax } = tensorLimits;
  const shape = (message: string): TensorIssue => ({ path: 'shape', message });
  const atMost = (orderMax: number, ...orders: readonly number[]) =>
    orders.every((order) => order <= orderMax)
      ? undefined
      : shape(`Expected at most ${orderMax} rows and columns, got [${orders.join(', ')}].`);
  switch (op) {
    case 'matmul':
      if (columns !== second[0]) {
        const message = `Expected ${columns} rows, as many as a has columns, got ${second[0]}.`;
        return { path: 'b.shape', message };
      }
      return atMost(productOrderMax, rows, columns, second[1]!);
    case 'covariance':
      if (rows < 2) return shape(`Expected at least 2 observations, got ${rows}.`);
      return atMost(productOrderMax, columns);
    case 'driftProfile':
      if (columns !== second[1]) {
        const message = `Expected ${columns} variables, as in reference, got ${second[1]}.`;
        return { path: 'current.shape', message };
      }
      return rows < 2
        ? { path: 'reference.shape', message: `Expected at least 2 observations, got ${rows}.` }
        : undefined;
    case 'singularValues':
      return atMost(decompositionOrderMax, rows, columns);
    case 'eigenSymmetric':
    case 'eigenGeneral':
    case 'vonNeumannEntropy':
      if (rows !== columns) return shape(`Expected a square matrix, got [${rows}, ${columns}].`);
      return atMost(decompositionOrderMax, rows);
    case 'shannonEntropy':
      return undefined;
    case 'spectralEntropy':
      if (rows < 2) return shape(`Expected at least 2 values, got ${rows}.`);
      if (rows <= signalLengthMax) return undefined;
      return shape(`Expected at most ${signalLengthMax} values, got ${rows}.`);
  }
}

function countIssues(job: BatchJob): readonly TensorIssue[] {
  const [first, second] = operandsOf(job).map(({ shape }) => shape[0]!);
  if (second !== undefined && second !== first) {
    const message = `Expected a batch of ${first}, as many as in a, got ${second}.`;
    return [{ path: 'b.shape', message }];
  }
  if (first! <= tensorLimits.batchCountMax) return [];
  const message = `Expected at most ${tensorLimits.batchCountMax} in a batch, got ${first}.`;
  return [{ path: 'shape', message }];
}
