/**
 * A crash after every single turn of a run: what it leaves is the log up to there. No process is
 * needed for that, so all places are tried and not some.
 */

import { describe, expect, it } from 'vitest';
import type { EventLog } from '../../actors/ports.ts';
import { settingsSchema } from '../../config/settings.ts';
import type { Bar } from '../../machines/paper/bar.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { Journal } from '../../runtime/journal/journal.ts';
import { memoryLog } from '../../runtime/journal/memory-log.ts';
import { readJournal } from '../../runtime/journal/read.ts';
import { syntheticMarket } from '../../runtime/paper/market.ts';
import { cutAfter } from '../support/cut-log.ts';
import { inside } from '../support/inside.ts';
import { whole } from '../support/whole.ts';
import { takeBars } from './plain-host.ts';
import { plainTree } from './plain-tree.ts';
import { withoutResumes } from './without-resumes.ts';

const barCount = process.env['KINTSUGI_RUNS'] === 'full' ? 150 : 30;

async function someBars(): Promise<Bar[]> {
  const bars: Bar[] = [];
  for await (const bar of syntheticMarket(3, settingsSchema.parse({}).paper.market)) {
    if (bars.push(bar) === barCount) break;
  }
  return bars;
}

/** Runs to the end of the bars from wherever the log ends; every entry is a block of its own. */
async function finish(log: EventLog, bars: readonly Bar[]) {
  const clock = simulatedClock({ startMs: bars[0]!.at });
  const journal = new Journal(log, { blockEntryCountMax: 1 });
  const settings = { journal: { snapshotEveryCount: 20, snapshotKeepCount: 1_000 } };
  const runtime = await createRuntime({ tree: plainTree, clock, journal, settings });
  await runtime.start();
  await takeBars(runtime, clock, bars);
  const { core } = inside(runtime);
  // Entries have moved by the restarts, and with them what names an entry.
  const tree = whole(core)
    .replace(/"seq": \d+/, '')
    .replaceAll(/ \d+ (?=\{\\"type)/g, ' ');
  const { digest, seq } = runtime;
  await runtime.stop();
  return { tree, digest, seq, ...(await withoutResumes(readJournal(log))) };
}

describe('a crash after any turn', () => {
  it('leaves the whole tree, and every entry but its own, as without it', async () => {
    const bars = await someBars();
    const log = memoryLog();
    const { digestWithoutResumes, ...calm } = await finish(log, bars);
    const { version: blockCount } = await log.head();
    expect(blockCount).toBeGreaterThanOrEqual(calm.seq);
    expect(await log.snapshots!.list()).not.toEqual([]);
    for (let version = 0; version <= blockCount; version += 1) {
      const crashed = await finish(await cutAfter(log, version), bars);
      expect(crashed.digestWithoutResumes, `after block ${version}`).toBe(digestWithoutResumes);
      expect(crashed.tree, `after block ${version}`).toBe(calm.tree);
    }
  }, 600_000);
});
