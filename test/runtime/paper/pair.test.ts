/** The paper host with two ways to its broker: one fails, the other takes over. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PaperSettingsInput } from '../../../config/paper.ts';
import { settingsSchema } from '../../../config/settings.ts';
import type { EmergencyOutcome } from '../../../machines/emergency-plan.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import { explain } from '../../../runtime/explain/explain.ts';
import { readJournal } from '../../../runtime/journal/read.ts';
import type { Fact } from '../../../runtime/options.ts';
import { type PaperOptions, runPaper } from '../../../runtime/paper/host.ts';
import { wayFaults } from '../../../runtime/paper/way.ts';
import { replayJournal } from '../../../runtime/replay/replay.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { auditPaper } from '../../simulation/paper-audit.ts';

const folder = mkdtempSync(join(tmpdir(), 'kintsugi-pair-'));
const feed = join(folder, 'bars.csv');
const startMs = 1_600_000_020_000;
const barCount = 300;
const seed = 7;

beforeAll(() => {
  const rows = ['timestamp,open,high,low,close,volume'];
  for (let minute = 0; minute < barCount; minute++) {
    const price = 100 + 5 * Math.sin(minute / 7) + minute / 50;
    rows.push([minute * 60_000 + startMs, price, price + 1, price - 1, price, 10].join());
  }
  writeFileSync(feed, `${rows.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Only the primary way fails, once in 90 minutes. */
const paper = {
  strategy: { fastBarCount: 3, slowBarCount: 8, thresholdBasisPoints: 1 },
  analysis: { everyBarCount: 0 },
  broker: {
    faults: {
      ...{ errorRatio: 0, hangRatio: 0, resetRatio: 0, rejectedLoginRatio: 0 },
      ...{ outageDurationMs: 0 },
    },
    pair: { primary: { outageEveryMs: 5_400_000, outageDurationMs: 1_500_000 } },
  },
} satisfies PaperSettingsInput;
const parsed = settingsSchema.parse({ paper });

const withPair = (pair: object): PaperSettingsInput => ({
  ...paper,
  broker: { ...paper.broker, pair: { ...paper.broker.pair, ...pair } },
});

type Told = Fact & { readonly seq: number };

async function play(options: Partial<PaperOptions> = {}) {
  const facts: Told[] = [];
  const report = await runPaper({
    settings: parsed,
    ...{ feed, seed, speed: 'max' },
    onStart: (runtime) => runtime.on('*', (fact) => facts.push({ ...fact, seq: runtime.seq })),
    ...options,
  });
  const of = (type: string) => facts.filter((fact) => fact.type === type);
  return { report, facts, of, switches: of('failover.switched') };
}

const journalIn = (name: string) => join(folder, name);

/** Whether the primary way is down, by the same function that the gateway asks. */
const isDown = (atMs: number) =>
  wayFaults('primary', seed, parsed.paper.broker, atMs).errorRatio > 0;

let whole: Awaited<ReturnType<typeof play>>;
beforeAll(async () => {
  whole = await play({ journal: journalIn('whole') });
}, 60_000);

