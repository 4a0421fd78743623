/** The GPU path on a driver in software: right answers, honest labels, and every way to fail. */
import { describe, expect, it } from 'vitest';
import type { TensorJob } from '../../../../config/tensor-job.ts';
import { compute } from '../../../../runtime/tensor/kernels/compute.ts';
import type { TensorResult } from '../../../../runtime/tensor/result.ts';
import { expectReplays } from '../../../support/expect-replays.ts';
import { needsSoftwareVulkan, withoutVulkan } from '../../../support/software-vulkan.ts';
import { gpuOrders } from '../../../support/tensor-gpu/orders.ts';
import { square, tensorRuntime } from '../../../support/tensor-jobs.ts';

const onVulkan = needsSoftwareVulkan();
const obedient = new URL('../../../support/tensor-gpu/obedient.ts', import.meta.url);
const nullBackend = new URL('../../../support/tensor-gpu/null-backend.ts', import.meta.url);
const missing = new URL('../../../support/tensor-gpu/missing.ts', import.meta.url);
const software = { acceptSoftware: true, breakEven: 'ignored' } as const;
const gpu = { backend: { prefer: 'gpu' } } as const;

/** A product whose first number is an order. */
function ordered(order: number): TensorJob {
  const job = square(8, 'f32') as Extract<TensorJob, { op: 'matmul' }>;
  job.a.data.fill(0);
  job.a.data[0] = order;
  job.b.data[0] = 1;
  return job;
}

async function result(
  t: Awaited<ReturnType<typeof tensorRuntime>>,
  job: TensorJob,
  options: object = gpu,
): Promise<TensorResult> {
  const [end] = await t.all([t.runtime.tensor.run(job, options)]);
  if (end?.status === 'fulfilled') return end.value as TensorResult;
  throw end?.reason;
}

function expectNear(got: TensorResult, job: TensorJob): void {
  const values = [...compute(job).values];
  const largest = Math.max(...values.map(Math.abs));
  const worst = Math.max(...values.map((value, at) => Math.abs(value - got.values[at]!)));
  expect(worst).toBeLessThanOrEqual(1e-5 * largest);
}

