/** Tensor jobs as hosts see them: `runtime.tensor`. */
import { RuntimeStoppedError } from '../../actors/errors.ts';
import { checkOrder, type OperatorOrder } from '../../actors/operator-order.ts';
import type { Clock } from '../../actors/ports.ts';
import { slotIds, type TensorJobGiven, tensorPaths } from '../../actors/tensor.ts';
import { TensorJobFailedError, TensorJobInvalidError } from '../../actors/tensor-errors.ts';
import {
  type TensorOptions,
  type TensorOptionsInput,
  tensorOptionsSchema,
} from '../../config/tensor.ts';
import { checkJob, type TensorCheck, type TensorJob } from '../../config/tensor-job.ts';
import { checkKernel, type TensorKernel } from '../../config/tensor-kernel.ts';
import { type TensorTicket, wishOf } from '../../machines/policies/tensor-ticket.ts';
import type { TensorGpuContext } from '../../machines/tensor-gpu.ts';
import type { TensorJobEmitted } from '../../machines/tensor-job.ts';
import type { TensorCounts, TensorPoolContext } from '../../machines/tensor-pool.ts';
import type { ChildOrder, Core } from '../core.ts';
import type { Turn } from '../engine/engine.ts';
import type { Entry } from '../engine/ingress.ts';
import type { TensorTimes } from './backends.ts';
import type { BlobStore } from './blobs.ts';
import { flopsOf } from './kernels/flops.ts';
import { type Computable, hold } from './operands.ts';
import { failureOf, resultOf, type TensorResult } from './result.ts';

export interface TensorRunOptions extends TensorOptionsInput {
  /** Gives the job up: whoever computes it is stopped. */
  readonly signal?: AbortSignal;
}

/** What the pool is doing. */
export interface TensorMetrics extends TensorCounts {
  readonly running: number;
  readonly waiting: number;
  readonly blocked: number;
  /** Of all jobs that wait or run. */
  readonly bytes: number;
  readonly gpu: TensorPoolContext['gpu'];
  readonly gpuBytes: number;
  readonly threads: number;
  /** Jobs whose numbers are held in this process. */
  readonly held: number;
  /** Attempts that were begun in this process. A replay begins none. */
  readonly computed: number;
  /** What the attempts with a result took. */
  readonly times: TensorTimes;
}

interface Pending {
  readonly ticket: TensorTicket;
  readonly resolve: (result: TensorResult) => void;
  readonly reject: (error: unknown) => void;
  readonly end: () => void;
}

const jobPath = (id: string): string => `${tensorPaths.jobs}/${id}`;

export class Tensor {
  readonly #core: Core;
  readonly #clock: Clock;
  readonly #blobs: BlobStore;
  readonly #submit: (entry: Entry) => boolean;
  readonly #pending = new Map<string, Pending>();
  #lastId = 0;

  /** Use `runtime.tensor`. */
  constructor(core: Core, clock: Clock, blobs: BlobStore, submit: (entry: Entry) => boolean) {
    this.#core = core;
    this.#clock = clock;
    this.#blobs = blobs;
    this.#submit = submit;
    core.watchers.push((turn) => this.#observe(turn));
  }

  /**
   * Runs a job: in a worker thread, or on a GPU where one is asked for and can be had.
   *
   * @throws {TensorJobInvalidError} at once, when the job or an option is not allowed.
   * @throws {TensorJobFailedError} when it ended without a result; `reason` says why.
   * @throws the signal's reason, when it is given up.
   * @throws {RuntimeStoppedError} when the runtime does not run, or stops meanwhile.
   */
  async run(job: TensorJob, options: TensorRunOptions = {}): Promise<TensorResult> {
    return this.#run(job, checkJob, flopsOf, options);
  }

  /**
   * Runs a function of the caller's, given as text, in a worker thread: see `TensorKernel`. Needs
   * the package gpu.js.
   *
   * @throws as `run`.
   */
  async kernel(
    kernel: Omit<TensorKernel, 'op' | 'dtype'>,
    options: TensorRunOptions = {},
  ): Promise<TensorResult> {
    return this.#run({ ...kernel, op: 'kernel', dtype: 'f32' }, checkKernel, () => 0, options);
  }

  async #run<J extends Computable>(
    job: J,
    judge: (job: J) => TensorCheck,
    flops: (job: J) => number,
    { signal, ...given }: TensorRunOptions,
  ): Promise<TensorResult> {
    const options = parsed(given);
    const { settings } = this.#core;
    const check = judge(job);
    if (!check.ok) throw new TensorJobInvalidError(check.issues);
    signal?.throwIfAborted();
    this.#start();
    const ticket = this.#ticketOf(job, check.bytes, flops(job), options);
    const held = hold(job, options.data, this.#core.tensor.buffers);
    const { id } = ticket;
    const { promise, resolve, reject } = Promise.withResolvers<TensorResult>();
    const giveUp = () => this.#cancel(id, signal?.reason);
    const end = () => signal?.removeEventListener('abort', giveUp);
    this.#pending.set(id, { ticket, resolve, reject, end });
    this.#core.tensor.hold(id, held);
    signal?.addEventListener('abort', giveUp, { once: true });
    const { deadlineMs = settings.tensor.deadlineMs } = options;
    const event = {
      op: 'start',
      id,
      spec: 'template',
      given: { ticket, deadlineMs } satisfies TensorJobGiven,
    } as const;
    try {
      this.#child(jobPath(id), event);
    } catch (error) {
      this.#forget(id);
      throw error;
    }
    return promise;
  }

  #ticketOf(job: Computable, bytes: number, flops: number, options: TensorOptions): TensorTicket {
    const { tensor } = this.#core.settings;
    const asked = this.#pool()?.counts.asked ?? 0;
    this.#lastId = Math.max(this.#lastId, asked) + 1;
    return {
      id: `job-${this.#lastId}`,
      op: job.op,
      of: job.op === 'batch' ? job.of : null,
      dtype: job.dtype,
      bytes,
      flopsCount: Math.round(flops),
      work: options.work,
      priority: options.priority,
      wish: wishOf(options.backend, tensor),
      isRepeatable: options.data === 'copy',
      dueMs: this.#clock.now() + tensor.resultDelayMs,
    };
  }

