/** What a tensor job costs besides its computation: the round trip, its numbers, and the host. */
import { availableParallelism, loadavg } from 'node:os';
import { tensorSettingsSchema } from '../../config/tensor.ts';
import type { TensorJob } from '../../config/tensor-job.ts';
import { threadCountOf } from '../../runtime/tensor/worker-pool.ts';
import { besideAll, empty, hostCpuMs, ms, quantile, runtimeWith } from './tensor-host.ts';

/** A series of 8 MB whose entropy is wanted: one pass, so that its way counts. */
const series = (data: Float64Array): TensorJob => ({
  op: 'shannonEntropy',
  dtype: 'f64',
  shape: [data.length],
  data,
});

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

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

export async function poolTables(full: boolean): Promise<string> {
  const trips = await roundTrips(full ? 2_000 : 300);
  const ways = await handOvers(full ? 60 : 12);
  const threads = threadCountOf(tensorSettingsSchema.parse({}).workerCountMax);
  const durationMs = full ? 10_000 : 5_000;
  const delay = await besideAll(durationMs, threads);
  const head = ['load', 'Node with', 'event-loop delay p50, ms', 'p99', 'max'];
  const own = ['CPU of the host between two looks, p99, ms', 'max', 'per job', 'jobs'];
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
      'collection included. A product of order 256 hands half a megabyte to the host every few ' +
      'milliseconds, so that its garbage is collected often. ' +
      `${threads} threads; the load of the machine at the ` +
      `end: ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores.`,
  ].join('\n\n');
}
