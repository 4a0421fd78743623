/**
 * Who computes tensor jobs for the actors: worker threads, and a GPU process. Numbers stay here;
 * actors and the journal know jobs by their names.
 *
 * A result has a logical time: the clock does not pass it until the real result is there.
 */
import type { Clock, TensorBackends } from '../../actors/ports.ts';
import type { TensorGpuSettings, TensorSettings } from '../../config/tensor.ts';
import type { TensorAnswer, TensorAttempt } from '../../machines/tensor-attempt.ts';
import type { TensorGpuEvent } from '../../machines/tensor-gpu.ts';
import type { Computed } from './answer.ts';
import { attemptErrorOf, TensorAttemptError } from './attempt-error.ts';
import { type BlobStore, bytesOf } from './blobs.ts';
import type { GpuProcess } from './gpu/process.ts';
import type { HeldJob } from './operands.ts';
import { SharedBuffers } from './shared-buffers.ts';
import { WorkerPool } from './worker-pool.ts';

/** What only a live runtime has; a replay computes nothing. */
export interface TensorWorld {
  readonly clock: Clock;
  readonly settings: () => TensorSettings;
  readonly blobs: BlobStore;
  /** Other programs in place of the worker and the GPU process, for tests. */
  readonly workerFile?: URL | undefined;
  readonly gpuFile?: URL | undefined;
}

/** A result and the real times it took, for whoever asked. */
export interface HeldResult {
  readonly computed: Computed;
  /** From asking to the start of the attempt that gave it, real ms. */
  readonly queuedMs: number;
  /** From asking to its end, real ms. */
  readonly totalMs: number;
}

interface Held extends HeldJob {
  readonly askedMs: number;
  result?: Omit<HeldResult, 'totalMs'>;
}

/** Real times of attempts with a result in this process, ms. */
export interface TensorTimes {
  readonly count: number;
  readonly queuedMs: number;
  readonly ranMs: number;
}

export class Backends implements TensorBackends {
  /** Attempts that were begun in this process. */
  computedCount = 0;
  times: TensorTimes = { count: 0, queuedMs: 0, ranMs: 0 };
  private world: TensorWorld | undefined;
  private pool: WorkerPool | undefined;
  private process: GpuProcess | undefined;
  private readonly held = new Map<string, Held>();
  /** Where `hold` of operands takes its memory from. */
  readonly buffers = new SharedBuffers();

  open(world: TensorWorld): void {
    this.world = world;
  }

  /** Takes the numbers of a job over, until `release`. */
  hold(id: string, job: HeldJob): void {
    this.held.set(id, { ...job, askedMs: performance.now() });
  }

  resultOf(id: string): HeldResult | undefined {
    const held = this.held.get(id);
    return held?.result && { ...held.result, totalMs: performance.now() - held.askedMs };
  }

  /** Gives up a job's numbers and its result. */
  release(id: string): void {
    const held = this.held.get(id);
    this.held.delete(id);
    // Of a job without a result, a worker that is being ended may still read.
    if (held?.result) for (const buffer of held.lent) this.buffers.give(buffer);
  }

  private count({ queuedMs, computed: { ranMs } }: Omit<HeldResult, 'totalMs'>): void {
    const { times } = this;
    this.times = {
      count: times.count + 1,
      queuedMs: times.queuedMs + queuedMs,
      ranMs: times.ranMs + ranMs,
    };
  }

  /** Jobs whose numbers are held. */
  get heldCount(): number {
    return this.held.size;
  }

  async compute(attempt: TensorAttempt, signal: AbortSignal): Promise<TensorAnswer> {
    const { clock } = this.live();
    const real = this.attempt(attempt, signal);
    real.catch(() => {});
    const settle = async () => {
      try {
        return { ...(await real), at: clock.now() };
      } catch (error) {
        const failure = attemptErrorOf(error);
        failure.at = clock.now();
        throw failure;
      }
    };
    await due(clock, attempt.dueMs, real, signal);
    return settle();
  }

