/**
 * Seeded runs in which workers and GPU process are killed, hang, run out of memory and lie, callers
 * give up, and operators restart actors: every job has one right end, and nothing stays behind.
 * `KINTSUGI_RUNS=full` runs 500.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { tensorPaths } from '../../../actors/tensor.ts';
import { TensorJobFailedError } from '../../../actors/tensor-errors.ts';
import type { TensorJob } from '../../../config/tensor-job.ts';
import { seededRandom } from '../../../runtime/random.ts';
import type { TensorResult } from '../../../runtime/tensor/result.ts';
import { expectReplays } from '../../support/expect-replays.ts';
import { gpuOrders } from '../../support/tensor-gpu/orders.ts';
import { lightWorkerFile, tensorRuntime } from '../../support/tensor-jobs.ts';
import { orders } from '../../support/tensor-orders.ts';

const isFull = process.env['KINTSUGI_RUNS'] === 'full';
const runCount = isFull ? 500 : 4;
const groupSize = isFull ? 20 : 2;
const played = new URL('../../support/tensor-gpu/played.ts', import.meta.url);

/** Orders by how often they are given; the dear ones seldom. */
const cpuOrders = [
  ...Array(20).fill(orders.exit),
  ...Array(20).fill(orders.throw),
  ...Array(20).fill(orders.late),
  ...Array(10).fill(orders.slow),
  ...Array(2).fill(orders.loop),
  orders.memory,
] as readonly number[];
const gpuTold = [
  ...Array(10).fill(gpuOrders.die),
  ...Array(4).fill(gpuOrders.lie),
  gpuOrders.hang,
] as readonly number[];

type Wish = 'none' | 'cpu' | 'gpu' | 'onlyGpu';

interface Plan {
  readonly order: number;
  readonly factor: number;
  readonly wish: Wish;
  readonly priority: number;
  readonly data: 'copy' | 'move';
  /** Real ms after which its caller gives up; undefined: never. */
  readonly giveUpMs: number | undefined;
}

const backends = {
  none: {},
  cpu: { backend: { forbid: 'gpu' } },
  gpu: { backend: { prefer: 'gpu' } },
  onlyGpu: { backend: { require: 'gpu' } },
} as const;

function planner(seed: number) {
  const stream = seededRandom(seed).stream('/chaos');
  const chance = (share: number) => stream.next() < share;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(stream.next() * list.length)]!;
  const plan = (): Plan => {
    const wish = pick<Wish>(['none', 'cpu', 'gpu', 'gpu', 'onlyGpu']);
    const told = wish === 'gpu' || wish === 'onlyGpu' ? gpuTold : cpuOrders;
    return {
      order: chance(0.35) ? pick(told) : 1 + Math.floor(stream.next() * 90),
      factor: 1 + Math.floor(stream.next() * 90),
      wish,
      priority: pick([-1, 0, 0, 1]),
      data: chance(0.1) ? 'move' : 'copy',
      giveUpMs: chance(0.15) ? Math.floor(stream.next() * 60) : undefined,
    };
  };
  return { chance, pick, plan, next: () => stream.next() };
}

const jobOf = ({ order, factor, wish }: Plan): TensorJob => {
  const one = (value: number) => ({ shape: [1, 1], data: new Float32Array([value]) });
  const wide = (value: number) => ({ shape: [1, 1], data: new Float64Array([value]) });
  return wish === 'gpu' || wish === 'onlyGpu'
    ? { op: 'matmul', dtype: 'f32', a: one(order), b: one(factor) }
    : { op: 'matmul', dtype: 'f64', a: wide(order), b: wide(factor) };
};

/** What a product may be: a worker obeys an order once, and then takes it for 1. */
const rightValues = ({ order, factor }: Plan): readonly number[] =>
  order > 1_000 ? [factor, order * factor] : [order * factor];

