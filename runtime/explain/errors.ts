/** What somebody asked for and no journal has. */
import { KintsugiError } from '../../actors/errors.ts';

/** The journal has no such entry, or no such actor. */
export class NotInJournalError extends KintsugiError {
  readonly code = 'NOT_IN_JOURNAL';
  readonly retryable = false;
}
