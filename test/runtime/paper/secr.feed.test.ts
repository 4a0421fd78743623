/** SECR in the paper host over a recorded market: quiet as usual, at work under a fault plan. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type SettingsInput, settingsSchema } from '../../../config/settings.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import type { Fact } from '../../../runtime/options.ts';
import { runPaper } from '../../../runtime/paper/host.ts';
import { replayJournal } from '../../../runtime/replay/replay.ts';
import { needsRecordedData, recordedData } from '../../support/needs.ts';

const onRecordedBars = needsRecordedData();
const barCount = process.env['KINTSUGI_RUNS'] === 'full' ? 20_000 : 600;

let folder = '';
let feed = '';

async function run(input: SettingsInput, options: { readonly journal?: string } = {}) {
  const facts: Fact[] = [];
  const report = await runPaper({
    ...{ settings: settingsSchema.parse(input), feed, seed: 7, speed: 'max', ...options },
    onStart: (runtime) => runtime.on('market.analysed', (fact) => facts.push(fact)),
  });
  return { report, entropies: facts.map(({ entropy }) => entropy as number) };
}

/** Swings that come at once and go on to the end. */
const collapsing: SettingsInput = {
  paper: {
    analysis: { everyBarCount: 60 },
    secr: { feedbackEveryMs: 900_000, rehearsalEntryCountMax: 0 },
    faultPlans: { icapCollapse: { enabled: true, everyMs: 14_400_000, durationMs: 9_600_000 } },
  },
};

beforeAll(() => {
  if (recordedData === undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'kintsugi-secr-feed-'));
  feed = join(folder, 'bars.csv');
  const month = join(recordedData, 'market', 'btc-perp-1m-2022-01.csv');
  const lines = readFileSync(month, 'utf8').split('\n');
  writeFileSync(feed, `${lines.slice(0, barCount + 1).join('\n')}\n`);
});

afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

describe('SECR on a recorded market', () => {
  onRecordedBars('changes nothing, and costs an entry an hour', { timeout: 240_000 }, async () => {
    const [off, on] = [await run({ paper: { secr: { enabled: false } } }), await run({})];
    expect(on.report).toMatchObject({ patches: 0, secr: { proposedCount: 0 } });
    expect(on.report.equity).toEqual(off.report.equity);
    expect(on.report.orders).toEqual(off.report.orders);
    const hours = barCount / 60;
    // One to start its actors, one for each failure and each hour.
    const more = on.report.entries - off.report.entries;
    expect(more).toBeLessThanOrEqual(hours + 1 + on.report.secr.failureCount);
    expect(more).toBeGreaterThan(hours - 2);
  });

  onRecordedBars('hears of a collapse that is there', { timeout: 240_000 }, async () => {
    const journal = join(folder, 'journal');
    const { report, entropies } = await run(collapsing, { journal });
    const calm = await run({ paper: { analysis: { everyBarCount: 60 } } });
    expect(Math.min(...calm.entropies)).toBeGreaterThan(0.85);
    expect(Math.min(...entropies)).toBeLessThan(0.8);
    expect(report.secr.failureCount).toBeGreaterThan(calm.report.secr.failureCount);
    const replay = await replayJournal(journal, { tree: treeOfJournal });
    expect(replay).toMatchObject({ digest: report.digest, divergence: undefined });
  });
});
