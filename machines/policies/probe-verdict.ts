/** When the probes of a half-open breaker have said enough. */

/** What the probes said when they opened a breaker again. */
export interface ProbeEvidence {
  readonly kind: 'probes';
  readonly successCount: number;
  readonly failureCount: number;
  readonly probeCount: number;
  readonly probeSuccessRatioMin: number;
}

export interface ProbeRule {
  readonly probeCount: number;
  /** Above 0, to 1. */
  readonly probeSuccessRatioMin: number;
}

/** Forgives the last bits of a product such as 0.07 * 100, which is above 7. */
const tolerance = 1e-9;

/** Successes without which the breaker cannot close. From 1 to `probeCount`. */
export function neededSuccessCount(rule: ProbeRule): number {
  return Math.ceil(rule.probeCount * rule.probeSuccessRatioMin - tolerance);
}

/** True when so many successes suffice, whatever the probes that are still out may bring. */
export function isPassCertain(rule: ProbeRule, successCount: number): boolean {
  return successCount >= neededSuccessCount(rule);
}

/** True when, after so many failures, the needed successes cannot be reached any more. */
export function isPassImpossible(rule: ProbeRule, failureCount: number): boolean {
  return failureCount > rule.probeCount - neededSuccessCount(rule);
}
