/**
 * Kills the paper host at many random moments and checks what it has done:
 * `npm run crash-points -- [--count N] [--seed N]`. Prints what it did and counted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../runtime/random.ts';
import { feedLines, stretchOf } from './feed-lines.ts';
import { type MomentCounts, noMoments } from './moments.ts';
import { crashPaper, type PaperCrashes } from './paper-crashes.ts';

const KILLS_PER_RUN = 10;
const BARS_PER_RUN = 1_500;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
  },
});
const [count, seed] = [wholeNumber('count', values.count), wholeNumber('seed', values.seed)];

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  process.stderr.write(`--${name} must be a whole number above 0, got '${text}'.\n`);
  process.exit(2);
}

const feed = await feedLines();
process.stdout.write(`${count} crash points, seed ${seed}, bars from ${feed.source}\n`);
const startedMs = performance.now();
const random = seededRandom(seed).stream('runs');
const runs: PaperCrashes[] = [];
for (let killed = 0; killed < count; ) {
  const runSeed = Math.floor(random.next() * 2 ** 31);
  const run = await oneRun(runSeed, Math.min(KILLS_PER_RUN, count - killed));
  runs.push(run);
  killed += sumOf(run.kills);
  const { acknowledgements, entries, lives } = run;
  const held = `${entries} entries, ${acknowledgements} acknowledgements hold`;
  process.stdout.write(`run ${runs.length}, seed ${runSeed}: ${lives} lives, ${held}\n`);
}
report();

async function oneRun(runSeed: number, killCount: number): Promise<PaperCrashes> {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-crash-points-'));
  try {
    const lines = stretchOf(feed, runSeed, BARS_PER_RUN);
    return await crashPaper({ folder, lines, seed: runSeed, killCount });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sumOf(kills: MomentCounts): number {
  return Object.values(kills).reduce((sum, count) => sum + count, 0);
}

/** All checks have passed: the first that does not ends the script with its words. */
function report(): void {
  const sum = (of: (run: PaperCrashes) => number) => runs.reduce((all, run) => all + of(run), 0);
  const kinds = Object.keys(noMoments) as (keyof MomentCounts)[];
  const rows = [
    ['kills', sum(({ kills }) => sumOf(kills))],
    ...kinds.map((kind) => [`  at ${kind}`, sum(({ kills }) => kills[kind])]),
    ['runs', runs.length],
    ['kills between write and acknowledgement', sum((run) => run.unacknowledgedCount)],
    ['kills within a write', sum(({ tornCount }) => tornCount)],
    ['restarts that continued a journal', sum(({ audit }) => audit.resumes)],
    ['entries', sum(({ entries }) => entries)],
    ['acknowledgements, none lost', sum(({ acknowledgements }) => acknowledgements)],
    ['timers fired, none lost, none twice', sum(({ audit }) => audit.timersFired)],
    ['orders decided', sum(({ audit }) => audit.ordersSent)],
    ['orders executed, none twice', sum(({ audit }) => audit.ordersExecuted)],
    ['seconds', Math.round((performance.now() - startedMs) / 1_000)],
  ];
  for (const [name, value] of rows) process.stdout.write(`${name}: ${value}\n`);
}
