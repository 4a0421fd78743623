/** The plain tree over many deaths of its process, and without any: the same run in the end. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJournal } from '../../runtime/journal/read.ts';
import { verifyJournal } from '../../runtime/journal/verify.ts';
import { openFeed } from '../../runtime/paper/feed.ts';
import { seededRandom } from '../../runtime/random.ts';
import { treeView } from '../../runtime/view.ts';
import type { Acknowledged } from './acknowledge.ts';
import { live, type Progress } from './lives.ts';
import { drawMoments, type Moment } from './moments.ts';
import { plainTree } from './plain-tree.ts';
import { AcknowledgedPrefix, replayed, TimerOrder } from './replayed.ts';
import { withoutResumes } from './without-resumes.ts';

const script = join(import.meta.dirname, 'plain-process.ts');

export interface PlainRun {
  /** Rolling digest of the journal as it stands. */
  readonly digest: string;
  /** The digest of the same entries without those of restarts. */
  readonly digestWithoutResumes: string;
  readonly entries: number;
  readonly resumes: number;
  readonly lives: number;
  readonly timersFired: number;
  /** The whole tree at the end, as text. */
  readonly tree: string;
}

/**
 * Runs it over `killCount` deaths, spread over about `seqCount` entries, checks its journal, and
 * tells what it came to.
 */
export async function plainRun(
  folder: string,
  lines: readonly string[],
  seed: number,
  killCount: number,
  seqCount: number,
): Promise<PlainRun> {
  const feed = join(folder, 'bars.csv');
  const journal = join(folder, 'journal');
  writeFileSync(feed, lines.join('\n'));
  const random = seededRandom(seed).stream('kills');
  const moments: readonly Moment[] = drawMoments(random, killCount, seqCount);
  const startMs = await firstAt(feed);
  const acknowledged: Acknowledged[] = [];
  const { lives } = await live<Progress & Partial<Acknowledged>>({
    script,
    order: () => ({ feed, journal, startMs, flushEveryMs: Math.floor(random.next() * 3) * 5 }),
    moments,
    onMessage: (message) => {
      if (message.acked !== undefined) acknowledged.push(message as Acknowledged);
    },
  });
  assert((await verifyJournal(journal)).ok);
  const prefix = new AcknowledgedPrefix(acknowledged);
  const timers = new TimerOrder();
  const core = await replayed(
    journal,
    () => plainTree,
    (turn, at) => {
      prefix.check(turn, at);
      timers.check(turn, at);
    },
  );
  prefix.end();
  return {
    ...(await withoutResumes(readJournal(journal))),
    digest: core.engine.digest.value,
    entries: core.engine.seq,
    lives,
    timersFired: timers.fired,
    tree: JSON.stringify(treeView(core), null, 1),
  };
}

async function firstAt(feed: string): Promise<number> {
  for await (const { at } of openFeed(feed)) return at;
  throw new Error('There are no bars.');
}