describe('the paper host with two ways to its broker', () => {
  it('goes on by the backup while the primary way is down, and returns to it', () => {
    const { report, switches } = whole;
    expect(switches.map(({ to, cause }) => `${to} ${cause}`).slice(0, 3)).toEqual([
      'primary start',
      'backup failure',
      'primary failBack',
    ]);
    expect(report.failover['broker']).toMatchObject({ switches: switches.length - 1, failed: 0 });
    expect(report.failover['broker']!.epoch).toBe(switches.length);
    expect(switches.map(({ epoch }) => epoch)).toEqual(switches.map((_, index) => index + 1));
  });

  it('lets the first calls wait for a way', () => {
    const [first] = whole.of('session.troubled');
    expect(isDown(first!.at as number)).toBe(true);
    expect(whole.of('session.loggedIn')[0]!.seq).toBeGreaterThan(whole.switches[0]!.seq);
  });

  it('takes over in time: the session notices, and two looks fail', () => {
    const { heartbeatMs, pair } = parsed.paper.broker;
    for (const { to, at } of whole.switches.slice(1)) {
      if (to !== 'backup') continue;
      let beganAtMs = at as number;
      while (isDown(beganAtMs - 1_000)) beganAtMs -= 1_000;
      const boundMs = heartbeatMs + (pair.missedCountMax + 1) * pair.heartbeatMs + 10_000;
      expect((at as number) - beganAtMs).toBeLessThan(boundMs);
    }
  });

  it('compares with the broker after each switch, before anything is sent', () => {
    for (const { seq } of whole.switches.slice(1)) {
      const next = whole.facts.find(
        (fact) => fact.seq > seq && ['order.sent', 'session.reconciled'].includes(fact.type),
      );
      expect(next?.type).toBe('session.reconciled');
    }
  });

  it('closes a breaker that has opened for the other way: calls pass at once', () => {
    const resets = whole.of('breaker.closed').filter(({ by }) => by === 'failover');
    expect(resets.length).toBeGreaterThan(0);
    for (const { seq, at } of resets) {
      const next = whole.of('session.reconciled').find((fact) => fact.seq > seq);
      expect((next!.at as number) - (at as number)).toBeLessThan(10_000);
    }
  });

  it('sends orders by both ways, each once, and books each as it was filled', async () => {
    const { report, of, switches } = whole;
    const sides = of('order.sent').map(
      ({ at }) => switches.findLast((each) => (each.at as number) <= (at as number))?.to,
    );
    expect(new Set(sides)).toEqual(new Set(['primary', 'backup']));
    const audit = await auditPaper(journalIn('whole'), [], report, feed);
    expect(audit.ordersExecuted).toBeGreaterThan(10);
    expect(report.orders.unknown + report.orders.failed).toBeLessThan(report.orders.sent);
  });

  it('keeps the epochs that were shown with the orders', () => {
    const lines = readFileSync(join(journalIn('whole'), 'paper-broker.ndjson'), 'utf8').trim();
    const epochs = lines
      .split('\n')
      .map((line) => (JSON.parse(line) as { epoch?: number }).epoch)
      .filter((epoch) => epoch !== undefined);
    expect(epochs).toEqual(whole.switches.map(({ epoch }) => epoch));
  });

  it('writes few entries for looks that pass', async () => {
    let beats = 0;
    for await (const line of readJournal(journalIn('whole'))) {
      if ('event' in line && (line.event as { type?: string })?.type === 'BEAT_PASSED') beats += 1;
    }
    // One for each side at the start, and one after each stretch of misses.
    expect(beats).toBeLessThan(2 * whole.switches.length + 4);
  });

  it('shows each switch in the timeline, and explain judges it again', async () => {
    const rows = whole.report.timeline.rows.filter(({ kind }) => kind === 'failover');
    expect(rows).toHaveLength(whole.switches.length - 1);
    expect(rows[0]).toMatchObject({ what: 'broker', from: 'primary', to: 'backup' });
    expect(rows[0]!.why).toMatch(/^the other side takes over \(BrokerError: /);
    const [decided] = whole.of('failover.decided');
    for (const { seq } of [decided!, whole.switches[1]!]) {
      const { happened } = await explain(journalIn('whole'), { seq }, { tree: treeOfJournal });
      const judged = happened.flatMap((one) => (one.kind === 'fact' ? [one.judgement] : []));
      expect(judged).toContainEqual(expect.objectContaining({ agrees: true }));
      expect(judged).not.toContainEqual(expect.objectContaining({ agrees: false }));
    }
  });

  it('gives the same digest at any speed, and replays to it', async () => {
    const paced = await play({ speed: 60_000_000 });
    expect(paced.report).toEqual(whole.report);
    const replay = await replayJournal(journalIn('whole'), { tree: treeOfJournal });
    expect(replay).toMatchObject({ digest: whole.report.digest, divergence: undefined });
  });
});

describe('the paper host with two ways, started again', () => {
  it('takes the role under a new epoch, and loses and doubles nothing', async () => {
    const journal = journalIn('twice');
    const stop = new AbortController();
    const onBar = ({ bars }: { bars: number }) => bars === 120 && stop.abort();
    await play({ journal, signal: stop.signal, onBar });
    const { report, switches } = await play({ journal, seed: undefined });
    expect(switches[0]).toMatchObject({ cause: 'deposed' });
    expect(switches[0]!.epoch).toBeGreaterThan(1);
    expect(report.bars).toBe(barCount);
    const audit = await auditPaper(journal, [], report, feed);
    expect(audit).toMatchObject({ resumes: 1 });
  });

  it('goes on by one way when it is told to, and by two again', async () => {
    const journal = journalIn('single');
    const until = (count: number) => {
      const stop = new AbortController();
      const onBar = ({ bars }: { bars: number }) => bars === count && stop.abort();
      return { journal, signal: stop.signal, onBar };
    };
    const before = await play(until(100));
    const alone = settingsSchema.parse({ paper: withPair({ enabled: false }) });
    const single = await play({ ...until(100), seed: undefined, settings: alone });
    expect(single.switches).toEqual([]);
    // The broker forgets sessions when it is started again, and remembers epochs.
    const troubles = single.of('session.troubled').map(({ kind }) => kind);
    expect(troubles.filter((kind) => kind !== 'unauthorized')).toEqual([]);
    expect(single.of('order.filled').length).toBeGreaterThan(5);
    const after = await play({ journal, seed: undefined });
    expect(after.switches[0]).toMatchObject({ to: 'primary', cause: 'start' });
    const epochs = [...before.switches, ...after.switches].map(({ epoch }) => epoch as number);
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
    expect(new Set(epochs).size).toBe(epochs.length);
    await auditPaper(journal, [], after.report, feed);
  });
});

describe('an emergency while the active way is down', () => {
  it('is over by the other way', async () => {
    const stop = new AbortController();
    let runtime: Runtime | undefined;
    let ended: Promise<EmergencyOutcome> | undefined;
    const { report } = await play({
      signal: stop.signal,
      onStart: (started) => {
        runtime = started;
      },
      onBar: ({ bar, book }) => {
        if (ended || !book?.positionQuantity || !isDown(bar.at)) return;
        expect(runtime!.failover('broker').active).toBe('primary');
        ended = runtime!.safety.emergency({ by: 'ada', why: 'fat finger' });
        void ended.then(() => stop.abort());
      },
    });
    expect(await ended!).toMatchObject({ isFlat: true, undone: [] });
    expect(report.position).toBe(0);
  });
});

describe('the settings of the pair', () => {
  it('may be written whole where pairs have theirs', async () => {
    const failover = { broker: { policy: 'sticky', heartbeatMs: 60_000, leaseMs: 180_000 } };
    const sticky = {
      ...failover.broker,
      ...{ switchTimeoutMs: 360_000, lagMaxMs: 120_000, missedCountMax: 2 },
    };
    const settings = settingsSchema.parse({ paper, failover: { broker: sticky } });
    const { switches } = await play({ settings });
    expect(switches.map(({ to }) => to)).toEqual(['primary', 'backup']);
  });
});
