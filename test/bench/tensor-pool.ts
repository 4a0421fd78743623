/** What a tensor job costs besides its computation: the round trip, its numbers, and the host. */
import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { type TensorSettingsInput, tensorSettingsSchema } from '../../config/tensor.ts';
import type { TensorJob } from '../../config/tensor-job.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { threadCountOf } from '../../runtime/tensor/worker-pool.ts';

const square = (size: number, data: Float64Array): TensorJob => ({
  op: 'matmul',
  dtype: 'f64',
  a: { shape: [size, size], data },
  b: { shape: [size, size], data },
});

const empty = (): TensorJob => square(1, new Float64Array([1]));

/** A series of 8 MB whose entropy is wanted: one pass, so that its way counts. */
const series = (data: Float64Array): TensorJob => ({
  op: 'shannonEntropy',
  dtype: 'f64',
  shape: [data.length],
  data,
});

async function runtimeWith(tensor: TensorSettingsInput = {}): Promise<Runtime> {
  const runtime = await createRuntime({ settings: { tensor } });
  await runtime.start();
  // The first jobs pay for threads and compilation.
  await Promise.all(Array.from({ length: 8 }, () => runtime.tensor.run(empty())));
  return runtime;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** CPU time of the host's thread so far, ms: other programs do not change it. */
function hostCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

const ms = (value: number): string => value.toFixed(2);

async function roundTrips(count: number): Promise<string[][]> {
  await using runtime = await runtimeWith();
  const times: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const startedMs = performance.now();
    await runtime.tensor.run(empty());
    times.push(performance.now() - startedMs);
  }
  const [startedMs, startedCpuMs] = [performance.now(), hostCpuMs()];
  for (let round = 0; round < count; round += 50) {
    await Promise.all(Array.from({ length: 50 }, () => runtime.tensor.run(empty())));
  }
  const each = (performance.now() - startedMs) / count;
  const eachCpu = (hostCpuMs() - startedCpuMs) / count;
  return [
    ['an empty job, one after the other', ms(quantile(times, 0.5)), ms(quantile(times, 0.99))],
    ['an empty job, fifty at a time, each', ms(each), ''],
    ['the same, CPU time of the host', ms(eachCpu), ''],
  ];
}

/** How long the host is held up by handing over 8 MB, and the whole round trip. */
async function handOvers(count: number): Promise<string[][]> {
  await using runtime = await runtimeWith();
  const length = 2 ** 20;
  const data = () => new Float64Array(length).fill(1 / length);
  const sharedData = new Float64Array(new SharedArrayBuffer(length * 8)).fill(1 / length);
  const ways = [
    ['moved', data, 'move'],
    ['shared', () => sharedData, 'copy'],
    ['copied', data, 'copy'],
  ] as const;
  const rows: string[][] = [];
  for (const [name, make, how] of ways) {
    const held: number[] = [];
    const whole: number[] = [];
    const cpu: number[] = [];
    for (let round = 0; round < count; round += 1) {
      const job = series(make());
      const [startedMs, startedCpuMs] = [performance.now(), hostCpuMs()];
      const run = runtime.tensor.run(job, { data: how });
      held.push(performance.now() - startedMs);
      cpu.push(hostCpuMs() - startedCpuMs);
      await run;
      whole.push(performance.now() - startedMs);
    }
    const columns = [held, cpu, whole].map((values) => ms(quantile(values, 0.5)));
    rows.push([`8 MB ${name}`, ...columns]);
  }
  return rows;
}

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

/** Threads that compute without a word: what the machine does to the host when cores are busy. */
async function besideThreads(durationMs: number, count: number): Promise<string[]> {
  const spin = `const end = Date.now() + ${durationMs}; while (Date.now() < end);`;
  const threads = Array.from({ length: count }, () => new Worker(spin, { eval: true }));
  await Promise.all(threads.map((thread) => once(thread, 'online')));
  const columns = await heldUp(durationMs);
  await Promise.all(threads.map((thread) => thread.terminate()));
  return [`${count} threads that only compute`, ...columns, ''];
}

/** Event-loop delay of the host while every thread computes and the queue is never empty. */
async function besidePool(durationMs: number, workerNiceness: number): Promise<string[]> {
  await using runtime = await runtimeWith({ workerNiceness });
  const data = new Float64Array(256 * 256).fill(0.5);
  let isOver = false;
  let jobCount = 0;
  const keepBusy = async () => {
    while (!isOver) {
      await runtime.tensor.run(square(256, data));
      jobCount += 1;
    }
  };
  const busy = Array.from({ length: 12 }, keepBusy);
  await new Promise((resolve) => setTimeout(resolve, durationMs / 4));
  const startedCpuMs = hostCpuMs();
  const startedCount = jobCount;
  const columns = await heldUp(durationMs);
  const cpuMs = (hostCpuMs() - startedCpuMs) / Math.max(1, jobCount - startedCount);
  const load = `pool, niceness ${workerNiceness}: matmul 256, ${jobCount - startedCount} jobs`;
  isOver = true;
  await Promise.all(busy);
  return [load, ...columns, ms(cpuMs)];
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

export async function poolTables(full: boolean): Promise<string> {
  const trips = await roundTrips(full ? 2_000 : 300);
  const ways = await handOvers(full ? 60 : 12);
  const durationMs = full ? 10_000 : 3_000;
  const threads = threadCountOf(tensorSettingsSchema.parse({}).workerCountMax);
  const delay = [
    ['nothing', ...(await heldUp(durationMs)), ''],
    await besideThreads(durationMs, threads),
    await besidePool(durationMs, 0),
    await besidePool(durationMs, 10),
  ];
  const head = ['load', 'event-loop delay p50, ms', 'p99', 'max'];
  const own = ['CPU of the host between two looks, p99, ms', 'max', 'per job'];
  return [
    '## The way to a worker and back',
    table(['round trip through the runtime, ms', 'median', 'p99'], trips),
    'The journal in memory; each job is two entries.',
    table(['numbers', 'host held up, ms', 'of it CPU time', 'round trip, ms'], ways),
    'Host held up: every number is checked, and taken over. The round trip has the entropy in it.',
    '## The host while the pool is full',
    table([...head, ...own], delay),
    'Wanted: p99 under 5 ms. A look is a timer of 1 ms. The delay holds what the machine does to ' +
      'the host; the CPU time is what the host itself did before it could look again, garbage ' +
      `collection included. ${threads} threads; the load of the machine at the end: ` +
      `${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores.`,
  ].join('\n\n');
}
