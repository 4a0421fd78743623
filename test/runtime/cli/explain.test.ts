/** `kintsugi explain` on the journal of a paper run, with the exit code of every way to ask. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { supervisor } from '../../../actors/child.ts';
import { settingsSchema } from '../../../config/settings.ts';
import { run } from '../../../runtime/cli/commands/explain.ts';
import { execute } from '../../../runtime/cli/execute.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { explain } from '../../../runtime/explain/explain.ts';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import { isTurn } from '../../../runtime/journal/format.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { readJournal } from '../../../runtime/journal/read.ts';
import { runPaper } from '../../../runtime/paper/host.ts';
import { needsRecordedData, recordedData } from '../../support/needs.ts';
import { fakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'kintsugi-explain-'));
const journal = join(folder, 'paper');
const trips: { seq: number; path: string }[] = [];

/** A broker that is often down, so that its breaker trips. */
const settings = settingsSchema.parse({
  paper: {
    strategy: { fastBarCount: 3, slowBarCount: 8, thresholdBasisPoints: 1 },
    broker: {
      faults: { outageEveryMs: 7_200_000, outageDurationMs: 1_200_000, errorRatio: 0.02 },
    },
  },
});

async function decisionsIn(dir: string) {
  const found: { seq: number; path: string }[] = [];
  for await (const line of readJournal(dir)) {
    if (!isTurn(line)) continue;
    for (const fact of (line.facts ?? []) as { type: string; path: string }[]) {
      if (/^breaker\.(opened|halfOpened|closed)$/.test(fact.type)) {
        found.push({ seq: line.turn, path: fact.path });
      }
    }
  }
  return found;
}

beforeAll(async () => {
  const feed = join(folder, 'bars.csv');
  const rows = ['timestamp,open,high,low,close,volume'];
  for (let minute = 0; minute < 400; minute++) {
    const price = 100 + 5 * Math.sin(minute / 7);
    rows.push([minute * 60_000 + 1_600_000_000_000, price, price + 1, price - 1, price, 10].join());
  }
  writeFileSync(feed, `${rows.join('\n')}\n`);
  await runPaper({ settings, feed, seed: 7, speed: 'max', journal });
  trips.push(...(await decisionsIn(journal)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ask = async (...args: string[]) => {
  const io = fakeIo();
  const code = await execute(['explain', ...args], io);
  return { code, out: io.stdout.text, err: io.stderr.text };
};

describe('explain --seq', () => {
  it('tells every decision of the breakers with its evidence, and comes to it again', async () => {
    expect(trips.length).toBeGreaterThan(2);
    for (const { seq, path } of trips.slice(0, 6)) {
      const { code, out } = await ask(journal, '--seq', String(seq));
      expect(code).toBe(0);
      expect(out).toContain(`\nDecided\n  ${path} `);
      expect(out).toContain('    evaluated again: agrees (');
    }
  });

  it('gives one JSON document', async () => {
    const { code, out } = await ask(journal, '--seq', '3', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      dir: journal,
      entry: { seq: 3, kind: 'settings' },
      causes: [],
      divergence: null,
    });
  });
});

describe('explain --actor', () => {
  it('tells the story, bounded', async () => {
    const { code, out } = await ask(journal, '--actor', '/paper/broker/breaker', '--limit', '2');
    expect(code).toBe(0);
    expect(out).toContain('/paper/broker/breaker (circuitBreaker), up to seq ');
    expect(out).toContain('earlier incidents left out');
  });
});

describe('explain, asked wrongly or of the wrong thing', () => {
  it.each([
    [[], 'explain needs one of --seq N and --actor PATH.'],
    [['--seq', '1', '--actor', '/a'], 'explain needs one of --seq N and --actor PATH.'],
    [['--seq', '1', '--limit', '2'], '--from, --until and --limit belong to --actor.'],
    [['--actor', '/a', '--from', '3', '--until', '2'], '--from 3 is after --until 2.'],
    [['--seq', '999999'], 'There is no entry 999999: the journal has seq 1 to '],
    [['--actor', 'broker/braker'], "Did you mean '/paper/broker/breaker'?"],
    [['--seq', 'x'], "option '--seq <seq>'"],
  ])('ends with 2: %j', async (args, message) => {
    const { code, err } = await ask(journal, ...args);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it('ends with 3 without a journal, and with an empty one', async () => {
    const { code, err } = await ask(join(folder, 'none'), '--seq', '1');
    expect([code, err]).toEqual([3, expect.stringContaining('holds no journal')]);
    const empty = new Journal(fileLog(join(folder, 'empty')));
    await empty.open();
    await empty.close();
    expect((await ask(join(folder, 'empty'), '--seq', '1')).code).toBe(3);
  });

  it('ends with 1 for a damaged journal', async () => {
    const damaged = join(folder, 'damaged');
    const file = join(damaged, 'segment-000001.ndjson');
    cpSync(journal, damaged, { recursive: true });
    writeFileSync(file, readFileSync(file, 'utf8').replace('"BAR"', '"BAZ"'));
    const { code, err } = await ask(damaged, '--seq', '2');
    expect([code, err]).toEqual([1, expect.stringContaining('Journal is damaged')]);
  });

  it('ends with 1 for a changed chart, and tells with --allow-changed what diverges', async () => {
    const none = () => supervisor({ id: 'paper', children: [] });
    await expect(run([journal], { seq: 1 }, fakeIo(), none)).rejects.toMatchObject({
      code: 'MACHINE_CHANGED',
    });
    const io = fakeIo();
    expect(await run([journal], { seq: 1, allowChanged: true }, io, none)).toBe(1);
    expect(io.stdout.text).toMatch(/^Replay diverges at seq 1: /);
  });

  it('ends with 1 for a journal of another host', async () => {
    const other = join(folder, 'other');
    const runtime = await createRuntime({ journal: new Journal(fileLog(other)) });
    await runtime.start();
    await runtime.stop();
    const { code, err } = await ask(other, '--seq', '1');
    expect([code, err]).toEqual([1, expect.stringContaining("written by host 'custom'")]);
  });
});

describe('a run on recorded data', () => {
  needsRecordedData()(
    'is explained: every decision of its breakers agrees',
    async () => {
      const feed = join(folder, 'recorded.csv');
      const source = join(recordedData!, 'market/btc-perp-1m-2022-01.csv');
      writeFileSync(feed, readFileSync(source, 'utf8').split('\n').slice(0, 1_500).join('\n'));
      const dir = join(folder, 'recorded');
      await runPaper({ settings, feed, seed: 3, speed: 'max', journal: dir });
      const decisions = await decisionsIn(dir);
      expect(decisions.length).toBeGreaterThan(0);
      for (const { seq } of decisions.slice(0, 6)) {
        const { happened, divergence } = await explain(dir, { seq }, { tree: treeOfJournal });
        expect(divergence).toBeUndefined();
        const judged = happened.flatMap((one) => (one.kind === 'fact' ? [one.judgement] : []));
        expect(judged.some((judgement) => judgement?.agrees)).toBe(true);
        expect(judged.some((judgement) => judgement?.agrees === false)).toBe(false);
      }
    },
    60_000,
  );
});
