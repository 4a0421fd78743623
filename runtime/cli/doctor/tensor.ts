/** What tensor jobs run on here: worker threads and a GPU, each proven by a known answer. */
import { type TensorSettings, tensorSettingsSchema } from '../../../config/tensor.ts';
import type { TensorJob } from '../../../config/tensor-job.ts';
import { GpuProcess, type GpuReport } from '../../tensor/gpu/process.ts';
import { hold } from '../../tensor/operands.ts';
import { WorkerPool } from '../../tensor/worker-pool.ts';
import type { Finding } from './finding.ts';

const operand = (...numbers: number[]) => ({ shape: [2, 2], data: new Float64Array(numbers) });
const knownJob = (): TensorJob => ({
  op: 'matmul',
  dtype: 'f64',
  a: operand(1, 2, 3, 4),
  b: operand(5, 6, 7, 8),
});
const knownAnswer = [19, 22, 43, 50];

/** @param workerFile another program than the one that computes jobs, for tests. */
export async function checkTensorWorkers(workerFile?: URL): Promise<Finding> {
  const name = 'tensor workers';
  const pool = new WorkerPool(tensorSettingsSchema.parse({}), workerFile);
  const { signal } = new AbortController();
  const options = { signal, limitMs: 10_000, inlineBytesMax: 1_024 };
  try {
    const { values, kind } = await pool.run(hold(knownJob(), 'copy'), options);
    const isRight = knownAnswer.every((value, at) => values[at] === value);
    const found = `${pool.threadCount} threads, ${kind}, a known answer is `;
    if (isRight) return { name, status: 'ok', found: `${found}right` };
    return { name, status: 'fail', found: `${found}wrong: ${[...values]}`, advice: reinstall };
  } catch (error) {
    return { name, status: 'fail', found: (error as Error).message, advice: reinstall };
  } finally {
    await pool.close();
  }
}

const reinstall = 'Tensor jobs cannot run: install the package anew.';

type Started = GpuReport | { readonly why: string };

/** @param start what starts a GPU process; tests give their own. */
export async function checkTensorGpu(
  start: (settings: TensorSettings['gpu']) => Promise<Started> = started,
): Promise<Finding> {
  const name = 'tensor gpu';
  const report = await start(tensorSettingsSchema.parse({}).gpu);
  if ('why' in report) {
    return { name, status: 'ok', found: `none, tensor jobs run on the CPU: ${report.why}` };
  }
  const { kind, vendor, selfTestError, breakEvenFlopsCount: least } = report;
  const proven = `${vendor} (${kind}), known answer off by ${selfTestError}`;
  if (kind === 'software') {
    return { name, status: 'ok', found: `${proven}: computes on the CPU, so it is not used` };
  }
  const gain = least === null ? 'never faster than the CPU' : `faster from ${least} operations on`;
  return { name, status: 'ok', found: `${proven}, ${gain}` };
}

async function started(settings: TensorSettings['gpu']): Promise<Started> {
  const process = new GpuProcess(settings);
  try {
    return await process.started;
  } finally {
    process.kill();
  }
}