function expectEnd(plan: Plan, end: PromiseSettledResult<unknown>): void {
  if (end.status === 'fulfilled') {
    const { values, used, requested } = end.value as TensorResult;
    expect(rightValues(plan)).toContain(values[0]);
    if (plan.wish === 'onlyGpu') expect(used).toBe('gpu');
    expect(requested).toBe(plan.wish === 'gpu' || plan.wish === 'onlyGpu' ? 'gpu' : 'cpu');
    return;
  }
  if ((end.reason as Error).message === 'gave up') {
    expect(plan.giveUpMs).toBeDefined();
    return;
  }
  expect(end.reason).toBeInstanceOf(TensorJobFailedError);
  const { reason } = end.reason as TensorJobFailedError;
  // A job that nobody told to fail may lack a place, but is never the victim of another one.
  const mayFail = plan.order > 1_000 || plan.wish === 'onlyGpu' || plan.data === 'move';
  if (!mayFail) expect(['QUEUE_FULL', 'DROPPED', 'LOST']).toContain(reason);
}

async function chaos(seed: number): Promise<void> {
  const { chance, pick, plan, next } = planner(seed);
  await using t = await tensorRuntime(
    {
      workerCountMax: pick([1, 2, 3]),
      queueCountMax: pick([2, 6, 50]),
      rejectPolicy: pick(['exception', 'block', 'drop'] as const),
      limitMs: 1_500,
      deadlineMs: 20_000,
      workerHeapBytesMax: 16 * 2 ** 20,
      resultDelayMs: pick([0, 100]),
      gpu: { breakEven: 'ignored' },
    },
    played,
    lightWorkerFile,
  );
  const ended: string[] = [];
  t.runtime.on('tensorJob.ended', ({ id }) => ended.push(id as string));
  const plans = Array.from({ length: 6 + Math.floor(next() * 10) }, plan);
  const asked = plans.map((one) => {
    const caller = new AbortController();
    const { wish, priority, data, giveUpMs } = one;
    if (giveUpMs !== undefined) {
      setTimeout(() => caller.abort(new Error('gave up')), giveUpMs).unref();
    }
    const options = { ...backends[wish], priority, data, signal: caller.signal };
    return t.runtime.tensor.run(jobOf(one), options);
  });
  for (const run of asked) run.catch(() => {});
  const isMeddling = chance(0.5);
  const meddled = isMeddling
    ? meddle(t, () => pick(['slot', 'gpu', 'pool', 'poolCrash']))
    : undefined;
  const ends = await t.all(asked);
  await meddled;
  expect(ends).toHaveLength(plans.length);
  const isOrphaning = ended.length < plans.length;
  for (const [at, end] of ends.entries()) {
    if (!isMeddling) expectEnd(plans[at]!, end);
  }
  await t.all([], 30_000);
  await t.advance(25_000);
  expect(new Set(ended).size).toBe(ended.length);
  const metrics = t.runtime.tensor.metrics()!;
  expect(metrics).toMatchObject({ bytes: 0, running: 0, waiting: 0, blocked: 0, held: 0 });
  if (!isMeddling) {
    const { done, failed, withdrawn, refused, dropped } = metrics;
    expect([isOrphaning, done + failed + withdrawn + refused + dropped]).toEqual([
      false,
      plans.length,
    ]);
  }
  const replayed = await t.replay();
  expect([replayed.divergence, replayed.digest]).toEqual([undefined, t.digest()]);
  if (seed % 25 === 0) await expectReplays(t);
}

/** An operator who restarts what should better be left alone. */
async function meddle(
  t: Awaited<ReturnType<typeof tensorRuntime>>,
  what: () => string,
): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await sleep(10);
    const chosen = what();
    if (chosen === 'slot') await t.runtime.restart(`${tensorPaths.slots}/worker-1`);
    else if (chosen === 'gpu') await t.runtime.restart(tensorPaths.gpu);
    else if (chosen === 'pool') await t.runtime.restart(tensorPaths.pool);
    else t.crash(tensorPaths.pool);
  }
}

describe('tensor jobs in chaos', () => {
  const groups = Array.from({ length: runCount / groupSize }, (_, group) => group * groupSize);

  it.each(groups)(
    'have one right end each, and leave nothing behind: runs from %i',
    async (first) => {
      for (let seed = first; seed < first + groupSize; seed += 1) {
        await chaos(seed).catch((error: Error) => {
          throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
        });
      }
    },
  );
});
