import { describe, expect, it } from 'vitest';
import { paperAnalysisSettingsSchema } from '../../config/paper-analysis.ts';
import { settingsSchema } from '../../config/settings.ts';

const issuesOf = (input: object) =>
  paperAnalysisSettingsSchema.safeParse(input).error?.issues.map(({ path }) => path.join('.'));

describe('settings of the analysis', () => {
  it('have more rows than columns by default, and are part of the host', () => {
    const { analysis, health } = settingsSchema.parse({}).paper;
    expect(analysis).toEqual(paperAnalysisSettingsSchema.parse({}));
    expect(analysis.windowBarCount).toBeGreaterThan(analysis.columnCount);
    expect(health.marketEntropy).toEqual({ weight: 0.1, failureCountMax: 3 });
  });

  it('refuse a matrix that cannot have full rank, and one column', () => {
    expect(issuesOf({ windowBarCount: 8, columnCount: 8 })).toEqual(['windowBarCount']);
    expect(issuesOf({ windowBarCount: 9, columnCount: 8 })).toBeUndefined();
    expect(issuesOf({ columnCount: 1 })).toEqual(['columnCount']);
    expect(issuesOf({ everyBarCount: 0 })).toBeUndefined();
  });
});
