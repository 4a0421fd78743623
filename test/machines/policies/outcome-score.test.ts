import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secrSettingsSchema } from '../../../config/secr.ts';
import {
  earlyScore,
  isHarmful,
  isKept,
  noTotals,
  type OutcomeEvidence,
  outcomeScore,
  type PerformanceSample,
  totalsAfter,
} from '../../../machines/policies/outcome-score.ts';

const { score: settings } = secrSettingsSchema.parse({ score: { sampleCountMin: 2 } });
const usual = { profitDelta: 10, latencyMs: 100, errorRatio: 0.1, stabilityScore: 80 };
const totals = (sample: PerformanceSample, count = 2) =>
  Array.from({ length: count }, () => sample).reduce(totalsAfter, noTotals);
const evidence = (over: Partial<OutcomeEvidence> = {}): OutcomeEvidence => ({
  ...{ before: totals(usual), after: totals(usual), expectedSeverity: 0, seenSeverity: 0 },
  ...over,
});
const scored = (after: Partial<PerformanceSample>) =>
  outcomeScore(evidence({ after: totals({ ...usual, ...after }) }), settings);

describe('outcomeScore', () => {
  it('is 0 where nothing changed, and null where nothing is known', () => {
    expect(outcomeScore(evidence(), settings)).toEqual({
      ...{ score: 0, profit: 0, latency: -0, errors: -0, stability: 0, recurrence: null },
    });
    const { score } = outcomeScore(evidence({ after: totals(usual, 1) }), settings);
    expect(score).toBeNull();
    expect(isKept({ ...scored({}), score: null }, settings)).toBe(false);
  });

  it.each([
    [{ profitDelta: 20 }, 'profit', 0.5],
    [{ profitDelta: -10 }, 'profit', -1],
    [{ latencyMs: 50 }, 'latency', 0.5],
    [{ latencyMs: 200 }, 'latency', -0.5],
    [{ errorRatio: 0 }, 'errors', 1],
    [{ errorRatio: 0.2 }, 'errors', -0.5],
    [{ stabilityScore: 100 }, 'stability', 0.2],
  ] as const)('%j is %s %d, over the larger amount', (after, part, value) => {
    const score = scored(after);
    expect(score[part]).toBeCloseTo(value);
    expect(score.score).toBeCloseTo(value / 4);
  });

  it('weighs a failure that stayed away twice, and one that came more often against', () => {
    const of = (expectedSeverity: number, seenSeverity: number) =>
      outcomeScore(evidence({ expectedSeverity, seenSeverity }), settings);
    expect(of(2, 0)).toMatchObject({ recurrence: 1, score: 2 / 6 });
    expect(of(1, 2)).toMatchObject({ recurrence: -0.5, score: -1 / 6 });
    expect(of(0.4, 0.4)).toMatchObject({ recurrence: null, score: 0 });
  });

  it('is from -1 to 1 whatever is reported', () => {
    const sample = fc.record({
      profitDelta: fc.double({ noNaN: true, noDefaultInfinity: true }),
      latencyMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
      errorRatio: fc.double({ min: 0, max: 1, noNaN: true }),
      stabilityScore: fc.double({ min: 0, max: 100, noNaN: true }),
    });
    const severity = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(sample, sample, severity, severity, (a, b, expectedSeverity, seenSeverity) => {
        const [before, after] = [totals(a), totals(b)];
        const told = { before, after, expectedSeverity, seenSeverity };
        const { score } = outcomeScore(told, settings);
        // Sums of the largest numbers that there are may overflow; nothing is judged by those.
        if (!Number.isFinite(before.profitDelta) || !Number.isFinite(after.profitDelta)) return;
        expect(Math.abs(score!)).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  it('is judged by its bounds', () => {
    const with_ = (score: number) => ({ ...scored({}), score });
    expect([isKept(with_(0.02), settings), isKept(with_(0.0199), settings)]).toEqual([true, false]);
  });
});

describe('before the end of the window', () => {
  const worst = totals({ profitDelta: -10, latencyMs: 1_000, errorRatio: 1, stabilityScore: 0 });

  it('a failure that stayed away so far helps nobody', () => {
    const told = evidence({ after: worst, expectedSeverity: 5, seenSeverity: 0 });
    expect(outcomeScore(told, settings).recurrence).toBe(1);
    expect(earlyScore(told, settings).recurrence).toBeNull();
    expect(isHarmful(told, settings)).toBe(true);
  });

  it('one that came more often than in a whole window counts against it', () => {
    expect(isHarmful(evidence({ expectedSeverity: 1, seenSeverity: 9 }), settings)).toBe(false);
    const { settings: strict } = { settings: { ...settings, abortScoreMax: -0.29 } };
    expect(isHarmful(evidence({ expectedSeverity: 1, seenSeverity: 9 }), strict)).toBe(true);
    expect(isHarmful(evidence({ expectedSeverity: 9, seenSeverity: 1 }), strict)).toBe(false);
  });
});
