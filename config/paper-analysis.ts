/** Settings of the strategy-matrix analysis: how alike the newest returns of the market are. */
import { z } from 'zod';
import { count, milliseconds } from './units.ts';

export const paperAnalysisSettingsSchema = z
  .strictObject({
    everyBarCount: count(0, 1_000_000)
      .default(240)
      .describe('An analysis is asked for once in so many bars of a run; 0: never.'),
    windowBarCount: count(2, 20_000)
      .default(240)
      .describe('Rows of the matrix: one for each of the newest bars.'),
    returnBarCount: count(1, 10_000)
      .default(5)
      .describe('Bars from the first to the second price of a rolling return.'),
    lagBarCount: count(1, 1_000)
      .default(5)
      .describe('Bars from one column to the next, which holds earlier returns.'),
    columnCount: count(2, 64)
      .default(8)
      .describe('Columns of the matrix, and so the order of its correlations.'),
    deadlineMs: milliseconds(1)
      .default(60_000)
      .describe('Logical time after which an analysis without a result is late and given up.'),
  })
  .refine(({ windowBarCount, columnCount }) => windowBarCount > columnCount, {
    path: ['windowBarCount'],
    message: 'must be above columnCount',
  });

/** Settings of the analysis, defaults filled in. */
export type PaperAnalysisSettings = z.output<typeof paperAnalysisSettingsSchema>;
