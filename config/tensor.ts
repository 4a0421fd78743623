/** Settings of tensor jobs: the pool of worker threads, the GPU process, and what is kept. */
import { z } from 'zod';
import { workKinds } from './allocation.ts';
import { bytes, count, milliseconds, ratio } from './units.ts';

const mebibyte = 2 ** 20;

const tensorGpuSettingsSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether jobs that ask for a GPU may get one; else they run on the CPU.'),
  acceptSoftware: z
    .boolean()
    .default(false)
    .describe('Whether an adapter that computes on the CPU counts as a GPU, for tests.'),
  breakEven: z
    .enum(['measured', 'ignored'])
    .default('measured')
    .describe(
      'Whether jobs that prefer a GPU run there only from the size on that was faster at its ' +
        'start. Jobs that require one always do.',
    ),
  bytesMax: bytes(mebibyte)
    .default(1024 * mebibyte)
    .describe('Budget of GPU memory; no adapter tells how much it has.'),
  limitRatio: ratio(0.01)
    .default(0.9)
    .describe('Share of the budget that may be taken; a job that needs more runs on the CPU.'),
  cleanupRatio: ratio()
    .default(0.8)
    .describe('Share of the budget from which on unused buffers are given back.'),
  syncEveryCount: count(1, 10_000)
    .default(50)
    .describe('Operations after which the GPU is waited for, so that its queue stays short.'),
  batchCountMax: count(1, 1_000)
    .default(20)
    .describe('Matrices of a batch that are handed to the GPU at once.'),
  startTimeoutMs: milliseconds(100)
    .default(20_000)
    .describe('Real time that the GPU process may take to start and to test itself.'),
  residualMax: z
    .number()
    .min(0)
    .max(1)
    .default(1e-4)
    .describe(
      'Largest relative error of a GPU result, checked on the CPU: a worse one is computed again.',
    ),
  lossCountMax: count(1, 1_000)
    .default(3)
    .describe('Losses of the GPU process in a row after which it is given up.'),
});

export const tensorSettingsSchema = z
  .strictObject({
    workerCountMax: count(1, 64)
      .default(4)
      .describe(
        'Jobs that are computed at once; there are at most as many threads, ' +
          'and one fewer than cores, which is left to the host.',
      ),
    queueCountMax: count(0, 10_000).default(50).describe('Jobs that may wait for a worker.'),
    rejectPolicy: z
      .enum(['exception', 'block', 'drop'])
      .default('exception')
      .describe(
        'A job without a place is refused, waits outside of the queue, or takes the place of a ' +
          'waiting job of lower priority, which is dropped.',
      ),
    blockedCountMax: count(0, 10_000)
      .default(200)
      .describe('Jobs that may wait outside of the queue, with `block`.'),
    bytesMax: bytes(mebibyte)
      .default(1024 * mebibyte)
      .describe(
        'Memory of all jobs that wait or run: workers cannot be limited in their typed arrays.',
      ),
    workerHeapBytesMax: bytes(16 * mebibyte)
      .default(256 * mebibyte)
      .describe('Heap of a worker, without its typed arrays. Counted in whole mebibytes.'),
    workerNiceness: z
      .int()
      .min(0)
      .max(19)
      .default(10)
      .describe(
        'How much lower the priority of a worker is than that of the host, on Linux: decisions ' +
          'go before numbers where cores are few. Elsewhere workers have no priority of their own.',
      ),
    limitMs: milliseconds(1)
      .default(30_000)
      .describe('Real time that a worker may compute one job; then it is ended.'),
    deadlineMs: milliseconds(1)
      .default(300_000)
      .describe('Logical time from a request to its result, if the job names none.'),
    resultDelayMs: milliseconds()
      .default(0)
      .describe(
        'Logical time from a request to its result: a feed waits for the real result when it is ' +
          'due. 0: as soon as it is there, on a real clock.',
      ),
    inlineBytesMax: bytes(0, mebibyte)
      .default(4_096)
      .describe('A result up to this size is in the journal; a larger one is named by its hash.'),
    blobBytesMax: bytes()
      .default(1024 * mebibyte)
      .describe('Large results that are kept beside the journal; the oldest go first.'),
    backend: z
      .enum(['cpu', 'gpu'])
      .default('cpu')
      .describe('Preferred where a job says nothing. Only `cpu` gives the same bits everywhere.'),
    gpu: tensorGpuSettingsSchema.prefault({}).describe('The process that computes on a GPU.'),
  })
  .refine(({ gpu }) => gpu.cleanupRatio <= gpu.limitRatio, {
    path: ['gpu', 'cleanupRatio'],
    message: 'must not be above limitRatio',
  });

/** Complete settings. */
export type TensorSettings = z.output<typeof tensorSettingsSchema>;

/** What a user may write: everything is optional. */
export type TensorSettingsInput = z.input<typeof tensorSettingsSchema>;

const device = z.enum(['cpu', 'gpu']);

/** Which backend a job may run on: one of the three, or the setting `tensor.backend`. */
const tensorBackendSchema = z
  .union([
    z.strictObject({ prefer: device }),
    z.strictObject({ require: device }),
    z.strictObject({ forbid: device }),
  ])
  .describe('Preferred if it can be had, required, or not allowed.');

/** What a job may be given besides itself. */
export const tensorOptionsSchema = z.strictObject({
  backend: tensorBackendSchema.optional(),
  deadlineMs: milliseconds(1).optional().describe('Logical time from the request to the result.'),
  work: z
    .enum(workKinds)
    .default('analytics')
    .describe('Kind of work: `allocation` says what its share of workers and places is.'),
  priority: z
    .int()
    .min(-100)
    .max(100)
    .default(0)
    .describe('Higher goes first, among jobs of one kind of work.'),
  data: z
    .enum(['copy', 'move'])
    .default('copy')
    .describe(
      'Whether the job keeps its own copy, or takes the buffers, which the caller then has no ' +
        'more: faster, but a worker that dies takes them along. Shared buffers are neither.',
    ),
});

export type TensorDevice = z.output<typeof device>;
export type TensorBackend = z.output<typeof tensorBackendSchema>;
export type TensorOptions = z.output<typeof tensorOptionsSchema>;
export type TensorOptionsInput = z.input<typeof tensorOptionsSchema>;
export type TensorGpuSettings = z.output<typeof tensorGpuSettingsSchema>;
