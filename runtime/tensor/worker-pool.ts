/**
 * Worker threads: each computes one job at a time, in plain JavaScript and WebAssembly, so that it
 * can be ended at any moment. One that dies takes nobody along, and is replaced.
 */
import { availableParallelism } from 'node:os';
import type { TensorSettings } from '../../config/tensor.ts';
import type { Computed, WorkerAnswer } from './answer.ts';
import { TensorAttemptError } from './attempt-error.ts';
import type { HeldJob } from './operands.ts';
import type { WorkerStart, WorkerTask } from './worker.ts';

export type WorkerPoolSettings = Pick<
  TensorSettings,
  'workerCountMax' | 'workerHeapBytesMax' | 'workerNiceness'
>;

export interface WorkerRunOptions {
  readonly signal: AbortSignal;
  /** Real time that it may take, ms. */
  readonly limitMs: number;
  readonly inlineBytesMax: number;
  /** Called when a thread takes it up. */
  readonly onStart?: () => void;
}

/** A file beside this one, as it lies here: in a checkout or in the package. */
export const siblingFile = (name: string): URL =>
  new URL(`${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

/** How long a thread waits for its next job before it ends, ms. */
const idleMs = 30_000;
const mebibyte = 1024 ** 2;

type Piscina = import('piscina').Piscina;

/** One core is the host's: heavy numbers must not hold up a decision. */
export const threadCountOf = (countMax: number, coreCount = availableParallelism()): number =>
  Math.max(1, Math.min(countMax, coreCount - 1));

export class WorkerPool {
  readonly threadCount: number;
  private readonly settings: WorkerPoolSettings;
  private readonly workerFile: URL;
  private pool: Promise<Piscina> | undefined;
  private readonly waiting: (() => void)[] = [];
  private freeCount: number;
  private isClosed = false;

  /** @param workerFile its program. Default: the one that computes jobs. */
  constructor(settings: WorkerPoolSettings, workerFile = siblingFile('./worker')) {
    this.settings = settings;
    this.workerFile = workerFile;
    this.threadCount = threadCountOf(settings.workerCountMax);
    this.freeCount = this.threadCount;
  }

  /** Rejects with a `TensorAttemptError`, or with the signal's reason. */
  async run({ job, transfers }: HeldJob, options: WorkerRunOptions): Promise<Computed> {
    const { signal, limitMs, inlineBytesMax, onStart } = options;
    await this.turn(signal);
    const limit = new AbortController();
    const begun = new BigInt64Array(new SharedArrayBuffer(8));
    const stopWatching = watch(begun, limitMs, () => limit.abort());
    try {
      const pool = await this.opened();
      signal.throwIfAborted();
      onStart?.();
      const ended = AbortSignal.any([signal, limit.signal]);
      const task: WorkerTask = { job, inlineBytesMax, begun };
      const answer = (await pool.run(task, {
        signal: ended,
        transferList: [...transfers],
      })) as WorkerAnswer;
      if (answer.ok) return answer.result;
      throw new TensorAttemptError('FAILED', answer.message);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!limit.signal.aborted) throw failureOf(error);
      throw new TensorAttemptError('TIME_LIMIT', `it was computed for more than ${limitMs} ms`);
    } finally {
      stopWatching();
      this.handOver();
    }
  }

  /** Waits for a thread: only one that is free is given a job, so that time limits are fair. */
  private async turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.freeCount === 0) await this.woken(signal);
    else this.freeCount -= 1;
  }

  /** Resolves when a thread was handed over. */
  private woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(take), 1);
        reject(signal.reason);
      };
      this.waiting.push(take);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  private handOver(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.freeCount += 1;
  }

  /** Loaded and started with the first job, and not before. */
  private opened(): Promise<Piscina> {
    if (this.isClosed) throw new TensorAttemptError('LOST', 'the runtime has stopped');
    this.pool ??= this.open();
    return this.pool;
  }

  private async open(): Promise<Piscina> {
    const { Piscina } = await import('piscina');
    const { workerHeapBytesMax: heapBytes, workerNiceness: niceness } = this.settings;
    const pool = new Piscina({
      filename: this.workerFile.href,
      minThreads: 1,
      maxThreads: this.threadCount,
      idleTimeout: idleMs,
      recordTiming: false,
      workerData: { niceness } satisfies WorkerStart,
      // Piscina tries `require` first, and a thread that is ended within it aborts the whole
      // process (an assertion of Node in CreateRequiredModuleFacade); `import` comes next.
      execArgv: ['--no-experimental-require-module'],
      resourceLimits: { maxOldGenerationSizeMb: Math.max(1, Math.floor(heapBytes / mebibyte)) },
    });
    // A thread that dies between two jobs harms nobody, and is replaced: without this it would end
    // the host.
    pool.on('error', () => {});
    return pool;
  }

  /** Ends all threads; what they compute is lost. */
  async close(): Promise<void> {
    this.isClosed = true;
    const pool = await this.pool;
    await pool?.destroy();
  }
}

/** Time limits that may pass until a thread begins: a new one has to load its program first. */
const beginLimitCount = 20;

/** Calls `onLate` when a computation takes too long; the start of its thread does not count. */
function watch(begun: BigInt64Array, limitMs: number, onLate: () => void): () => void {
  let waitCount = 0;
  const look = () => {
    waitCount += 1;
    const begunNs = Atomics.load(begun, 0);
    const isWaiting = begunNs === 0n && waitCount < beginLimitCount;
    // Threads share this clock, and nobody sets it.
    const ranMs = Number(process.hrtime.bigint() - begunNs) / 1e6;
    const leftMs = isWaiting ? limitMs : limitMs - ranMs;
    if (leftMs > 0) timer = setTimeout(look, leftMs);
    else onLate();
  };
  let timer = setTimeout(look, limitMs);
  return () => clearTimeout(timer);
}

/** A task that ends in any other way than by its own answer has lost its thread. */
function failureOf(error: unknown): TensorAttemptError {
  if (error instanceof TensorAttemptError) return error;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new TensorAttemptError('OUT_OF_MEMORY', 'its worker ran out of memory');
  }
  return new TensorAttemptError('LOST', `its worker ended: ${String(message)}`);
}
