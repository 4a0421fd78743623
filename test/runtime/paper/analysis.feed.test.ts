/** The strategy matrix over a recorded market: the same bits at any speed, and on its replay. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { settingsSchema } from '../../../config/settings.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import type { Fact } from '../../../runtime/options.ts';
import { runPaper } from '../../../runtime/paper/host.ts';
import type { RunReport } from '../../../runtime/paper/report.ts';
import { replayJournal } from '../../../runtime/replay/replay.ts';
import { readingOf, returnRows } from '../../support/market-reading.ts';
import { needsRecordedData, recordedData } from '../../support/needs.ts';

const onRecordedBars = needsRecordedData();
const barCount = process.env['KINTSUGI_RUNS'] === 'full' ? 20_000 : 1_500;
const settings = settingsSchema.parse({});
const { analysis } = settings.paper;

let folder = '';
let feed = '';
const prices: number[] = [];
const readings: { readonly fact: Fact; readonly barCount: number }[] = [];
let first: RunReport;

async function run(options: { readonly journal?: string; readonly speed: number | 'max' }) {
  let taken = 0;
  const facts: typeof readings = [];
  const report = await runPaper({
    ...{ settings, feed, seed: 7, ...options },
    onStart: (runtime) =>
      runtime.on('market.analysed', (fact) => facts.push({ fact, barCount: taken })),
    onBar: ({ bars }) => {
      taken = bars;
    },
  });
  return { report, facts };
}

beforeAll(async () => {
  if (recordedData === undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'kintsugi-matrix-'));
  feed = join(folder, 'bars.csv');
  const month = join(recordedData, 'market', 'btc-perp-1m-2022-01.csv');
  const lines = readFileSync(month, 'utf8')
    .split('\n')
    .slice(0, barCount + 1);
  writeFileSync(feed, `${lines.join('\n')}\n`);
  const close = lines[0]!.trim().split(',').indexOf('close');
  prices.push(...lines.slice(1).map((line) => Number(line.split(',')[close])));
  const { report, facts } = await run({ journal: join(folder, 'journal'), speed: 'max' });
  first = report;
  readings.push(...facts);
}, 240_000);

afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

describe('the strategy matrix on a recorded market', () => {
  onRecordedBars('is read once in so many bars, and each reading agrees with definitions', () => {
    const { everyBarCount } = analysis;
    expect(first.analysis).toMatchObject({ failed: 0, late: 0, skipped: 0 });
    expect(readings).toHaveLength(first.analysis.done);
    const firstAt = Math.ceil(280 / everyBarCount) * everyBarCount;
    const expectedCount = Math.floor((first.bars - firstAt) / everyBarCount) + 1;
    expect(readings).toHaveLength(expectedCount);
    for (const [index, { fact }] of readings.entries()) {
      const upTo = prices.slice(0, firstAt + index * everyBarCount);
      const expected = readingOf(returnRows(upTo, analysis));
      expect(fact.entropy).toBeCloseTo(expected.entropy, 9);
      expect(fact.leadingShare).toBeCloseTo(expected.leadingShare, 9);
    }
  });

  onRecordedBars('gives the same digest again, and paced', { timeout: 240_000 }, async () => {
    const again = await run({ speed: 'max' });
    const paced = await run({ speed: 60_000_000 });
    expect(again.report).toEqual(first);
    expect(paced.report).toEqual(first);
    expect(paced.facts.map(({ fact }) => fact)).toEqual(readings.map(({ fact }) => fact));
  });

  onRecordedBars('is replayed without a job', { timeout: 240_000 }, async () => {
    // The ports of this tree refuse whatever they are asked.
    const replay = await replayJournal(join(folder, 'journal'), { tree: treeOfJournal });
    expect(replay).toMatchObject({ digest: first.digest, divergence: undefined });
  });
});
