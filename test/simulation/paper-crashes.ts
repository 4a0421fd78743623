/** One faulty run of the paper host over many deaths of its process, and what must hold of it. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SettingsInput } from '../../config/settings.ts';
import { verifyJournal } from '../../runtime/journal/verify.ts';
import type { RunReport } from '../../runtime/paper/report.ts';
import { seededRandom } from '../../runtime/random.ts';
import { faulty } from '../support/faulty-paper.ts';
import type { Acknowledged } from './acknowledge.ts';
import { live } from './lives.ts';
import { drawMoments, type MomentCounts } from './moments.ts';
import { auditPaper, type PaperAudit } from './paper-audit.ts';
import type { PaperMessage, PaperOrder } from './paper-process.ts';

const script = join(import.meta.dirname, 'paper-process.ts');

/** The same host after the storm: its last bars bring position and account together. */
const calm = ({ paper, ...settings }: SettingsInput): SettingsInput => ({
  ...settings,
  paper: { ...paper, broker: { ...paper?.broker, faults: { enabled: false } } },
});

/** Bars of the calm end: more than an open breaker and its probes take. */
const CALM_BAR_COUNT = 60;

export interface PaperCrashOptions {
  /** An empty folder of its own. */
  readonly folder: string;
  /** Lines of the feed, the header first; the last 60 are the calm end. */
  readonly lines: readonly string[];
  readonly seed: number;
  readonly killCount: number;
}

export interface PaperCrashes {
  readonly kills: MomentCounts;
  readonly lives: number;
  /** Deaths between the write of an entry and its acknowledgement. */
  readonly unacknowledgedCount: number;
  /** Deaths in the middle of a write. */
  readonly tornCount: number;
  /** Acknowledgements that were compared with the final journal. */
  readonly acknowledgements: number;
  readonly entries: number;
  readonly audit: PaperAudit;
}

/** Runs, kills, restarts until the feed has ended; throws on the first thing that does not hold. */
export async function crashPaper(options: PaperCrashOptions): Promise<PaperCrashes> {
  const { folder, lines, seed, killCount } = options;
  const journal = join(folder, 'journal');
  const [stormy, whole] = [join(folder, 'stormy.csv'), join(folder, 'whole.csv')];
  writeFileSync(stormy, lines.slice(0, -CALM_BAR_COUNT).join('\n'));
  writeFileSync(whole, lines.join('\n'));

  const random = seededRandom(seed).stream('kills');
  const flushEveryMs = Math.floor(random.next() * 4) * 5;
  const snapshotEveryCount = [100, 500, 10_000][Math.floor(random.next() * 3)]!;
  const settings: SettingsInput = { ...faulty, journal: { snapshotEveryCount } };
  const acknowledged: Acknowledged[] = [];
  const result: { report?: RunReport } = {};
  const onMessage = (message: PaperMessage) => {
    if ('acked' in message) acknowledged.push(message);
    if ('report' in message) result.report = message.report;
  };
  const order: PaperOrder = { feed: stormy, journal, seed, settings, flushEveryMs };
  const deaths = { unacknowledgedCount: 0, tornCount: 0 };
  const { kills, lives } = await live<PaperMessage>({
    script,
    order: () => order,
    moments: drawMoments(random, killCount, Math.round(1.5 * lines.length)),
    onMessage,
    onDeath: async () => {
      const left = await leftBehind(journal, acknowledged);
      if (left.isTorn) deaths.tornCount += 1;
      if (left.isAhead) deaths.unacknowledgedCount += 1;
    },
  });
  await live<PaperMessage>({
    script,
    order: () => ({ ...order, feed: whole, settings: calm(settings) }),
    moments: [],
    onMessage,
  });
  const { report } = result;
  assert(report, 'The last life ended without a report.');
  const audit = await auditPaper(journal, acknowledged, report, whole);
  const acknowledgements = acknowledged.length;
  return { kills, lives, ...deaths, acknowledgements, entries: report.entries, audit };
}

/** What a death left: a whole journal, up to the last acknowledged entry at least. */
async function leftBehind(journal: string, acknowledged: readonly Acknowledged[]) {
  const last = acknowledged.reduce((most, { acked }) => Math.max(most, acked), 0);
  if (last === 0 && !existsSync(join(journal, 'head.json'))) return {};
  const { ok, damage, lastSeq, tornBytes } = await verifyJournal(journal);
  assert(ok, `A kill damaged the journal: ${JSON.stringify(damage)}`);
  assert(lastSeq >= last, `Entry ${last} was acknowledged, the journal ends at ${lastSeq}.`);
  return { isTorn: tornBytes !== undefined, isAhead: lastSeq > last };
}
