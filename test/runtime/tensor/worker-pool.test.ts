import { getPriority } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TensorJob } from '../../../config/tensor-job.ts';
import { hold } from '../../../runtime/tensor/operands.ts';
import { threadCountOf, WorkerPool } from '../../../runtime/tensor/worker-pool.ts';
import { product, square, workerFile } from '../../support/tensor-jobs.ts';
import { orders } from '../../support/tensor-orders.ts';

function workers(workerNiceness = 0) {
  const settings = { workerCountMax: 1, workerHeapBytesMax: 2 ** 25, workerNiceness };
  const pool = new WorkerPool(settings, workerFile);
  onTestFinished(() => pool.close());
  const run = (
    job: TensorJob,
    over: { signal?: AbortSignal; limitMs?: number; max?: number } = {},
  ) =>
    pool.run(hold(job, 'copy'), {
      signal: over.signal ?? new AbortController().signal,
      limitMs: over.limitMs ?? 30_000,
      inlineBytesMax: over.max ?? 1_000,
    });
  return { pool, run };
}

describe('worker pool', () => {
  it.each([
    [4, 8, 4],
    [4, 4, 3],
    [4, 2, 1],
    [4, 1, 1],
    [1, 8, 1],
  ])('leaves a core to the host: %i threads on %i cores are %i', (countMax, cores, count) => {
    expect(threadCountOf(countMax, cores)).toBe(count);
  });

  it('hashes results that are too large for the journal, and no others', async () => {
    const { run } = workers();
    expect((await run(square(4), { max: 128 })).hash).toBeNull();
    expect((await run(square(4), { max: 127 })).hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('gives a thread to one job after the other, also when those before failed', async () => {
    const { run } = workers();
    const asked = [orders.exit, 2, orders.throw, 3].map((a) => run(product(a, 10)));
    const ends = await Promise.allSettled(asked);
    expect(ends).toMatchObject([
      { reason: { code: 'LOST', message: 'its worker ended: worker exited with code: 7' } },
      { value: { values: new Float64Array([20]) } },
      { reason: { code: 'FAILED', message: 'told to throw' } },
      { value: { values: new Float64Array([30]) } },
    ]);
  });

  it('counts the time limit from the start of a job, not from its asking', async () => {
    const { run } = workers();
    const asked = [orders.slow, orders.slow, orders.slow, orders.slow];
    // Together they take longer than each of them may.
    const ends = await Promise.allSettled(asked.map((a) => run(product(a, 1), { limitMs: 5_000 })));
    expect(ends.map(({ status }) => status)).toEqual(asked.map(() => 'fulfilled'));
    await expect(run(product(orders.loop, 1), { limitMs: 50 })).rejects.toMatchObject({
      code: 'TIME_LIMIT',
      message: 'it was computed for more than 50 ms',
    });
  });

  it.each([0, 7])('lowers the priority of its threads by %i, and of nobody else', async (by) => {
    const { run } = workers(by);
    const ofHost = getPriority(0);
    const { values } = await run(product(orders.tellPriority, 1));
    const lowered = process.platform === 'linux' ? Math.min(19, ofHost + by) : ofHost;
    expect([values[0], getPriority(0)]).toEqual([lowered, ofHost]);
  });

  it('lets a job that waits be given up without a trace', async () => {
    const { run } = workers();
    const [busy, caller] = [new AbortController(), new AbortController()];
    const first = run(product(orders.loop, 1), { signal: busy.signal });
    const second = run(product(1, 1), { signal: caller.signal });
    const third = run(product(5, 5));
    caller.abort(new Error('second'));
    await expect(second).rejects.toThrow('second');
    busy.abort(new Error('first'));
    await expect(first).rejects.toThrow('first');
    expect((await third).values).toEqual(new Float64Array([25]));
  });

  it('computes nothing any more once it is closed', async () => {
    const { pool, run } = workers();
    await run(product(1, 1));
    await pool.close();
    await expect(run(product(1, 1))).rejects.toMatchObject({ code: 'LOST' });
  });
});
