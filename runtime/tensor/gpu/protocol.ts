/** What the host and the GPU process say to each other. */
import type { TensorGpuSettings } from '../../../config/tensor.ts';
import type { TensorJob } from '../../../config/tensor-job.ts';
import type { WorkerAnswer } from '../worker.ts';

/** Given at the start, as JSON. */
export interface GpuStart {
  readonly settings: TensorGpuSettings;
}

/** What an adapter says of itself, and how well it computed a known answer. */
export interface GpuSelfTest {
  readonly kind: 'hardware' | 'software';
  readonly vendor: string;
  readonly architecture: string;
  readonly selfTestError: number;
}

export interface GpuRequest {
  readonly id: number;
  readonly job: TensorJob;
  readonly inlineBytesMax: number;
  /** Computes it on the CPU as well, to compare the times. */
  readonly isMeasured: boolean;
}

export type GpuReply =
  | { readonly type: 'ready'; readonly report: GpuSelfTest }
  | { readonly type: 'unusable'; readonly why: string }
  | {
      readonly type: 'answer';
      readonly id: number;
      readonly answer: WorkerAnswer;
      /** Bytes on the GPU after the job. */
      readonly bytes: number;
      /** Time of the same job on the CPU, real ms; 0 unless it was asked for. */
      readonly cpuMs: number;
    };
