/** The GPU process: opens a device, proves that it computes, and then answers one job at a time. */

import { type ItemJob, itemsOf, resultShapeOf } from '../../../config/tensor-sizes.ts';
import { answer, failed, type WorkerAnswer } from '../answer.ts';
import { compute } from '../kernels/compute.ts';
import { centred, finish } from '../kernels/covariance.ts';
import { residualOf } from '../kernels/residual.ts';
import { openDevice } from './device.ts';
import { GpuEngine, type Product } from './engine.ts';
import type { GpuReply, GpuRequest, GpuStart } from './protocol.ts';
import { selfTestErrorMax, selfTestOf } from './self-test.ts';

/** What the process is joined to; tests give other answers. */
export interface GpuHost {
  send(reply: GpuReply): void;
  /** Calls back with each request, in order. */
  onRequest(take: (request: GpuRequest) => void): void;
  /** Options of the WebGPU implementation, as `backend=null`. */
  readonly deviceOptions?: readonly string[];
  /** Changes what the device gave, before anybody looks at it. */
  readonly tamper?: (values: Float32Array, jobCount: number) => void;
}

export async function serve({ settings }: GpuStart, host: GpuHost): Promise<void> {
  const { send, onRequest, deviceOptions, tamper } = host;
  let jobCount = 0;
  let kind: 'hardware' | 'software';
  let engine: GpuEngine;
  const multiply = async (products: readonly Product[]): Promise<Float32Array[]> => {
    const results = await engine.multiply(products);
    for (const values of results) tamper?.(values, jobCount);
    return results;
  };
  try {
    const opened = await openDevice(deviceOptions);
    engine = new GpuEngine(opened.device, settings);
    const selfTestError = await selfTestOf(multiply);
    if (!(selfTestError <= selfTestErrorMax)) {
      const text = `its known answer is off by ${selfTestError}: the driver computes wrongly`;
      send({ type: 'unusable', why: text });
      return;
    }
    const { vendor, architecture } = opened;
    kind = opened.kind;
    send({ type: 'ready', report: { kind, vendor, architecture, selfTestError } });
  } catch (error) {
    send({ type: 'unusable', why: error instanceof Error ? error.message : String(error) });
    return;
  }
  let busy: Promise<void> = Promise.resolve();
  onRequest((request) => {
    busy = busy.then(async () => {
      jobCount += 1;
      const { id } = request;
      const reply = request.on === 'cpu' ? timed(request) : await answered(request, kind, multiply);
      send({ type: 'answer', id, answer: reply, bytes: engine.ledger.bytes });
    });
  });
}

async function answered(
  { job, inlineBytesMax }: GpuRequest,
  kind: 'hardware' | 'software',
  multiply: (products: readonly Product[]) => Promise<Float32Array[]>,
): Promise<WorkerAnswer> {
  try {
    const startedMs = performance.now();
    const items = [...itemsOf(job)];
    const results = await multiply(items.map(productOf));
    for (const [index, item] of items.entries()) {
      if (item.op === 'covariance') finish(item, results[index]!);
    }
    const shape = resultShapeOf(job);
    const values = joined(results, shape);
    const gpuMs = performance.now() - startedMs;
    // Checked by the CPU, in time that is small beside the product's.
    const done = answer(inlineBytesMax, () => ({
      values,
      shape,
      kind,
      residual: residualOf(job, values),
    }));
    return done.ok ? { ok: true, result: { ...done.result, ranMs: gpuMs } } : done;
  } catch (error) {
    return failed(error);
  }
}

function joined(results: readonly Float32Array[], shape: readonly number[]): Float32Array {
  if (results.length === 1) return results[0]!;
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  let at = 0;
  for (const result of results) {
    values.set(result, at);
    at += result.length;
  }
  return values;
}

/**
 * The job as products; a covariance is one of the centred sample with itself.
 *
 * @throws {RangeError} for an operation that no shader is there for.
 */
function productOf(item: ItemJob): Product {
  if (item.op === 'matmul') {
    const { a, b } = item;
    const [rows = 0, inner = 0] = a.shape;
    const columns = b.shape[1]!;
    return { a: a.data as Float32Array, b: b.data as Float32Array, rows, inner, columns };
  }
  if (item.op !== 'covariance') throw new RangeError(`A GPU does not compute ${item.op} here.`);
  const [inner = 0, columns = 0] = item.shape;
  const b = centred(item) as Float32Array;
  const a = new Float32Array(b.length);
  for (let row = 0; row < inner; row += 1) {
    for (let j = 0; j < columns; j += 1) a[j * inner + row] = b[row * columns + j]!;
  }
  return { a, b, rows: columns, inner, columns };
}

const cpuRoundCount = 5;

/** The best of several times on the CPU: the first ones pay for compiling. */
function timed(request: GpuRequest): WorkerAnswer {
  const answers = Array.from({ length: cpuRoundCount }, () =>
    answer(request.inlineBytesMax, () => compute(request.job)),
  );
  return answers.reduce((best, next) =>
    best.ok && next.ok && next.result.ranMs < best.result.ranMs ? next : best,
  );
}
