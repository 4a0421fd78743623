/** The window that judges a run of failures in a row. */

/** What a window looked at when it tripped a breaker: enough to explain the decision later. */
export interface ConsecutiveEvidence {
  readonly kind: 'consecutive';
  /** Failures since the last success. */
  readonly failureCount: number;
  /** The limit that was reached. */
  readonly failureCountMax: number;
}

/** True when a run of `failureCount` failures is too long. */
export function isRunTooLong(
  window: { readonly failureCountMax: number },
  failureCount: number,
): boolean {
  return failureCount >= window.failureCountMax;
}
