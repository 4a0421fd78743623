/** What a worker thread of the pool does: computes one job, and hands its result over. */
import { getPriority, setPriority } from 'node:os';
import { move, Piscina, transferableSymbol, valueSymbol } from 'piscina';
import { answer, failed, type WorkerAnswer } from './answer.ts';
import { compute } from './kernels/compute.ts';
import type { Computable } from './operands.ts';

/** What a thread is started with. */
export interface WorkerStart {
  /** How much lower its priority is than the host's. */
  readonly niceness: number;
}

export interface WorkerTask {
  readonly job: Computable;
  readonly inlineBytesMax: number;
  /** Shared with the host: when the computation began, by `process.hrtime`, ns; 0 before. */
  readonly begun: BigInt64Array;
}

/** Linux knows no lower priority. */
const nicenessMax = 19;

/** An answer whose numbers are moved to the host instead of copied. */
const handedOver = (value: WorkerAnswer): unknown => {
  if (!value.ok) return value;
  const moved = { [transferableSymbol]: [value.result.values.buffer], [valueSymbol]: value };
  return move(moved as never);
};

/** gpu.js is loaded only for those who use it. */
async function computed({ job, inlineBytesMax }: WorkerTask): Promise<WorkerAnswer> {
  if (job.op !== 'kernel') return answer(inlineBytesMax, () => compute(job));
  try {
    const { computeKernel } = await import('./user-kernel.ts');
    const startedMs = performance.now();
    const result = await computeKernel(job);
    const ranMs = performance.now() - startedMs;
    const told = answer(inlineBytesMax, () => result);
    return told.ok ? { ok: true, result: { ...told.result, ranMs } } : told;
  } catch (error) {
    return failed(error);
  }
}

/** Decisions of the host come first. Only on Linux does a thread have a priority of its own. */
function giveWay({ niceness }: WorkerStart): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, Math.min(nicenessMax, getPriority(0) + niceness));
  } catch {
    // Where it is forbidden to be polite, numbers are computed all the same.
  }
}

giveWay(Piscina.workerData as WorkerStart);

export default async (task: WorkerTask): Promise<unknown> => {
  Atomics.store(task.begun, 0, process.hrtime.bigint());
  return handedOver(await computed(task));
};
