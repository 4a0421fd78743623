/** The bars of the runs: a recorded month where it is, else the synthetic market. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsSchema } from '../../config/settings.ts';
import { syntheticMarket } from '../../runtime/paper/market.ts';
import { seededRandom } from '../../runtime/random.ts';

export interface FeedLines {
  readonly source: string;
  readonly header: string;
  readonly bars: readonly string[];
}

/** Read here and not from the tests' `needs.ts`: the script runs without Vitest. */
const folder = process.env['KINTSUGI_DATA'] ?? '';
const recordedMarket = join(folder, 'market/btc-perp-1m-2022-01.csv');
const columns = 'timestamp,open,high,low,close,volume';
const SYNTHETIC_BAR_COUNT = 20_000;

export async function feedLines(file = recordedMarket): Promise<FeedLines> {
  if (existsSync(file)) {
    const [header = '', ...bars] = readFileSync(file, 'utf8').trimEnd().split('\n');
    return { source: 'the recorded month', header, bars };
  }
  const bars: string[] = [];
  const { market } = settingsSchema.parse({
    paper: { market: { gapEveryBarCount: 300, gapBarCount: 12 } },
  }).paper;
  for await (const { at, open, high, low, close, volume } of syntheticMarket(5, market)) {
    if (bars.push([at, open, high, low, close, volume].join()) === SYNTHETIC_BAR_COUNT) break;
  }
  return { source: 'the synthetic market', header: columns, bars };
}

/** Some bars in a row, from a place that the seed draws, as lines with their header. */
export function stretchOf({ header, bars }: FeedLines, seed: number, count: number): string[] {
  const from = Math.floor(seededRandom(seed).stream('stretch').next() * (bars.length - count));
  return [header, ...bars.slice(from, from + count)];
}
