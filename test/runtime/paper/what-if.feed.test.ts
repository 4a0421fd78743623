/** What a lower drawdown limit would have saved in a recorded market, beside a run that had it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { type SettingsInput, settingsSchema } from '../../../config/settings.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import { runPaper } from '../../../runtime/paper/host.ts';
import { paperModel } from '../../../runtime/paper/what-if-model.ts';
import { whatIf } from '../../../runtime/what-if/what-if.ts';
import { needsRecordedData } from '../../support/needs.ts';
import { writeRecordedBars } from '../../support/recorded-bars.ts';

const onRecordedBars = needsRecordedData();
const folder = mkdtempSync(join(tmpdir(), 'kintsugi-what-if-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isFull = process.env['KINTSUGI_RUNS'] === 'full';
/** Six days with a fall of the market, whose fifth trips the default limit of 4 %; or its hours. */
const stretch = isFull ? { count: 8_640 } : { first: 5_000, count: 2_200 };
const [limit, lower] = isFull ? [0.04, 0.02] : [0.015, 0.0075];

const faultless = { paper: { broker: { faults: { enabled: false } } } };
const limited = (ratio: number): SettingsInput => ({
  ...faultless,
  signals: { drawdown: { kind: 'drawdown', limit: ratio } },
});

describe('what-if on a recorded market', () => {
  onRecordedBars(
    'says when a lower limit halts, and what that saves',
    async () => {
      const feed = join(folder, 'bars.csv');
      writeRecordedBars(feed, stretch);
      const run = (settings: SettingsInput, journal?: string) =>
        runPaper({
          settings: settingsSchema.parse(settings),
          ...{ feed, seed: 7, speed: 'max', ...(journal && { journal }) },
        });
      const dir = join(folder, 'journal');
      const recorded = await run(limited(limit), dir);
      const real = await run(limited(lower));
      const { measures, first, notEvaluable } = await whatIf(dir, {
        settings: { signals: limited(lower).signals },
        tree: treeOfJournal,
        model: paperModel,
      });
      expect(first).toMatchObject({ path: '/safeguards/signals/drawdown' });
      expect(measures['equity']!.recorded).toBeCloseTo(recorded.equity.end, 6);
      expect(measures['equity']!.whatIf).toBeCloseTo(real.equity.end, 6);
      expect(measures['drawdownRatioMax']!.whatIf).toBeCloseTo(real.drawdownRatioMax, 8);
      expect(measures['ordersFilled']!.whatIf).toBe(real.orders.filled);
      expect(measures['haltedMs']!.whatIf).toBeGreaterThan(measures['haltedMs']!.recorded);
      expect(real.equity.end).toBeGreaterThan(recorded.equity.end);
      expect(notEvaluable).toEqual([]);
    },
    120_000,
  );
});
