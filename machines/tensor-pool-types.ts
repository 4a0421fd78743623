/** What the pool of tensor jobs is given, remembers, hears and says. */
import type { Settings } from '../config/settings.ts';
import type { TensorPoolView } from './policies/tensor-dispatch.ts';
import type { TensorGpuView } from './policies/tensor-placement.ts';
import type { TensorPoolSettings } from './policies/tensor-shares.ts';
import type { TensorFailure, TensorOutcome, TensorTicket } from './policies/tensor-ticket.ts';

/** Where the others are, as paths: a slot's is `slots/ID`, a job's `jobs/ID`. */
export interface TensorPaths {
  readonly pool: string;
  readonly gpu: string;
  readonly slots: string;
  readonly jobs: string;
  /** Told of what people should know; empty: nobody. */
  readonly alerts: readonly string[];
}

export interface TensorPoolInput {
  readonly settings: TensorPoolSettings;
  readonly paths: TensorPaths;
  /** Asked whether they are there: a pool that starts anew has forgotten them. */
  readonly slotIds: readonly string[];
  /** Logical ms. */
  readonly at: number;
}

/** Jobs since the start, by what became of them; losses of workers and of the GPU process. */
export interface TensorCounts {
  readonly asked: number;
  readonly done: number;
  readonly failed: number;
  readonly withdrawn: number;
  readonly refused: number;
  readonly dropped: number;
  readonly repeated: number;
  /** Done on the CPU although a GPU was asked for. */
  readonly fellBack: number;
  readonly workersLost: number;
  readonly gpusLost: number;
}

export interface TensorPoolContext extends TensorPoolView {
  readonly paths: TensorPaths;
  /** Bytes of all jobs that wait or run. */
  readonly bytes: number;
  readonly counts: TensorCounts;
  /** Losses of the GPU process since it last did a job. */
  readonly gpuLossStreak: number;
  readonly atMs: number;
}

/** What a GPU tells of itself. */
export type TensorGpuNews =
  | Exclude<TensorGpuView, { readonly state: 'ready' }>
  | Omit<Extract<TensorGpuView, { readonly state: 'ready' }>, 'job'>;

/** `at` is logical time in ms. */
export type TensorPoolEvent =
  | { readonly type: 'JOB_ASKED'; readonly at: number; readonly ticket: TensorTicket }
  /** Cancelled, or past its deadline. */
  | { readonly type: 'JOB_WITHDRAWN'; readonly at: number; readonly id: string }
  | {
      readonly type: 'ATTEMPT_ENDED';
      readonly at: number;
      readonly id: string;
      readonly slot: string | null;
      readonly outcome: TensorOutcome;
    }
  /** A worker's slot has started: whatever ran there before does not any more. */
  | { readonly type: 'SLOT_READY'; readonly at: number; readonly slot: string }
  | {
      readonly type: 'SLOT_LOST';
      readonly at: number;
      readonly slot: string;
      readonly outcome: TensorFailure;
    }
  /** Whatever was computed there is not any more; `outcome` says why, if it is known. */
  | {
      readonly type: 'GPU_CHANGED';
      readonly at: number;
      readonly news: TensorGpuNews;
      readonly outcome?: TensorFailure;
    }
  /** An operator wants a GPU that was given up to be tried again. */
  | { readonly type: 'RETRY_GPU'; readonly at: number; readonly by: string; readonly why: string }
  | {
      readonly type: 'SETTINGS_CHANGED';
      readonly at: number;
      readonly settings: Pick<Settings, 'tensor' | 'allocation'>;
    };

/** What the pool tells a job. */
export type TensorJobNews =
  | { readonly type: 'JOB_BLOCKED'; readonly at: number }
  | { readonly type: 'JOB_QUEUED'; readonly at: number }
  | {
      readonly type: 'JOB_STARTED';
      readonly at: number;
      readonly device: 'cpu' | 'gpu';
      readonly slot: string | null;
      readonly attempt: number;
      readonly fallbackReason: string | null;
    }
  | {
      readonly type: 'JOB_REFUSED';
      readonly at: number;
      readonly reason: 'queueFull' | 'overBudget' | 'dropped' | 'noBackend';
      readonly why: string;
    }
  | { readonly type: 'JOB_ENDED'; readonly at: number; readonly outcome: TensorOutcome };

/** What the pool tells who computes. */
export type TensorOrder =
  | {
      readonly type: 'COMPUTE';
      readonly at: number;
      readonly job: string;
      readonly attempt: number;
      readonly dueMs: number;
    }
  | { readonly type: 'ABANDON'; readonly at: number; readonly job: string }
  /** A new pool knows nothing: whatever is computed is not wanted, and the state is to be told. */
  | { readonly type: 'STATE_ASKED'; readonly at: number };

export type TensorPoolEmitted =
  | {
      readonly type: 'tensorPool.saturated' | 'tensorPool.relieved';
      readonly at: number;
      readonly runningCount: number;
      readonly waitingCount: number;
      readonly bytes: number;
    }
  | {
      readonly type: 'tensorPool.repeated';
      readonly at: number;
      readonly id: string;
      readonly device: 'cpu' | 'gpu';
      readonly attempt: number;
      readonly why: string;
    }
  | {
      readonly type: 'tensorPool.workerLost';
      readonly at: number;
      readonly slot: string;
      readonly why: string;
    }
  | { readonly type: 'tensorPool.gpuChanged'; readonly at: number; readonly gpu: TensorGpuView };
