import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tensorPaths } from '../../../actors/tensor.ts';
import { type TensorJobFailedError, TensorJobInvalidError } from '../../../actors/tensor-errors.ts';
import type { TensorJob } from '../../../config/tensor-job.ts';
import type { TensorPoolContext } from '../../../machines/tensor-pool.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { verifyJournal } from '../../../runtime/journal/verify.ts';
import { replayJournal } from '../../../runtime/replay/replay.ts';
import { hashOf } from '../../../runtime/tensor/blobs.ts';
import { blobFolder } from '../../../runtime/tensor/open.ts';
import type { TensorResult } from '../../../runtime/tensor/result.ts';
import { expectReplays } from '../../support/expect-replays.ts';
import { inside } from '../../support/inside.ts';
import { lives } from '../../support/lives.ts';
import { product, square, tensorRuntime, workerFile } from '../../support/tensor-jobs.ts';
import { orders } from '../../support/tensor-orders.ts';

const failure = (settled: PromiseSettledResult<unknown> | undefined) =>
  settled?.status === 'rejected' ? (settled.reason as TensorJobFailedError).reason : settled;

describe('runtime.tensor', () => {
  it('computes in a worker thread, and tells honestly how', async () => {
    await using runtime = await createRuntime();
    await runtime.start();
    const result = await runtime.tensor.run(square(8));
    const again = await runtime.tensor.run(square(8));
    expect(result).toMatchObject({
      ...{ shape: [8, 8], requested: 'cpu', used: 'cpu', kind: 'wasm', vendor: null },
      ...{ fallbackReason: null, selfTestError: null, attemptCount: 1 },
      stored: { in: 'journal' },
    });
    expect(result.residual).toBeLessThan(1e-15);
    expect(result.timings.totalMs).toBeGreaterThanOrEqual(result.timings.ranMs);
    expect([...again.values]).toEqual([...result.values]);
    expect(runtime.tensor.metrics()).toMatchObject({ done: 2, computed: 2, bytes: 0 });
    await runtime.flush();
    const replayed = await replayJournal(inside(runtime).journal.log);
    expect(replayed.digest).toBe(runtime.digest);
  });

  it('gives each of many jobs its own result, in memory that is used again', async () => {
    await using runtime = await createRuntime();
    await runtime.start();
    for (let round = 0; round < 3; round += 1) {
      const factors = Array.from({ length: 8 }, (_, i) => 10 * round + i);
      const results = await Promise.all(factors.map((a) => runtime.tensor.run(product(a, 2))));
      expect(results.map(({ values: [value] }) => value)).toEqual(factors.map((a) => 2 * a));
      // Two factors of eight bytes for each job.
      expect(inside(runtime).core.tensor.buffers.freeBytes).toBe(8 * 16);
    }
  });

  it('loads nothing and starts no actor before the first job', async () => {
    await using t = await tensorRuntime();
    expect([t.runtime.tensor.metrics(), t.runtime.tree().length]).toEqual([undefined, 1]);
  });

  it.each<[string, unknown, string]>([
    ['no number', product(Number.NaN, 1), 'a.data'],
    ['wrong shapes', { ...product(1, 1), b: { shape: [2, 1], data: new Float64Array(2) } }, 'b'],
    ['an unknown operation', { ...product(1, 1), op: 'sum' }, 'op'],
    ['nothing', undefined, 'job'],
  ])('refuses a job with %s before anything is started', async (_, job, path) => {
    await using t = await tensorRuntime();
    const refused = t.runtime.tensor.run(job as TensorJob);
    await expect(refused).rejects.toThrow(TensorJobInvalidError);
    await expect(refused).rejects.toThrow(path);
    expect(t.runtime.tensor.metrics()).toBeUndefined();
  });

  it('refuses options that are not allowed', async () => {
    await using t = await tensorRuntime();
    const run = (options: object) => t.runtime.tensor.run(product(1, 1), options);
    await expect(run({ deadlineMs: 0 })).rejects.toThrow('options.deadlineMs');
    await expect(run({ work: 'play' })).rejects.toThrow('options.work');
    await expect(run({ backend: { prefer: 'tpu' } })).rejects.toThrow('options.backend');
    await expect(run({ speed: 1 })).rejects.toThrow('speed');
  });

  it('tells the pool what kind of work a job is', async () => {
    await using t = await tensorRuntime();
    const run = (given: object) => t.runtime.tensor.run(product(orders.slow, 1), given);
    const asked = [run({}), run({ work: 'trading' })];
    const pool = t.snapshot(tensorPaths.pool)!.context as TensorPoolContext;
    const kinds = Object.values(pool.running).map(({ row }) => row.ticket.work);
    expect(kinds).toEqual(['analytics', 'trading']);
    await t.all(asked);
  });

  it('refuses what is over its budget', async () => {
    await using t = await tensorRuntime({ bytesMax: 2 ** 20 });
    const [over] = await t.all([t.runtime.tensor.run(square(300))]);
    expect(failure(over)).toBe('OVER_BUDGET');
    expect(t.runtime.tensor.metrics()).toMatchObject({ computed: 0, refused: 1, bytes: 0 });
  });

  it('survives workers that throw, exit, run out of memory or fail late', async () => {
    await using t = await tensorRuntime({ workerCountMax: 2, workerHeapBytesMax: 16 * 2 ** 20 });
    const { throw: fails, exit, memory, late, slow } = orders;
    const jobs = [fails, exit, memory, late, slow, 6];
    const ends = await t.all(jobs.map((order) => t.runtime.tensor.run(product(order, 7))));
    const shown = ends.map((end) =>
      end.status === 'fulfilled' ? (end.value as TensorResult).values[0] : failure(end),
    );
    // An order is obeyed once, and then stands for 1.
    expect(shown).toEqual(['FAILED', 7, 'OUT_OF_MEMORY', 7, 7, 42]);
    const metrics = t.runtime.tensor.metrics();
    expect(metrics).toMatchObject({ done: 4, failed: 2, bytes: 0, running: 0, waiting: 0 });
    expect(metrics!.workersLost).toBeGreaterThanOrEqual(2);
    await expectReplays(t);
  });

  it('ends a worker that does not end by itself', async () => {
    await using t = await tensorRuntime({ limitMs: 200 });
    const [end] = await t.all([t.runtime.tensor.run(product(orders.loop, 7))]);
    expect(failure(end)).toBe('TIME_LIMIT');
    expect(t.runtime.tensor.metrics()).toMatchObject({ failed: 1, workersLost: 1, bytes: 0 });
    await expectReplays(t);
  });

  it('stops a job that its caller gives up, and computes the next one', async () => {
    await using t = await tensorRuntime({ workerCountMax: 1 });
    const caller = new AbortController();
    const run = t.runtime.tensor.run(product(orders.loop, 1), { signal: caller.signal });
    run.catch(() => {});
    await sleep(200);
    caller.abort(new Error('no more'));
    await expect(run).rejects.toThrow('no more');
    const [next] = await t.all([t.runtime.tensor.run(product(2, 3))]);
    expect(next).toMatchObject({ value: { values: new Float64Array([6]) } });
    expect(t.runtime.tensor.metrics()).toMatchObject({ withdrawn: 1, done: 1, bytes: 0 });
    const signal = AbortSignal.abort(new Error('at once'));
    await expect(t.runtime.tensor.run(product(1, 1), { signal })).rejects.toThrow('at once');
    await expectReplays(t);
  });

  it('takes moved numbers away, and gives them up with their worker', async () => {
    await using t = await tensorRuntime();
    const job = product(orders.exit, 1);
    const [end] = await t.all([t.runtime.tensor.run(job, { data: 'move' })]);
    expect((job as Extract<TensorJob, { op: 'matmul' }>).a.data.length).toBe(0);
    expect(failure(end)).toBe('LOST');
  });

  it('rejects what is under way when the runtime stops', async () => {
    const t = await tensorRuntime();
    const run = t.runtime.tensor.run(product(orders.loop, 1));
    await sleep(100);
    const rejected = expect(run).rejects.toThrow("before tensor job 'job-1' had ended");
    await t.runtime.stop();
    await rejected;
    await expect(t.runtime.tensor.run(product(1, 1))).rejects.toThrow('stopped');
  });
});

