/** How much of its time a component was not down. */

export interface Lifetime {
  /** Logical ms. */
  readonly startedAtMs: number;
  /** Down before the stretch that is running, and its start; null while it is up. */
  readonly downMs: number;
  readonly downSinceMs: number | null;
}

/** Time not spent down since the start, ms. */
export function uptimeOf({ startedAtMs, downMs, downSinceMs }: Lifetime, at: number): number {
  const runningMs = downSinceMs === null ? 0 : at - downSinceMs;
  return Math.max(0, at - startedAtMs - downMs - runningMs);
}

/** Its share of the whole time, 0 to 1; 1 before any time has passed. */
export function availabilityOf(lifetime: Lifetime, at: number): number {
  const wholeMs = at - lifetime.startedAtMs;
  return wholeMs <= 0 ? 1 : uptimeOf(lifetime, at) / wholeMs;
}
