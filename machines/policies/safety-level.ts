/** How safe a system is by the health of its components: worse at once, better after a dwell. */
import type { SafetySettings } from '../../config/safety.ts';

export type SafetyLevel = 'healthy' | 'degraded' | 'critical' | 'emergency';

export type ComponentHealth = {
  readonly id: string;
  readonly state: 'passing' | 'failing' | 'down';
  readonly weight: number;
  readonly critical: boolean;
};

export type Health = {
  /** 0 (worst) to 100. */
  readonly score: number;
  readonly components: readonly ComponentHealth[];
};

/** Levels from best to worst. */
export const safetyLevels: readonly SafetyLevel[] = [
  'healthy',
  'degraded',
  'critical',
  'emergency',
];

export const rankOf = (level: SafetyLevel): number => safetyLevels.indexOf(level);

export const worseOf = (one: SafetyLevel, other: SafetyLevel): SafetyLevel =>
  rankOf(one) >= rankOf(other) ? one : other;

type Thresholds = Pick<
  SafetySettings,
  'degradedScore' | 'criticalScore' | 'emergencyScore' | 'emergencyDownCount'
>;

/** A score that is no number is no evidence of health: critical, and never an emergency alone. */
function levelOfScore(score: number, settings: Thresholds): SafetyLevel {
  if (Number.isNaN(score)) return 'critical';
  if (score < settings.emergencyScore) return 'emergency';
  if (score < settings.criticalScore) return 'critical';
  return score < settings.degradedScore ? 'degraded' : 'healthy';
}

function levelOfComponents(components: Health['components'], settings: Thresholds): SafetyLevel {
  const downCount = components.filter((one) => one.critical && one.state === 'down').length;
  if (downCount >= settings.emergencyDownCount) return 'emergency';
  if (downCount > 0) return 'critical';
  return components.some(({ state }) => state !== 'passing') ? 'degraded' : 'healthy';
}

/** The level by this evidence alone: the worse of what the score and the components say. */
export const safetyLevelOf = ({ score, components }: Health, settings: Thresholds): SafetyLevel =>
  worseOf(levelOfScore(score, settings), levelOfComponents(components, settings));

/** A stretch in which the evidence was better than the state: its begin, and the worst in it. */
export type Calm = { readonly sinceMs: number; readonly level: SafetyLevel } | null;

/**
 * The level after new evidence. What is worse holds at once; what is better holds when all evidence
 * of the last `dwellMs` was better, and then the worst of it.
 */
export function nextLevel(
  now: { readonly level: SafetyLevel; readonly calm: Calm },
  judged: SafetyLevel,
  at: number,
  dwellMs: number,
): { readonly level: SafetyLevel; readonly calm: Calm } {
  if (rankOf(judged) >= rankOf(now.level)) return { level: judged, calm: null };
  const calm = {
    sinceMs: now.calm?.sinceMs ?? at,
    level: worseOf(judged, now.calm?.level ?? judged),
  };
  return at - calm.sinceMs >= dwellMs
    ? { level: calm.level, calm: null }
    : { level: now.level, calm };
}
