/** Why a tensor job gave no result. */
import type { TensorEndCode } from '../machines/tensor-job.ts';
import { KintsugiError } from './errors.ts';

/** A job that can have no right result, every problem named. It has reached no worker. */
export class TensorJobInvalidError extends KintsugiError {
  readonly code = 'TENSOR_JOB_INVALID';
  readonly retryable = false;
  readonly issues: readonly { readonly path: string; readonly message: string }[];

  constructor(issues: TensorJobInvalidError['issues']) {
    const text = issues.map(({ path, message }) => `${path || 'job'}: ${message}`).join('; ');
    super(`Tensor job is invalid: ${text}`);
    this.issues = issues;
  }
}

const passing: ReadonlySet<string> = new Set([
  ...['LOST', 'INTERRUPTED', 'QUEUE_FULL', 'DROPPED', 'DEADLINE', 'TIME_LIMIT', 'NO_BACKEND'],
]);

/** A job that ended without a result: `reason` says by whom or what. */
export class TensorJobFailedError extends KintsugiError {
  readonly code = 'TENSOR_JOB_FAILED';
  /** False when the same job would fail again, or when its caller gave it up. */
  readonly retryable: boolean;
  readonly reason: TensorEndCode;
  /** As in `job-17`. */
  readonly job: string;

  constructor(job: string, reason: TensorEndCode, why: string) {
    super(`Tensor job '${job}' gave no result (${reason}): ${why}.`);
    this.job = job;
    this.reason = reason;
    this.retryable = passing.has(reason);
  }
}
