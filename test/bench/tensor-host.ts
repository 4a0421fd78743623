/**
 * A host beside tensor jobs: how long its event loop is held up while numbers are computed.
 *
 * Each load has a process of its own, which is this file: what one left in memory does not slow the
 * next one down, and Node can be started in several ways.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { TensorSettingsInput } from '../../config/tensor.ts';
import type { TensorJob } from '../../config/tensor-job.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import type { Runtime } from '../../runtime/runtime.ts';

export const square = (size: number, data: Float64Array): TensorJob => ({
  op: 'matmul',
  dtype: 'f64',
  a: { shape: [size, size], data },
  b: { shape: [size, size], data },
});

export const empty = (): TensorJob => square(1, new Float64Array([1]));

const eigenvalues = (size: number, data: Float64Array): TensorJob => ({
  ...{ op: 'eigenSymmetric', dtype: 'f64', vectors: false },
  ...{ shape: [size, size], data },
});

export async function runtimeWith(tensor: TensorSettingsInput = {}): Promise<Runtime> {
  const runtime = await createRuntime({ settings: { tensor } });
  await runtime.start();
  // The first jobs pay for threads and compilation.
  await Promise.all(Array.from({ length: 8 }, () => runtime.tensor.run(empty())));
  return runtime;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** CPU time of the host's thread so far, ms: other programs do not change it. */
export function hostCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

export const ms = (value: number): string => value.toFixed(2);

/** What holds up the host for so long, looked at every millisecond. */
async function heldUp(durationMs: number): Promise<string[]> {
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  const cpu: number[] = [];
  let lastMs = hostCpuMs();
  const timer = setInterval(() => {
    const nowMs = hostCpuMs();
    cpu.push(nowMs - lastMs);
    lastMs = nowMs;
  }, 1);
  monitor.enable();
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  monitor.disable();
  clearInterval(timer);
  const delay = (share: number) => ms(monitor.percentile(share) / 1e6 - 1);
  const whole = [delay(50), delay(99), ms(monitor.max / 1e6 - 1)];
  return [...whole, ms(quantile(cpu, 0.99)), ms(quantile(cpu, 1))];
}

const jobs = { 'matmul 256': square, 'eigenvalues 256': eigenvalues } as const;

type Load =
  | { readonly threads: number }
  | { readonly pool: keyof typeof jobs; readonly niceness: number };

/** Threads that compute without a word: what the machine does to the host when cores are busy. */
async function besideThreads(durationMs: number, count: number): Promise<string[]> {
  const spin = `const end = Date.now() + ${durationMs}; while (Date.now() < end);`;
  const threads = Array.from({ length: count }, () => new Worker(spin, { eval: true }));
  await Promise.all(threads.map((thread) => once(thread, 'online')));
  const columns = await heldUp(durationMs);
  await Promise.all(threads.map((thread) => thread.terminate()));
  return [...columns, '', ''];
}

/** While every thread of the pool computes and the queue is never empty. */
async function besidePool(
  durationMs: number,
  pool: keyof typeof jobs,
  workerNiceness: number,
): Promise<string[]> {
  await using runtime = await runtimeWith({ workerNiceness });
  const data = new Float64Array(256 * 256).fill(0.5);
  let isOver = false;
  let jobCount = 0;
  const keepBusy = async () => {
    while (!isOver) {
      await runtime.tensor.run(jobs[pool](256, data));
      jobCount += 1;
    }
  };
  const busy = Array.from({ length: 12 }, keepBusy);
  await new Promise((resolve) => setTimeout(resolve, durationMs / 4));
  const startedCpuMs = hostCpuMs();
  const startedCount = jobCount;
  const columns = await heldUp(durationMs);
  const count = jobCount - startedCount;
  const cpuMs = (hostCpuMs() - startedCpuMs) / Math.max(1, count);
  isOver = true;
  await Promise.all(busy);
  return [...columns, ms(cpuMs), String(count)];
}

const beside = (durationMs: number, load: Load): Promise<string[]> =>
  'pool' in load
    ? besidePool(durationMs, load.pool, load.niceness)
    : besideThreads(durationMs, load.threads);

const execute = promisify(execFile);

async function row(name: string, flags: readonly string[], durationMs: number, load: Load) {
  const given = JSON.stringify({ durationMs, load });
  const { stdout } = await execute(process.execPath, [...flags, import.meta.filename, given]);
  return [name, flags.join(' '), ...(JSON.parse(stdout) as string[])];
}

/** Rows of the table: load, flags of Node, delay and CPU, CPU of a job, jobs. */
export async function besideAll(durationMs: number, threadCount: number): Promise<string[][]> {
  // A smaller young generation: garbage is collected more often, and for a shorter time.
  const shortPauses = ['--max-semi-space-size=8'];
  const threads = `${threadCount} threads that only compute`;
  const rows = [
    await row('nothing', [], durationMs, { threads: 0 }),
    await row(threads, [], durationMs, { threads: threadCount }),
  ];
  for (const pool of Object.keys(jobs) as (keyof typeof jobs)[]) {
    const name = (niceness: number) => `pool, niceness ${niceness}: ${pool}`;
    rows.push(
      await row(name(0), [], durationMs, { pool, niceness: 0 }),
      await row(name(10), [], durationMs, { pool, niceness: 10 }),
      await row(name(10), shortPauses, durationMs, { pool, niceness: 10 }),
    );
  }
  return rows;
}

if (import.meta.main) {
  const { durationMs, load } = JSON.parse(process.argv[2]!) as { durationMs: number; load: Load };
  process.stdout.write(JSON.stringify(await beside(durationMs, load)));
}