describe('a GPU in software', () => {
  onVulkan('gives right answers of all shapes, and says that it is software', async () => {
    await using t = await tensorRuntime({ gpu: software });
    const shapes = [
      [1, 1, 1],
      [3, 5, 7],
      [64, 64, 64],
      [65, 33, 130],
      [4, 200, 4],
    ] as const;
    for (const [rows, inner, columns] of shapes) {
      const data = (size: number) =>
        Float32Array.from({ length: size }, (_, at) => Math.sin(at + size));
      const a = { shape: [rows, inner], data: data(rows * inner) };
      const b = { shape: [inner, columns], data: data(inner * columns) };
      const job: TensorJob = { op: 'matmul', dtype: 'f32', a, b };
      const got = await result(t, job);
      expectNear(got, job);
      expect(got).toMatchObject({
        ...{ requested: 'gpu', used: 'gpu', kind: 'software', vendor: 'google swiftshader' },
        ...{ fallbackReason: null, selfTestError: 0, shape: [rows, columns] },
      });
      expect(got.residual).toBeLessThan(1e-6);
    }
    expect(t.runtime.tensor.metrics()!.gpuBytes).toBeGreaterThan(0);
    await expectReplays(t);
  });

  onVulkan('computes batches, part by part', async () => {
    await using t = await tensorRuntime({
      gpu: { ...software, batchCountMax: 3, syncEveryCount: 4 },
    });
    const data = Float32Array.from({ length: 8 * 9 }, (_, at) => Math.cos(at));
    const operand = () => ({ shape: [8, 3, 3], data });
    const job: TensorJob = { op: 'batch', of: 'matmul', dtype: 'f32', a: operand(), b: operand() };
    const got = await result(t, job);
    expectNear(got, job);
    expect(got).toMatchObject({ used: 'gpu', shape: [8, 3, 3] });
  });

  onVulkan.each([false, true])(
    'computes covariances (as correlations: %s)',
    async (correlation) => {
      await using t = await tensorRuntime({ gpu: software });
      const data = Float32Array.from({ length: 40 * 6 }, (_, at) => Math.sin(at * at) + (at % 6));
      const job: TensorJob = { op: 'covariance', dtype: 'f32', shape: [40, 6], data, correlation };
      const got = await result(t, job);
      expectNear(got, job);
      expect(got).toMatchObject({ used: 'gpu', shape: [6, 6] });
    },
  );

  onVulkan('is no GPU to a job that prefers one, unless the settings say so', async () => {
    await using t = await tensorRuntime();
    const got = await result(t, square(8, 'f32'));
    expect(got).toMatchObject({
      ...{ requested: 'gpu', used: 'cpu', kind: 'wasm' },
      fallbackReason: 'the only adapter is software: google swiftshader',
    });
  });

  onVulkan('computes no job that takes more than its budget', async () => {
    await using t = await tensorRuntime({ gpu: { ...software, bytesMax: 2 ** 20 } });
    const got = await result(t, square(300, 'f32'));
    expect(got.used).toBe('cpu');
    expect(got.fallbackReason).toMatch(/^it takes \d+ bytes, and the GPU's budget is 943718$/);
  });
});

describe('a job on a GPU that fails it', () => {
  onVulkan('is computed once on the CPU when the process is killed meanwhile', async () => {
    await using t = await tensorRuntime({ gpu: software }, obedient);
    const got = await result(t, ordered(gpuOrders.die));
    expect(got).toMatchObject({
      ...{ used: 'cpu', attemptCount: 2, selfTestError: null },
      fallbackReason: 'its process ended with SIGKILL',
    });
    expectNear(got, ordered(gpuOrders.die));
    await t.advance(1_000);
    expect(await result(t, square(8, 'f32'))).toMatchObject({ used: 'gpu', attemptCount: 1 });
    expect(t.runtime.tensor.metrics()).toMatchObject({ gpusLost: 1, repeated: 1, fellBack: 1 });
    await expectReplays(t);
  });

  onVulkan('is computed on the CPU when the process does not answer in time', async () => {
    await using t = await tensorRuntime({ gpu: software, limitMs: 1_500 }, obedient);
    const got = await result(t, ordered(gpuOrders.hang));
    expect(got).toMatchObject({ used: 'cpu', attemptCount: 2 });
    expect(got.fallbackReason).toBe('it computed for more than 1500 ms');
  });

  onVulkan('is computed on the CPU after a wrong answer', async () => {
    await using t = await tensorRuntime({ gpu: software }, obedient);
    const got = await result(t, ordered(gpuOrders.lie));
    expect(got).toMatchObject({ used: 'cpu', attemptCount: 2 });
    expect(got.fallbackReason).toMatch(/^the GPU's answer is off by .*, and 0.0001 is allowed$/);
    expectNear(got, ordered(gpuOrders.lie));
    await expectReplays(t);
  });
});

describe('a computer without a GPU', () => {
  it('computes on the CPU, and says that no adapter was found', async () => {
    const { VK_ICD_FILENAMES: before } = process.env;
    withoutVulkan();
    await using t = await tensorRuntime();
    const got = await result(t, square(8, 'f32'));
    if (before === undefined) delete process.env.VK_ICD_FILENAMES;
    else process.env.VK_ICD_FILENAMES = before;
    expect(got).toMatchObject({ used: 'cpu', attemptCount: 1 });
    expect(got.fallbackReason).toMatch(/^no adapter was found|^package 'webgpu' cannot be loaded/);
  });

  it('does not believe a device that computes nothing', async () => {
    await using t = await tensorRuntime({}, nullBackend);
    const got = await result(t, square(8, 'f32'));
    expect(got.used).toBe('cpu');
    expect(got.fallbackReason).toBe('its known answer is off by 1: the driver computes wrongly');
  });

  it('does not wait for a process that ends before it has said anything', async () => {
    await using t = await tensorRuntime({}, missing);
    const got = await result(t, square(8, 'f32'));
    expect(got).toMatchObject({ used: 'cpu', fallbackReason: 'its process ended with 3' });
    await expect(
      result(t, square(8, 'f32'), { backend: { require: 'gpu' } }),
    ).rejects.toMatchObject({
      reason: 'NO_BACKEND',
    });
  });
});
