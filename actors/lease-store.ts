/** The port by which roles are granted for a time. */

/** A named role that at most one holder has, under an epoch that only grows. */
export interface Lease {
  readonly name: string;
  /** Whoever holds it, or held it last; no two lives of a process have the same. */
  readonly holder: string;
  /** Fencing token: each grant to another holder, or after an end, has a higher one. */
  readonly epoch: number;
  /** Length of the lease from each renewal, ms. */
  readonly ttlMs: number;
  /** Grows with each renewal, and says nothing else: whoever sees it grow knows of a life. */
  readonly renewalCount: number;
  /** `released` by its holder, `expired` for want of renewals; both are free to be acquired. */
  readonly status: 'held' | 'released' | 'expired';
}

export type LeaseOutcome =
  | { readonly kind: 'ok'; readonly lease: Lease }
  /** Somebody else has it. */
  | { readonly kind: 'held'; readonly lease: Lease }
  /** The lease of this epoch has ended, or the role has a newer epoch. */
  | { readonly kind: 'fenced'; readonly epoch: number }
  /** Nothing was done. */
  | { readonly kind: 'unavailable'; readonly cause: unknown }
  /** It may or may not have been done. */
  | { readonly kind: 'unknownOutcome'; readonly cause: unknown };

/**
 * Grants roles for a time. No method rejects but for a name that is not allowed. A holder may be
 * paused while its lease ends and know nothing of it: what protects is the epoch, which each effect
 * carries and its receiver checks.
 */
export interface LeaseStore {
  /**
   * Takes a role that nobody has. The present holder gets its own lease again, renewed.
   *
   * @param request.afterEpoch the epoch granted is higher than this, default 0.
   */
  acquire(request: {
    readonly name: string;
    readonly holder: string;
    readonly ttlMs: number;
    readonly afterEpoch?: number;
  }): Promise<LeaseOutcome>;
  /** Begins the time of the lease anew; `fenced` once it has ended. */
  renew(request: {
    readonly name: string;
    readonly holder: string;
    readonly epoch: number;
  }): Promise<LeaseOutcome>;
  /** Ends the lease, if it is still that one. The role keeps its epoch. */
  release(request: {
    readonly name: string;
    readonly holder: string;
    readonly epoch: number;
  }): Promise<LeaseOutcome>;
  /** The newest lease of a role; undefined while nobody ever had it, or nobody can tell. */
  get(name: string): Promise<Lease | undefined>;
}
