/**
 * Did it help? Performance under a patch against performance before it, as one number.
 *
 * Each part is a share from -1 (much worse) to 1 (much better): a difference over the larger of
 * both amounts. The composite score is their weighted mean; a part without evidence has no weight.
 */
import type { ScoreSettings } from '../../config/secr.ts';

/** One word of the host on how it does. */
export interface PerformanceSample {
  /** Money made since the last sample. */
  readonly profitDelta: number;
  readonly latencyMs: number;
  /** Share of calls or orders that failed. */
  readonly errorRatio: number;
  /** From 0 (worst) to 100. */
  readonly stabilityScore: number;
}

/** Sums over samples. */
export interface PerformanceTotals extends PerformanceSample {
  readonly count: number;
}

export const noTotals: PerformanceTotals = {
  ...{ count: 0, profitDelta: 0, latencyMs: 0, errorRatio: 0, stabilityScore: 0 },
};

export const totalsAfter = (
  totals: PerformanceTotals,
  sample: PerformanceSample,
): PerformanceTotals => ({
  count: totals.count + 1,
  profitDelta: totals.profitDelta + sample.profitDelta,
  latencyMs: totals.latencyMs + sample.latencyMs,
  errorRatio: totals.errorRatio + sample.errorRatio,
  stabilityScore: totals.stabilityScore + sample.stabilityScore,
});

/** What is compared. */
export interface OutcomeEvidence {
  readonly before: PerformanceTotals;
  readonly after: PerformanceTotals;
  /** Severities of the failure that this stretch would have seen as before, and has seen. */
  readonly expectedSeverity: number;
  readonly seenSeverity: number;
}

/** Parts by name, null where nothing is known; and their weighted mean, null when all are. */
export interface OutcomeScore {
  readonly score: number | null;
  readonly profit: number | null;
  readonly latency: number | null;
  readonly errors: number | null;
  readonly stability: number | null;
  readonly recurrence: number | null;
}

const bounded = (value: number): number => Math.max(-1, Math.min(1, value));

/** From `before` to `after`, where more is better, over the larger amount or `floor`. */
const gain = (before: number, after: number, floor: number): number =>
  bounded((after - before) / Math.max(Math.abs(before), Math.abs(after), floor));

const mean = (totals: PerformanceTotals, part: keyof PerformanceSample): number =>
  totals[part] / totals.count;

/** Below these amounts differences are noise: of money, milliseconds and shares. */
const floors = { profit: 1e-9, latencyMs: 1, errorRatio: 0.01 };

/** Fewer expected severities than this are no evidence for a failure that stayed away. */
const expectedSeverityMin = 0.5;

function weighted(parts: readonly (readonly [number | null, number])[]): number | null {
  const known = parts.filter(([part, weight]) => part !== null && weight > 0);
  const total = known.reduce((sum, [, weight]) => sum + weight, 0);
  if (total === 0) return null;
  return known.reduce((sum, [part, weight]) => sum + part! * weight, 0) / total;
}

export function outcomeScore(evidence: OutcomeEvidence, settings: ScoreSettings): OutcomeScore {
  const { before, after, expectedSeverity, seenSeverity } = evidence;
  const isMeasured = Math.min(before.count, after.count) >= settings.sampleCountMin;
  const part = (value: () => number): number | null => (isMeasured ? value() : null);
  const pair = (name: keyof PerformanceSample) => [mean(before, name), mean(after, name)] as const;
  const profit = part(() => gain(...pair('profitDelta'), floors.profit));
  const latency = part(() => -gain(...pair('latencyMs'), floors.latencyMs));
  const errors = part(() => -gain(...pair('errorRatio'), floors.errorRatio));
  const stability = part(() =>
    bounded((pair('stabilityScore')[1] - pair('stabilityScore')[0]) / 100),
  );
  const isDue = Math.max(expectedSeverity, seenSeverity) >= expectedSeverityMin;
  const recurrence = isDue ? -gain(expectedSeverity, seenSeverity, expectedSeverityMin) : null;
  const score = weighted([
    [profit, settings.profitWeight],
    [latency, settings.latencyWeight],
    [errors, settings.errorWeight],
    [stability, settings.stabilityWeight],
    [recurrence, settings.recurrenceWeight],
  ]);
  return { score, profit, latency, errors, stability, recurrence };
}

/** Whether a patch is kept at the end of its window: only what has been seen to help is. */
export const isKept = ({ score }: OutcomeScore, settings: ScoreSettings): boolean =>
  score !== null && score >= settings.keepScoreMin;

/**
 * The score before the end of the window. A failure that has not come again yet says nothing: here
 * recurrence counts only against a patch.
 *
 * @param evidence with the severity that the whole window would have seen.
 */
export function earlyScore(evidence: OutcomeEvidence, settings: ScoreSettings): OutcomeScore {
  const isOften = evidence.seenSeverity > evidence.expectedSeverity;
  const counted = isOften ? evidence : { ...evidence, expectedSeverity: 0, seenSeverity: 0 };
  return outcomeScore(counted, settings);
}

/** Whether a patch is so bad that its window is not waited for. */
export function isHarmful(evidence: OutcomeEvidence, settings: ScoreSettings): boolean {
  const { score } = earlyScore(evidence, settings);
  return score !== null && score <= settings.abortScoreMax;
}