  /** Starts what is not running; after a restart of the process it is there already. */
  #start(): void {
    const { tree, settings } = this.#core;
    const { root, slots } = tensorPaths;
    if (!tree.node(root)) this.#child(root, { op: 'start', id: 'tensor', spec: 'tensor' });
    for (const id of slotIds(settings.tensor)) {
      const path = `${slots}/${id}`;
      if (!tree.node(path)) this.#child(path, { op: 'start', id, spec: 'template' });
    }
  }

  #child(path: string, event: ChildOrder): void {
    this.#submit({ kind: 'child', path, event });
  }

  #cancel(id: string, reason: unknown): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#forget(id);
    pending.reject(reason);
    if (this.#core.engine.mode !== 'live') return;
    const event = { type: 'CANCEL', at: this.#clock.now(), why: 'its caller gave it up' };
    this.#submit({ kind: 'event', path: jobPath(id), event });
  }

  /** Settles what ended in a turn. Without a turn all has ended. */
  #observe(turn: Turn | undefined): void {
    if (!turn) {
      if (this.#core.engine.mode === 'closed') this.#endAll();
      return;
    }
    if (this.#pending.size === 0) return;
    for (const fact of turn.line.facts ?? []) {
      const ended = fact as unknown as TensorJobEmitted;
      if (ended.type === 'tensorJob.ended') this.#settle(ended);
    }
    for (const { path, why } of turn.line.down ?? []) this.#lost(path, why);
  }

  #settle(ended: TensorJobEmitted): void {
    const pending = this.#pending.get(ended.id);
    if (!pending) return;
    const held = this.#core.tensor.resultOf(ended.id);
    this.#forget(ended.id);
    const result = held && resultOf(ended, pending.ticket, held, this.#selfTest());
    if (result) pending.resolve(result);
    else pending.reject(failureOf(ended));
  }

  /** A job whose actor is gone without an end: an operator stopped it, or it crashed. */
  #lost(path: string, why: string): void {
    if (!path.startsWith(`${tensorPaths.jobs}/`)) return;
    const id = path.slice(tensorPaths.jobs.length + 1);
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#forget(id);
    pending.reject(new TensorJobFailedError(id, 'LOST', `its actor ended: ${why}`));
  }

  #forget(id: string): void {
    this.#pending.get(id)?.end();
    this.#pending.delete(id);
    this.#core.tensor.release(id);
  }

  #endAll(): void {
    for (const [id, { reject }] of [...this.#pending]) {
      this.#forget(id);
      reject(new RuntimeStoppedError(`The runtime stopped before tensor job '${id}' had ended.`));
    }
  }

  #selfTest(): number | null {
    const gpu = this.#contextAt<TensorGpuContext>(tensorPaths.gpu);
    return gpu?.report?.selfTestError ?? null;
  }

  #pool(): TensorPoolContext | undefined {
    return this.#contextAt(tensorPaths.pool);
  }

  #contextAt<T>(path: string): T | undefined {
    return this.#core.engine.paths.at(path)?.getSnapshot().context as T | undefined;
  }

  /** What the pool did and does; undefined before the first job. */
  metrics(): TensorMetrics | undefined {
    const pool = this.#pool();
    const { tensor } = this.#core;
    return (
      pool && {
        ...pool.counts,
        running: Object.keys(pool.running).length,
        waiting: pool.waiting.length,
        blocked: pool.blocked.length,
        bytes: pool.bytes,
        gpu: pool.gpu,
        gpuBytes: tensor.gpuBytes,
        threads: tensor.threadCount,
        held: tensor.heldCount,
        computed: tensor.computedCount,
        times: { ...tensor.times },
      }
    );
  }

  /**
   * Bytes of a large result that the journal names by its hash, as little-endian numbers; undefined
   * when it was removed to make place, or was changed.
   */
  blob(hash: string): Promise<Uint8Array | undefined> {
    return this.#blobs.get(hash);
  }

  /**
   * Lets a GPU that was given up be tried again by the next job that asks for one.
   *
   * @throws {TypeError} when it is not said who wants it and why.
   */
  retryGpu(order: OperatorOrder): void {
    checkOrder(order);
    const { by, why } = order;
    const event = { type: 'RETRY_GPU', at: this.#clock.now(), by, why };
    this.#start();
    this.#submit({ kind: 'event', path: tensorPaths.pool, event, safety: true });
  }
}

function parsed(given: TensorOptionsInput): TensorOptions {
  const result = tensorOptionsSchema.safeParse(given);
  if (result.success) return result.data;
  throw new TensorJobInvalidError(
    result.error.issues.map(({ path, message }) => ({
      path: ['options', ...path].join('.'),
      message,
    })),
  );
}
