/** Why one attempt at a tensor job gave nothing. */
import { KintsugiError } from '../../actors/errors.ts';
import type { TensorFailureCode } from '../../machines/policies/tensor-ticket.ts';

/** Part of the journal: its message holds nothing that differs between two runs. */
export class TensorAttemptError extends KintsugiError {
  readonly code: TensorFailureCode;
  readonly retryable = false;
  /** When its outcome enters, logical ms. */
  at: number | undefined;

  constructor(code: TensorFailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function attemptErrorOf(error: unknown): TensorAttemptError {
  if (error instanceof TensorAttemptError) return error;
  return new TensorAttemptError('FAILED', error instanceof Error ? error.message : String(error));
}
