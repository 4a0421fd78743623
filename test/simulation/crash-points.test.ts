/**
 * The paper host, killed. `KINTSUGI_RUNS=full` kills it ten times as often; the whole number is a
 * script, `npm run crash-points`.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { settingsSchema } from '../../config/settings.ts';
import { verifyJournal } from '../../runtime/journal/verify.ts';
import { runPaper } from '../../runtime/paper/host.ts';
import type { RunReport } from '../../runtime/paper/report.ts';
import { faulty } from '../support/faulty-paper.ts';
import { Child, killLiving } from './child-process.ts';
import { feedLines, stretchOf } from './feed-lines.ts';
import { crashPaper } from './paper-crashes.ts';
import type { PaperMessage, PaperOrder } from './paper-process.ts';
import { plainRun } from './plain-crashes.ts';

const isFull = process.env['KINTSUGI_RUNS'] === 'full';
const runs = isFull ? 6 : 1;
const killCount = isFull ? 10 : 5;

afterEach(killLiving);

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-crash-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('a faulty run whose process is killed at random moments', () => {
  it.each(Array.from({ length: runs }, (_, index) => index + 1))(
    'keeps what it acknowledged, its timers, and each order once, with seed %i',
    async (seed) => {
      const lines = stretchOf(await feedLines(), seed, isFull ? 1_500 : 600);
      const crashes = await crashPaper({ folder: temporaryFolder(), lines, seed, killCount });
      expect(crashes.lives).toBeGreaterThan(killCount / 2);
      expect(crashes.acknowledgements).toBeGreaterThan(10);
      expect(crashes.audit.resumes).toBeGreaterThan(0);
      expect(crashes.audit.timersFired).toBeGreaterThan(0);
      expect(crashes.audit.ordersExecuted).toBeGreaterThan(0);
    },
    600_000,
  );
});

describe('a crash that changes no input', () => {
  it('before the first commit leaves the digest of the uninterrupted run', async () => {
    const folder = temporaryFolder();
    const feed = join(folder, 'bars.csv');
    writeFileSync(feed, stretchOf(await feedLines(), 4, 300).join('\n'));
    const order = { feed, seed: 4, settings: faulty, flushEveryMs: 5 };
    const uninterrupted = await runPaper({
      ...order,
      settings: settingsSchema.parse(faulty),
      journal: join(folder, 'uninterrupted'),
      speed: 'max',
    });
    const journal = join(folder, 'journal');
    for (const waitMs of [0, 4, 8]) {
      await killedSoon({ ...order, journal }, waitMs);
      // Who was fast enough to commit something has to begin anew.
      if (existsSync(join(journal, 'head.json')) && (await verifyJournal(journal)).blocks > 0) {
        rmSync(journal, { recursive: true });
      }
    }
    const report = await finished({ ...order, journal });
    expect(report).toEqual(uninterrupted);
  });

  it('leaves the whole tree, and every entry but its own, as without it', async () => {
    const lines = stretchOf(await feedLines(), 5, isFull ? 2_000 : 400);
    const calm = await plainRun(temporaryFolder(), lines, 5, 0, 0);
    const killed = await plainRun(temporaryFolder(), lines, 5, isFull ? 20 : 4, calm.entries);
    expect(calm).toMatchObject({ resumes: 0, lives: 1, digestWithoutResumes: calm.digest });
    expect(killed.resumes).toBeGreaterThan(0);
    expect(killed.timersFired).toBe(calm.timersFired);
    expect(killed.tree).toBe(calm.tree);
    expect(killed.digestWithoutResumes).toBe(calm.digest);
    expect(killed.digest).not.toBe(calm.digest);
  }, 600_000);
});

const script = join(import.meta.dirname, 'paper-process.ts');

/** Kills a paper host so long after it has loaded its program. */
async function killedSoon(order: PaperOrder, waitMs: number): Promise<void> {
  const host = new Child<PaperMessage>(script, order, (message) => {
    if ('at' in message && message.at === 'loaded') setTimeout(() => host.kill(), waitMs);
  });
  expect((await host.ended).signal).toBe('SIGKILL');
}

async function finished(order: PaperOrder): Promise<RunReport | undefined> {
  let report: RunReport | undefined;
  const host = new Child<PaperMessage>(script, order, (message) => {
    if ('report' in message) report = message.report;
  });
  expect(await host.ended).toMatchObject({ code: 0 });
  return report;
}