  private async attempt(
    { job: id, device }: TensorAttempt,
    signal: AbortSignal,
  ): Promise<Omit<TensorAnswer, 'at'>> {
    const held = this.held.get(id);
    if (!held) {
      throw new TensorAttemptError('DATA_GONE', 'its numbers went with the process that had them');
    }
    const { settings, blobs } = this.live();
    const { inlineBytesMax, limitMs } = settings();
    this.computedCount += 1;
    let startedMs = performance.now();
    const onStart = () => {
      startedMs = performance.now();
    };
    const options = { signal, limitMs, inlineBytesMax, onStart };
    const computed = await (device === 'cpu' ? this.workers() : this.gpuNow()).run(held, options);
    const { values, shape, kind, residual, hash } = computed;
    if (hash !== null) await blobs.put(hash, bytesOf(values));
    held.result = { computed, queuedMs: startedMs - held.askedMs };
    this.count(held.result);
    const dtype = values instanceof Float64Array ? 'f64' : 'f32';
    const vendor = device === 'gpu' ? (this.process?.vendor ?? null) : null;
    const summary = { shape, dtype, kind, vendor, residual } as const;
    return hash === null
      ? { ...summary, stored: { in: 'journal' }, values: [...values] }
      : { ...summary, stored: { in: 'blob', hash } };
  }

  gpu(settings: TensorGpuSettings, tell: (event: TensorGpuEvent) => void): () => void {
    const { clock, gpuFile } = this.live();
    let isOver = false;
    const say = (event: TensorGpuEvent) => {
      if (!isOver) tell(event);
    };
    const begun = this.startGpu(settings, gpuFile, () => isOver);
    const started = begun.then((process) => process?.started ?? { why: 'it was ended' });
    // A feed waits for the start: else its length would decide which job finds a GPU.
    clock.hold?.(started);
    void started.then((report) => {
      const at = clock.now();
      if ('why' in report) say({ type: 'GPU_UNUSABLE', at, why: report.why });
      else say({ type: 'GPU_READY', at, ...report });
    });
    void begun.then(async (process) => {
      const why = await process?.ended;
      if (why !== undefined) say({ type: 'GPU_LOST', at: clock.now(), why });
    });
    return () => {
      isOver = true;
      void begun.then((process) => process?.kill());
    };
  }

  /** Processes are loaded with the first job that wants a GPU. */
  private async startGpu(
    settings: TensorGpuSettings,
    file: URL | undefined,
    isOver: () => boolean,
  ): Promise<GpuProcess | undefined> {
    const { GpuProcess } = await import('./gpu/process.ts');
    if (isOver()) return undefined;
    this.process = new GpuProcess(settings, file);
    return this.process;
  }

  private gpuNow(): GpuProcess {
    if (this.process) return this.process;
    throw new TensorAttemptError('UNAVAILABLE', 'there is no GPU process');
  }

  /** Threads are started by the first job. */
  private workers(): WorkerPool {
    if (this.pool) return this.pool;
    const { settings, workerFile } = this.live();
    this.pool = new WorkerPool(settings(), workerFile);
    return this.pool;
  }

  get threadCount(): number {
    return this.pool?.threadCount ?? 0;
  }

  /** Bytes on the GPU, as its process last told. */
  get gpuBytes(): number {
    return this.process?.bytes ?? 0;
  }

  private live(): TensorWorld {
    if (this.world) return this.world;
    throw new TensorAttemptError('UNAVAILABLE', 'nothing is computed outside of a runtime');
  }

  /** Ends threads and process. */
  async close(): Promise<void> {
    this.held.clear();
    this.buffers.clear();
    this.process?.kill();
    await this.pool?.close();
  }
}

/**
 * Resolves when a result may enter: it is there, and its logical time has come. Rejects when the
 * attempt is given up.
 */
function due(
  clock: Clock,
  dueMs: number,
  real: Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const arrived = real.then(
    () => {},
    () => {},
  );
  // A real clock waits for no gate: a result that is there in good time enters when it is due.
  if (!clock.hold && clock.now() >= dueMs) return aborted(signal, arrived);
  let withdraw = () => {};
  const woken = new Promise<void>((resolve) => {
    withdraw = clock.at(dueMs, () => void arrived.then(resolve), arrived);
  });
  return aborted(signal, woken).finally(withdraw);
}

function aborted(signal: AbortSignal, promise: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
