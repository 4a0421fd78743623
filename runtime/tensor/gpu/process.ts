/**
 * The host's side of the GPU process. It is a process and no thread, because ending a thread that
 * is inside a native addon ends everything.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { TensorGpuSettings } from '../../../config/tensor.ts';
import type { TensorJob } from '../../../config/tensor-job.ts';
import type { Computed } from '../answer.ts';
import { TensorAttemptError } from '../attempt-error.ts';
import type { HeldJob } from '../operands.ts';
import { siblingFile, type WorkerRunOptions } from '../worker-pool.ts';
import { breakEvenOf } from './break-even.ts';
import type { GpuReply, GpuRequest, GpuSelfTest, GpuStart } from './protocol.ts';

export type GpuReport = GpuSelfTest & { readonly breakEvenFlopsCount: number | null };

type Answer = Extract<GpuReply, { readonly type: 'answer' }>;

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class GpuProcess {
  /** Resolves when it has proven that it computes, or that it cannot. */
  readonly started: Promise<GpuReport | { readonly why: string }>;
  /** Resolves with the reason when it is gone. */
  readonly ended: Promise<string>;
  /** Who made the GPU; null before the start. */
  vendor: string | null = null;
  /** Alive on the GPU after the last job. */
  bytes = 0;
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private endedBecause: string | undefined;

  constructor(settings: TensorGpuSettings, file: URL = siblingFile('./gpu/child')) {
    const start: GpuStart = { settings };
    this.child = fork(file, [JSON.stringify(start)], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // The host may end without it.
    this.child.unref();
    this.child.channel?.unref();
    this.ended = new Promise((resolve) => {
      const end = (why: string) => {
        this.endedBecause ??= why;
        this.failAll(this.endedBecause);
        resolve(this.endedBecause);
      };
      this.child.once('exit', (code, signal) => end(`its process ended with ${signal ?? code}`));
      this.child.once('error', (error) => end(`its process failed: ${error.message}`));
    });
    this.started = this.start(settings);
  }

  private async start(settings: TensorGpuSettings): Promise<GpuReport | { readonly why: string }> {
    const { startTimeoutMs, breakEven, acceptSoftware } = settings;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<{ readonly why: string }>((resolve) => {
      timer = setTimeout(
        () => resolve({ why: `it did not start in ${startTimeoutMs} ms` }),
        startTimeoutMs,
      );
    });
    const gone = this.ended.then((why) => ({ why }));
    try {
      const first = await Promise.race([this.firstReply(), late, gone]);
      if ('why' in first) return first;
      this.vendor = [first.vendor, first.architecture].filter(Boolean).join(' ');
      const measure = (job: TensorJob, on: 'gpu' | 'cpu') => this.measured(job, on);
      // What nobody may use need not be measured.
      const isUsed = first.kind === 'hardware' || acceptSoftware;
      const isMeasured = breakEven === 'measured' && isUsed;
      const breakEvenFlopsCount = isMeasured ? await breakEvenOf(measure) : null;
      return { ...first, vendor: this.vendor, breakEvenFlopsCount };
    } catch (error) {
      return { why: (error as Error).message };
    } finally {
      clearTimeout(timer);
    }
  }

  private firstReply(): Promise<GpuSelfTest | { readonly why: string }> {
    return new Promise((resolve) => {
      this.child.on('message', (message) => {
        const reply = message as GpuReply;
        if (reply.type === 'ready') resolve(reply.report);
        else if (reply.type === 'unusable') resolve({ why: reply.why });
        else this.waiting.get(reply.id)?.resolve(reply);
      });
    });
  }

  /** Rejects with a `TensorAttemptError`, or with the signal's reason. Two jobs run in turn. */
  async run({ job }: HeldJob, options: WorkerRunOptions): Promise<Computed> {
    const { signal, limitMs, inlineBytesMax, onStart } = options;
    signal.throwIfAborted();
    if (job.op === 'kernel') throw new TensorAttemptError('UNAVAILABLE', 'it is for workers');
    onStart?.();
    // It cannot be told to stop: whoever does not answer in time is ended.
    const timer = setTimeout(() => this.kill(`it computed for more than ${limitMs} ms`), limitMs);
    try {
      const { answer, bytes } = await this.ask({ job, inlineBytesMax, on: 'gpu' }, signal);
      this.bytes = bytes;
      if (answer.ok) return answer.result;
      throw new TensorAttemptError('FAILED', answer.message);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Real time of one job: on the GPU with the way there and back, or of the CPU alone. */
  private async measured(job: TensorJob, on: 'gpu' | 'cpu'): Promise<number> {
    const startedMs = performance.now();
    const { answer } = await this.ask({ job, inlineBytesMax: Number.MAX_SAFE_INTEGER, on });
    if (!answer.ok) throw new TensorAttemptError('FAILED', answer.message);
    return on === 'gpu' ? performance.now() - startedMs : answer.result.ranMs;
  }

  private ask(request: Omit<GpuRequest, 'id'>, signal?: AbortSignal): Promise<Answer> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise<Answer>((resolve, reject) => {
      if (this.endedBecause !== undefined) {
        reject(new TensorAttemptError('LOST', this.endedBecause));
        return;
      }
      const giveUp = () => reject(signal?.reason);
      signal?.addEventListener('abort', giveUp, { once: true });
      const end = () => {
        this.waiting.delete(id);
        signal?.removeEventListener('abort', giveUp);
      };
      this.waiting.set(id, {
        resolve: (answer) => {
          end();
          resolve(answer);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      });
      this.child.send({ ...request, id } satisfies GpuRequest, (error) => {
        if (error)
          this.waiting.get(id)?.reject(new TensorAttemptError('LOST', 'its process is gone'));
      });
    });
  }

  private failAll(why: string): void {
    for (const { reject } of [...this.waiting.values()]) {
      reject(new TensorAttemptError('LOST', why));
    }
  }

  /** Ends it at once. Whatever it computes is lost. */
  kill(why = 'it was ended'): void {
    this.endedBecause ??= why;
    this.child.kill('SIGKILL');
  }
}
