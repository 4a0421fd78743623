/** What the host and the GPU process say to each other. */
import type { TensorGpuSettings } from '../../../config/tensor.ts';
import type { TensorJob } from '../../../config/tensor-job.ts';
import type { WorkerAnswer } from '../answer.ts';

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
  /** `cpu`: several times, to tell the best time that the GPU has to beat. */
  readonly on: 'gpu' | 'cpu';
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
    };
