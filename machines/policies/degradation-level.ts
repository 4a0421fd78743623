/**
 * Which level a score supports. Worse counts at once; better counts once the score stood two
 * margins above the better level's least score for a whole dwell time. Noise of one margin up and
 * down moves a score by two at most, and so can never undo what it has done.
 */
import type { DegradationSettings } from '../../config/degradation.ts';

/** From best to worst. */
export const degradationLevels = ['normal', 'level1', 'level2', 'level3', 'emergency'] as const;
export type DegradationLevel = (typeof degradationLevels)[number];

/** A stretch in which the score was good enough for a better level. */
export interface Climb {
  /** Its first score, logical ms. */
  readonly sinceMs: number;
  readonly lowestScore: number;
}

/** The least score of a level; that of emergency is 0. */
export const leastScoreOf = (settings: DegradationSettings, level: DegradationLevel): number =>
  level === 'emergency' ? 0 : settings[`${level}ScoreMin`];

/** From this score on a level may be climbed to. */
export const climbScoreOf = (settings: DegradationSettings, level: DegradationLevel): number =>
  leastScoreOf(settings, level) + 2 * settings.marginScore;

const rankOf = (level: DegradationLevel): number => degradationLevels.indexOf(level);

export const isWorse = (a: DegradationLevel, b: DegradationLevel): boolean => rankOf(a) > rankOf(b);

/** The level whose half-open interval holds the score. */
export const levelOf = (settings: DegradationSettings, score: number): DegradationLevel =>
  degradationLevels.find((level) => score >= leastScoreOf(settings, level)) ?? 'emergency';

/** The best level that a score may climb to from `level`: straight, with nothing in between. */
export function climbTarget(
  settings: DegradationSettings,
  level: DegradationLevel,
  score: number,
): DegradationLevel {
  const better = degradationLevels.slice(0, rankOf(level));
  return better.find((candidate) => score >= climbScoreOf(settings, candidate)) ?? level;
}

/** The stretch with one more score; null when it ends, or does not begin. */
export function climbAfter(
  settings: DegradationSettings,
  level: DegradationLevel,
  climb: Climb | null,
  score: number,
  at: number,
): Climb | null {
  if (climbTarget(settings, level, score) === level) return null;
  if (!climb) return { sinceMs: at, lowestScore: score };
  return { sinceMs: climb.sinceMs, lowestScore: Math.min(climb.lowestScore, score) };
}

/** The level to be on now. */
export function dueLevel(
  settings: DegradationSettings,
  level: DegradationLevel,
  {
    score,
    climb,
    at,
  }: { readonly score: number; readonly climb: Climb | null; readonly at: number },
): DegradationLevel {
  const supported = levelOf(settings, score);
  if (isWorse(supported, level)) return supported;
  if (!climb || at - climb.sinceMs < settings.dwellMs) return level;
  return climbTarget(settings, level, climb.lowestScore);
}
