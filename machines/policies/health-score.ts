/** The score of a system from the states of its components: 0 (worst) to 100 (best). */

export type ComponentState = 'passing' | 'failing' | 'down';

/** A component as its probe last said. */
export interface Component {
  readonly state: ComponentState;
  readonly weight: number;
  readonly critical: boolean;
  /** Failures in a row, and how many make it down. */
  readonly failureCount: number;
  readonly failureCountMax: number;
}

/** How much of a component is left: each failure in a row takes its share. */
export function shareOf({ state, failureCount, failureCountMax }: Component): number {
  if (state === 'down') return 0;
  return state === 'passing' ? 1 : Math.max(0, 1 - failureCount / failureCountMax);
}

/** Weighted mean; at most `criticalScoreMax` while a critical component is down; 100 of none. */
export function scoreOf(components: readonly Component[], criticalScoreMax: number): number {
  const weights = components.reduce((sum, { weight }) => sum + weight, 0);
  if (weights === 0) return 100;
  const sum = components.reduce((total, one) => total + one.weight * shareOf(one), 0);
  // Hundredths: the order in which weights are added must not show.
  const score = Math.round((sum / weights) * 10_000) / 100;
  const isCritical = components.some(({ state, critical }) => critical && state === 'down');
  return isCritical ? Math.min(score, criticalScoreMax) : score;
}
