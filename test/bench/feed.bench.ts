/**
 * Bars through the whole runtime with the file journal: is the cost of a bar the same in a long
 * feed?
 *
 * The month of recorded bars with the journal in memory and in a file, and the same month ten times
 * over with shifted times, each in a process of its own, in turn. Without recorded data the
 * synthetic market stands in.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsSchema } from '../../config/settings.ts';
import { syntheticMarket } from '../../runtime/paper/market.ts';

interface Sample {
  readonly bars: number;
  readonly entries: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly rssBytesMax: number;
  readonly journalBytes: number;
}

const columns = [
  'journal',
  'bars',
  'entries',
  'CPU us a bar',
  'bars a CPU second',
  'bars a second',
  'peak RSS MiB',
  'journal MiB',
];

const header = 'timestamp,open,high,low,close,volume\n';

export async function run({ full }: { full: boolean }): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-bench-'));
  try {
    const month = join(folder, 'month.csv');
    const source = await writeMonth(month);
    const long = join(folder, 'long.csv');
    repeat(month, long, 10);
    const rounds = full ? 3 : 1;
    const journal = join(folder, 'journal');
    const samples: { [which in 'memory' | 'file' | 'long']: Sample[] } = {
      memory: [],
      file: [],
      long: [],
    };
    for (let round = 0; round < rounds; round++) {
      samples.memory.push(measure(month, ''));
      samples.file.push(measure(month, journal));
      samples.long.push(measure(long, journal));
    }
    return report(source, rounds, samples);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeMonth(file: string): Promise<string> {
  const data = process.env.KINTSUGI_DATA;
  if (data !== undefined) {
    appendFileSync(file, readFileSync(join(data, 'market/btc-perp-1m-2022-01.csv')));
    return 'BTC perpetual, one minute, January 2022';
  }
  let text = header;
  let left = 45_031;
  for await (const bar of syntheticMarket(7, settingsSchema.parse({}).paper.market)) {
    text += `${[bar.at, bar.open, bar.high, bar.low, bar.close, bar.volume].join()}\n`;
    if (--left === 0) break;
  }
  appendFileSync(file, text);
  return 'synthetic market (KINTSUGI_DATA is not set)';
}

/** The same bars `times` over, each time later by the length of the feed. */
function repeat(month: string, long: string, times: number): void {
  const rows = readFileSync(month, 'utf8').trim().split('\n').slice(1);
  const bars = rows.map((row) => {
    const comma = row.indexOf(',');
    const stamp = row.slice(0, comma);
    const at = /^\d+$/.test(stamp) ? Number(stamp) : Date.parse(`${stamp.replace(' ', 'T')}Z`);
    return { at, rest: row.slice(comma) };
  });
  const spanMs = bars.at(-1)!.at - bars[0]!.at + 60_000;
  appendFileSync(long, header);
  for (let i = 0; i < times; i++) {
    appendFileSync(long, bars.map(({ at, rest }) => `${at + i * spanMs}${rest}\n`).join(''));
  }
}

function measure(feed: string, journal: string): Sample {
  const script = join(import.meta.dirname, 'feed-run.ts');
  const child = spawnSync(process.execPath, [script, feed, journal], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`The run of ${feed} failed: ${child.stderr}`);
  const sample = JSON.parse(child.stdout) as Omit<Sample, 'journalBytes'>;
  if (journal === '') return { ...sample, journalBytes: 0 };
  const segments = readdirSync(journal).filter((name) => name.startsWith('segment-'));
  const journalBytes = segments
    .map((name) => statSync(join(journal, name)).size)
    .reduce((sum, size) => sum + size, 0);
  rmSync(journal, { recursive: true });
  return { ...sample, journalBytes };
}

function median(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const values = samples.map(of).sort((a, b) => a - b);
  return values[values.length >> 1]!;
}

function report(
  source: string,
  rounds: number,
  { memory, file, long }: { readonly [which in 'memory' | 'file' | 'long']: Sample[] },
): string {
  const perBar = (sample: Sample) => (sample.cpuMs * 1_000) / sample.bars;
  const mebibytes = (value: number) => (value / 1024 / 1024).toFixed(0);
  const row = (name: string, samples: Sample[]) =>
    `| ${[
      name,
      samples[0]!.bars,
      samples[0]!.entries,
      median(samples, perBar).toFixed(1),
      median(samples, (s) => (s.bars / s.cpuMs) * 1_000).toFixed(0),
      median(samples, (s) => (s.bars / s.wallMs) * 1_000).toFixed(0),
      mebibytes(median(samples, (s) => s.rssBytesMax)),
      mebibytes(samples[0]!.journalBytes),
    ].join(' | ')} |`;
  return [
    `Feed: ${source}. Rounds: ${rounds}, medians.`,
    '',
    `| ${columns.join(' | ')} |`,
    `|${'---|'.repeat(columns.length)}`,
    row('memory', memory),
    row('file', file),
    row('file', long),
    '',
    `CPU of a bar in the long feed against the short one: x${(
      median(long, perBar) / median(file, perBar)
    ).toFixed(2)}.`,
    `CPU of a bar with the journal in a file against memory: x${(
      median(file, perBar) / median(memory, perBar)
    ).toFixed(2)}.`,
  ].join('\n');
}
