import { KintsugiError } from '../../actors/errors.ts';

/** A market feed that cannot be used at all. A bad line is none: it is counted and skipped. */
export class FeedError extends KintsugiError {
  readonly code = 'FEED_INVALID';
  readonly retryable = false;
}