describe('results of tensor jobs', () => {
  it('are in the journal when small, and beside it under their hash when large', async () => {
    await using t = await tensorRuntime({ inlineBytesMax: 8 });
    const asked = [t.runtime.tensor.run(product(3, 4)), t.runtime.tensor.run(square(4))];
    const [small, large] = await t.all(asked);
    const { stored, values } = (large as PromiseFulfilledResult<Awaited<(typeof asked)[1]>>).value;
    expect(small).toMatchObject({ value: { stored: { in: 'journal' } } });
    const hash = stored.in === 'blob' ? stored.hash : '';
    const blob = (await t.runtime.tensor.blob(hash))!;
    expect(hashOf(blob)).toBe(hash);
    expect(new Float64Array(blob.buffer)).toEqual(values);
    expect(await t.runtime.tensor.blob('0'.repeat(64))).toBeUndefined();
    const outcomes = (await t.journal()).filter(({ input }) => input.kind === 'outcome');
    expect(outcomes.map(({ input }) => JSON.stringify(input).includes('"values":[12]'))).toEqual([
      true,
      false,
    ]);
  });

  it('lie in the folder of the journal when large, and do not disturb its chain', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'kintsugi-tensor-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    const journal = join(dir, 'journal');
    const runtime = await createRuntime({ journal });
    await runtime.start();
    const { stored } = await runtime.tensor.run(square(40));
    await runtime.stop();
    const hash = stored.in === 'blob' ? stored.hash : '';
    expect(await readdir(blobFolder(journal))).toEqual([`${hash}.bin`]);
    expect(await verifyJournal(journal)).toMatchObject({ ok: true });
    expect((await replayJournal(journal)).digest).toBe(runtime.digest);
  });

  it('enter at a fixed time after their request: a run is the same at any speed', async () => {
    const digests: string[] = [];
    for (const isSlow of [false, true]) {
      await using t = await tensorRuntime({ resultDelayMs: 250, workerCountMax: 2 });
      const first = isSlow ? orders.slow : 1;
      const asked = [5, first, 1, first].map((a) => t.runtime.tensor.run(product(a, 9)));
      const seen: number[] = [];
      t.runtime.on('tensorJob.ended', ({ at }) => seen.push(at as number));
      await t.advance(249);
      expect(seen).toEqual([]);
      await t.advance(1);
      expect(seen).toEqual([250, 250, 250, 250]);
      expect(await Promise.all(asked)).toHaveLength(4);
      digests.push(t.digest());
    }
    expect(digests[0]).toBe(digests[1]);
  });

  it('come from the journal in a replay, which computes nothing', async () => {
    await using t = await tensorRuntime();
    await t.all([1, 2, 3].map((a) => t.runtime.tensor.run(product(a, 1))));
    const before = t.runtime.tensor.metrics()?.computed;
    await expectReplays(t);
    expect([before, t.runtime.tensor.metrics()?.computed]).toEqual([3, 3]);
  });
});

describe('tensor jobs over a restart of the process', () => {
  it('that were under way fail as interrupted, and new ones run', async () => {
    const life = lives({ tensor: { workerFile } });
    const first = await life.next(0);
    const lost = first.tensor.run(product(orders.loop, 1));
    lost.catch(() => {});
    await sleep(100);
    await first.stop();
    const second = await life.next(1_000);
    await second.time.settle();
    expect(second.tensor.metrics()).toMatchObject({ failed: 1, running: 0, bytes: 0 });
    const next = second.tensor.run(product(4, 5));
    await second.time.advance(0);
    expect((await next).values).toEqual(new Float64Array([20]));
    await second.stop();
    const inputs = await life.inputs();
    const started = inputs.filter(({ path }) => path.startsWith('/tensor/jobs/'));
    expect(started.map(({ path }) => path)).toEqual(['/tensor/jobs/job-1', '/tensor/jobs/job-2']);
  });
});
