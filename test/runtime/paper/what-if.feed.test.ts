/** What a lower drawdown limit would have saved in a recorded market, beside a run that had it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';
import { type SettingsInput, settingsSchema } from '../../../config/settings.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import { runPaper } from '../../../runtime/paper/host.ts';
import { paperModel } from '../../../runtime/paper/what-if-model.ts';
import { whatIf } from '../../../runtime/what-if/what-if.ts';
import { needsRecordedData, recordedData } from '../../support/needs.ts';

const onRecordedBars = needsRecordedData();
const folder = mkdtempSync(join(tmpdir(), 'kintsugi-what-if-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Six days with a fall of the market: the default limit of 4 % trips on the fifth. */
function sixDays(): string {
  const file = join(folder, 'bars.csv');
  const whole = readFileSync(join(recordedData!, 'market', 'btc-perp-1m-2022-01.csv'), 'utf8');
  writeFileSync(file, whole.split('\n').slice(0, 8_641).join('\n'));
  return file;
}

const faultless = { paper: { broker: { faults: { enabled: false } } } };
const limited = (limit: number): SettingsInput => ({
  ...faultless,
  signals: { drawdown: { kind: 'drawdown', limit } },
});

describe('what-if on a recorded market', () => {
  onRecordedBars(
    'says when a lower limit halts, and what that saves',
    async () => {
      const feed = sixDays();
      const run = (settings: SettingsInput, journal?: string) =>
        runPaper({
          settings: settingsSchema.parse(settings),
          ...{ feed, seed: 7, speed: 'max', ...(journal && { journal }) },
        });
      const dir = join(folder, 'journal');
      const recorded = await run(limited(0.04), dir);
      const real = await run(limited(0.02));
      const { measures, first, notEvaluable } = await whatIf(dir, {
        settings: { signals: limited(0.02).signals },
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
