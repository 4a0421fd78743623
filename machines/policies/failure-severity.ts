/** How bad a measure is that is beyond its limit. */

/** A measure is a failure from `limit` on, and as bad as can be at `worst`. */
export interface SeverityScale {
  readonly limit: number;
  /** Above `limit` where more is worse, below it where less is. */
  readonly worst: number;
}

/** From 0 at the limit, and on the good side of it, to 1 at the worst and beyond: thousandths. */
export function severityOf(value: number, { limit, worst }: SeverityScale): number {
  const share = (value - limit) / (worst - limit);
  return Math.round(Math.min(1, Math.max(0, share)) * 1_000) / 1_000;
}
