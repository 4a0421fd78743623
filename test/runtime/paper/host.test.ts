import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settingsSchema } from '../../../config/settings.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import { verifyJournal } from '../../../runtime/journal/verify.ts';
import { type PaperOptions, runPaper } from '../../../runtime/paper/host.ts';
import { syntheticMarket } from '../../../runtime/paper/market.ts';
import { replayJournal } from '../../../runtime/replay/replay.ts';
import { faulty } from '../../support/faulty-paper.ts';

let folder: string;
let month: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kintsugi-host-'));
  month = join(folder, 'bars.csv');
  writeFileSync(month, await csv(900));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function csv(bars: number): Promise<string> {
  const rows = ['timestamp,open,high,low,close,volume'];
  for await (const bar of syntheticMarket(5, settingsSchema.parse(faulty).paper.market)) {
    rows.push([bar.at, bar.open, bar.high, bar.low, bar.close, bar.volume].join());
    if (rows.length > bars) break;
  }
  return `${rows.join('\n')}\n`;
}

const run = (options: Partial<PaperOptions> = {}) =>
  runPaper({
    settings: settingsSchema.parse(faulty),
    feed: month,
    seed: 7,
    speed: 'max',
    ...options,
  });

const journalPart = (name: string) => join(folder, name);

describe('the paper host', () => {
  it('makes breakers trip, refuse, probe and recover, and fills orders meanwhile', async () => {
    const report = await run();
    const broker = report.breakers['/paper/broker/breaker']!;
    expect(report.bars).toBe(900);
    for (const count of [broker.trips, broker.rejected, broker.probes, broker.recoveries]) {
      expect(count).toBeGreaterThan(0);
    }
    expect(report.breakers['/paper/feed/breaker']!.trips).toBeGreaterThan(0);
    expect(report.alerts).toBeGreaterThan(0);
    expect(report.orders.filled).toBeGreaterThan(10);
    expect(report.orders.unknown).toBeGreaterThan(0);
    expect(report.haltedMs).toBeGreaterThan(0);
    expect(report.restarts).toBe(0);
  });

  it('gives the same digest for the same feed, settings and seed, at any speed', async () => {
    const first = await run();
    const paced = await run({ speed: 60_000_000 });
    const other = await run({ seed: 8 });
    expect(paced).toEqual(first);
    expect(other.digest).not.toBe(first.digest);
  });

  it('writes a journal that verifies and replays to the digest of the run', async () => {
    const journal = journalPart('journal');
    const report = await run({ journal });
    const replay = await replayJournal(journal, { tree: treeOfJournal });
    expect(await verifyJournal(journal)).toMatchObject({ ok: true, entries: report.entries });
    expect(replay).toMatchObject({ digest: report.digest, divergence: undefined });
    expect(replay.turns).toBe(report.turns);
  });

  it('goes on after the last bar taken, with position and orders reconciled first', async () => {
    const journal = journalPart('journal');
    const stop = new AbortController();
    const first = await run({
      journal,
      signal: stop.signal,
      onBar: ({ bars }) => {
        if (bars === 400) stop.abort();
      },
    });
    const second = await run({ journal, seed: undefined });
    expect(first.bars).toBeLessThan(900);
    expect(second.bars).toBe(900);
    expect(positionInLedger(join(journal, 'paper-broker.ndjson'))).toBeCloseTo(second.position, 8);
    const replay = await replayJournal(journal, { tree: treeOfJournal });
    expect(replay).toMatchObject({ digest: second.digest, divergence: undefined });
  });

  it('refuses another seed for a journal that is continued', async () => {
    const journal = journalPart('journal');
    await run({ journal });
    await expect(run({ journal, seed: 8 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('leaves no journal behind when the feed cannot be used', async () => {
    const journal = journalPart('journal');
    const feed = join(folder, 'missing.csv');
    await expect(run({ feed, journal })).rejects.toMatchObject({ code: 'FEED_INVALID' });
    await expect(verifyJournal(journal)).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' });
  });

  it('counts bad lines and goes on', async () => {
    writeFileSync(month, `${await csv(60)}nonsense\n`);
    const report = await run();
    expect(report).toMatchObject({ bars: 60, barsSkipped: 1 });
    expect(report.badLines[0]).toMatchObject({ line: 62 });
  });
});

/** What the broker executed, summed up: the truth that the account has to agree with. */
function positionInLedger(file: string): number {
  const last = new Map<string, { side: string; filledQuantity: number }>();
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const order = JSON.parse(line);
    if ('epoch' in order) continue;
    last.set(order.clientOrderId, order);
  }
  return [...last.values()].reduce(
    (sum, { side, filledQuantity }) => sum + (side === 'buy' ? filledQuantity : -filledQuantity),
    0,
  );
}

describe('the paper host, told that actors crash', () => {
  it('finishes with every restart counted, and replays to the same digest', async () => {
    const settings = settingsSchema.parse({
      paper: { ...faulty.paper, crashes: { strategyAtBarCount: 200, sessionEveryMs: 7_200_000 } },
    });
    const journal = journalPart('journal');
    const report = await run({ settings, journal });
    expect(report.bars).toBe(900);
    expect(report.restarts).toBeGreaterThan(5);
    const replay = await replayJournal(journal, { tree: treeOfJournal });
    expect(replay).toMatchObject({ digest: report.digest, divergence: undefined });
    const strategy = replay.tree[0]?.children.find(({ path }) => path === '/paper/strategy');
    expect(strategy).toMatchObject({ restarts: 1, lastError: 'told to crash on bar 200' });
  });

  it('has the account agree with the broker in the end', async () => {
    const settings = settingsSchema.parse({
      paper: { ...faulty.paper, crashes: { sessionEveryMs: 3_600_000 } },
    });
    const journal = journalPart('journal');
    const { position } = await run({ settings, journal });
    expect(positionInLedger(join(journal, 'paper-broker.ndjson'))).toBeCloseTo(position, 8);
  });
});
