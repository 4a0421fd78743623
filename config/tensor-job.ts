/** Jobs on matrices and series: what may be asked for, and what is refused before it costs. */
import { z } from 'zod';
import { numberIssues } from './tensor-numbers.ts';
import { shapeIssues } from './tensor-shapes.ts';
import { bytesOf } from './tensor-sizes.ts';

/** Precision of a job's numbers. `f32` holds about 7 digits, `f64` about 16. */
export type TensorDtype = 'f32' | 'f64';

/** Numbers in row-major order, of the type that the job's `dtype` names; moved or shared. */
export type TensorData = Float64Array | Float32Array;

/** A matrix of [rows, columns], a series of [length], or a batch with the count in front. */
export interface TensorOperand {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

const isData = (value: unknown): value is TensorData =>
  value instanceof Float64Array || value instanceof Float32Array;

const dtype = z.enum(['f32', 'f64']);
const shape = z.array(z.int().min(1)).min(1).max(3).readonly();
const data = z.custom<TensorData>(isData, 'Expected a Float64Array or a Float32Array.');
const operand = z.strictObject({ shape, data });
const ofOne = { dtype, shape, data };

const correlation = z
  .boolean()
  .optional()
  .describe('Divides by the standard deviations: correlations instead of covariances.');
const vectors = z
  .boolean()
  .optional()
  .describe('Gives the eigenvectors as well: the values are row 0, the vectors the rows below.');

/** Operations on one matrix or series. */
const singleJobs = [
  z.strictObject({ op: z.literal('covariance'), ...ofOne, correlation }),
  z.strictObject({ op: z.literal('eigenSymmetric'), ...ofOne, vectors }),
  z.strictObject({ op: z.literal('eigenGeneral'), ...ofOne }),
  z.strictObject({ op: z.literal('singularValues'), ...ofOne }),
  z.strictObject({ op: z.literal('shannonEntropy'), ...ofOne }),
  z.strictObject({ op: z.literal('spectralEntropy'), ...ofOne }),
  z.strictObject({ op: z.literal('vonNeumannEntropy'), ...ofOne }),
] as const;

const matmulJob = z.strictObject({ op: z.literal('matmul'), dtype, a: operand, b: operand });
const driftJob = z.strictObject({
  op: z.literal('driftProfile'),
  dtype,
  reference: operand.describe('Observations in rows, variables in columns: what was usual.'),
  current: operand.describe('As many variables: what is judged.'),
});

const singleNames = singleJobs.map(({ shape: { op } }) => op.value);

const batchOfOne = z
  .strictObject({
    op: z.literal('batch'),
    of: z.enum(singleNames),
    ...ofOne,
    correlation,
    vectors,
  })
  .check(({ value, issues }) => {
    const owners = { correlation: 'covariance', vectors: 'eigenSymmetric' } as const;
    for (const [option, owner] of Object.entries(owners)) {
      const given = value[option as keyof typeof owners];
      if (given === undefined || value.of === owner) continue;
      const message = `Only a batch of ${owner} takes it.`;
      issues.push({ code: 'custom', input: given, path: [option], message });
    }
  });
const batchOfProducts = z.strictObject({
  op: z.literal('batch'),
  of: z.literal('matmul'),
  dtype,
  a: operand,
  b: operand,
});

/**
 * A job, without its deadline and backend, which are the caller's concern.
 *
 *     { op: 'eigenSymmetric', dtype: 'f64', shape: [n, n], data }
 *     { op: 'matmul', dtype: 'f32', a: { shape: [m, k], data }, b: { shape: [k, n], data } }
 *     { op: 'batch', of: 'singularValues', dtype: 'f64', shape: [count, m, n], data }
 *
 * `checkJob` also judges the numbers; this schema only the form.
 */
export const tensorJobSchema = z.discriminatedUnion('op', [
  ...singleJobs,
  matmulJob,
  driftJob,
  z.discriminatedUnion('of', [batchOfOne, batchOfProducts]),
]);

/** Any job. */
export type TensorJob = z.output<typeof tensorJobSchema>;

/** A job on one matrix or series. */
export type SingleTensorJob = z.output<(typeof singleJobs)[number]>;

/** A product of two matrices. */
export type MatmulJob = z.output<typeof matmulJob>;

/** A comparison of two samples. */
export type DriftJob = z.output<typeof driftJob>;

/** Many small jobs of one kind. */
export type BatchJob = z.output<typeof batchOfOne> | z.output<typeof batchOfProducts>;

/** Names of all operations. */
export type TensorOp = TensorJob['op'];

/** What is wrong with a job: where, and in words. */
export interface TensorIssue {
  readonly path: string;
  readonly message: string;
}

/** Verdict on a job; `bytes` is what a worker holds at most while it computes, input included. */
export type TensorCheck =
  | { readonly ok: true; readonly bytes: number }
  | { readonly ok: false; readonly issues: readonly TensorIssue[] };

export interface TensorCheckOptions {
  /** A job that would hold more than this is over budget. Default: no limit. */
  readonly bytesMax?: number;
}

/**
 * Judges a job before anything is sent to a worker: its form, its shapes and sizes, and its
 * numbers, each read once. The issues of an earlier kind hide those of a later one.
 */
export function checkJob(
  job: unknown,
  { bytesMax = Number.POSITIVE_INFINITY }: TensorCheckOptions = {},
): TensorCheck {
  const parsed = tensorJobSchema.safeParse(job);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => ({
      path: path.join('.'),
      message,
    }));
    return { ok: false, issues };
  }
  const known = parsed.data;
  const wrongShapes = shapeIssues(known);
  if (wrongShapes.length > 0) return { ok: false, issues: wrongShapes };
  const bytes = bytesOf(known);
  if (bytes > bytesMax) {
    const message = `Expected a job that holds at most ${bytesMax} bytes, got ${bytes}.`;
    return { ok: false, issues: [{ path: '', message }] };
  }
  const wrongNumbers = numberIssues(known);
  return wrongNumbers.length > 0 ? { ok: false, issues: wrongNumbers } : { ok: true, bytes };
}
