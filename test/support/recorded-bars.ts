/** A stretch of the recorded market, as a feed file of its own. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordedData } from './needs.ts';

/** @param first number of the first bar, from 0. */
export function writeRecordedBars(
  file: string,
  { first = 0, count }: { readonly first?: number; readonly count: number },
): void {
  const month = join(recordedData ?? '', 'market', 'btc-perp-1m-2022-01.csv');
  const [header, ...bars] = readFileSync(month, 'utf8').split('\n');
  writeFileSync(file, [header, ...bars.slice(first, first + count)].join('\n'));
}
