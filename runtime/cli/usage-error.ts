/** A command that was given something it cannot use. */
import { KintsugiError } from '../../actors/errors.ts';

export class UsageError extends KintsugiError {
  readonly code = 'USAGE';
  readonly retryable = false;
}
