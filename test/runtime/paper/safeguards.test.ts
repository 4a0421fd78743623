/** The paper host under its safeguards, as its users see it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { paperPaths } from '../../../actors/paper/tree.ts';
import { type SettingsInput, settingsSchema } from '../../../config/settings.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import { explain } from '../../../runtime/explain/explain.ts';
import { readJournal } from '../../../runtime/journal/read.ts';
import type { Fact } from '../../../runtime/options.ts';
import { type PaperOptions, runPaper } from '../../../runtime/paper/host.ts';
import { syntheticMarket } from '../../../runtime/paper/market.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { faulty, faultyPaper } from '../../support/faulty-paper.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kintsugi-safeguards-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A feed file of so many bars. */
async function feedOf(bars: number, settings: SettingsInput): Promise<string> {
  const rows = ['timestamp,open,high,low,close,volume'];
  for await (const bar of syntheticMarket(5, settingsSchema.parse(settings).paper.market)) {
    rows.push([bar.at, bar.open, bar.high, bar.low, bar.close, bar.volume].join());
    if (rows.length > bars) break;
  }
  const file = join(folder, 'bars.csv');
  writeFileSync(file, `${rows.join('\n')}\n`);
  return file;
}

/** The same strategy on a market without gaps and with a broker that always works. */
const calm: SettingsInput = {
  paper: {
    ...faultyPaper,
    market: { gapBarCount: 0 },
    broker: { faults: { enabled: false } },
  },
};

/** A broker whose only fault is to reject this share of all calls. */
const rejecting = (rejectedLoginRatio: number): SettingsInput => ({
  paper: {
    ...calm.paper,
    broker: {
      faults: {
        ...{ rejectedLoginRatio, outageDurationMs: 0, errorRatio: 0, hangRatio: 0 },
        ...{ resetRatio: 0, partialFillRatio: 0 },
      },
    },
  },
});

interface Play {
  readonly settings?: SettingsInput;
  readonly bars?: number;
  readonly options?: Partial<PaperOptions>;
  /** Called when so many bars were taken. */
  readonly at?: Readonly<Record<number, (runtime: Runtime) => void>>;
}

/** A run, with every fact and the seq of its turn. */
async function play({ settings = calm, bars = 300, options = {}, at = {} }: Play) {
  const feed = await feedOf(bars, settings);
  const facts: (Fact & { readonly seq: number })[] = [];
  let runtime: Runtime | undefined;
  const report = await runPaper({
    settings: settingsSchema.parse(settings),
    ...{ feed, seed: 7, speed: 'max' },
    onStart: (started) => {
      runtime = started;
      started.on('*', (fact) => facts.push({ ...fact, seq: started.seq }));
    },
    onBar: (status) => at[status.bars]?.(runtime!),
    ...options,
  });
  return { report, facts, of: (type: string) => facts.filter((fact) => fact.type === type) };
}

/** One run that meets every fault, for all who look at it. */
let faultyRun: ReturnType<typeof play> | undefined;
const playFaulty = () => {
  faultyRun ??= play({ settings: faulty, bars: 900 });
  return faultyRun;
};

const who = { by: 'ada', why: 'drill' };
const isOpening = (fact: Fact) => !(fact.order as { reduces: boolean }).reduces;
const quantityOf = (fact: Fact) => (fact.order as { quantity: number }).quantity;

describe('the paper host under its safeguards', () => {
  it('never sends an opening order beyond what the posture allows', async () => {
    const { facts, of } = await playFaulty();
    let openRatio = 1;
    let position = 0;
    let openingCount = 0;
    for (const fact of facts) {
      if (fact.type === 'posture.changed') {
        const { forbidden, quality } = fact as unknown as {
          forbidden: string[];
          quality: Record<string, number>;
        };
        openRatio = forbidden.includes('orders.open') ? 0 : (quality['orders.open'] ?? 1);
      }
      if (fact.type === 'session.reconciled') position = Number(fact.positionQuantity);
      if (fact.type === 'order.filled') {
        position += Number(fact.quantity) * (fact.side === 'buy' ? 1 : -1);
      }
      if (fact.type !== 'order.sent' || !isOpening(fact)) continue;
      openingCount++;
      expect(Math.abs(position) + quantityOf(fact)).toBeLessThanOrEqual(openRatio + 1e-8);
    }
    expect(openingCount).toBeGreaterThan(10);
    expect(of('session.limited').map(({ openRatio: ratio }) => ratio)).toContain(0.5);
    expect(of('session.limited').map(({ openRatio: ratio }) => ratio)).toContain(0);
  });

  it('lets exits pass while an operator has halted it, and trades on afterwards', async () => {
    const { of, report } = await play({
      at: {
        100: ({ tradingMode }) => tradingMode.halt(who),
        200: ({ tradingMode }) => tradingMode.resume({ scope: 'ada', ...who }),
      },
    });
    const [halted, resumed] = of('tradingMode.changed').slice(-2);
    const sent = of('order.sent');
    const during = sent.filter(({ seq }) => seq > halted!.seq && seq < resumed!.seq);
    expect(during.filter(isOpening)).toEqual([]);
    expect(during.length).toBeGreaterThan(0);
    expect(sent.some((fact) => fact.seq < halted!.seq && isOpening(fact))).toBe(true);
    expect(sent.some((fact) => fact.seq > resumed!.seq && isOpening(fact))).toBe(true);
    expect(report.orders.refused).toBe(0);
  });

  it('halts after three rejected logins, and trades after a reset of its scope', async () => {
    const value = false;
    const patch = [{ op: 'replace', path: '/paper/broker/faults/enabled', value }] as const;
    const { of, report } = await play({
      settings: rejecting(1),
      at: {
        60: (runtime) => void runtime.settings.patch(patch, who),
        100: ({ safety }) => safety.reset({ scope: 'trading', ...who }),
      },
    });
    const [first] = of('safety.tradingHalted');
    expect(first!.why).toMatch(/^authentication failed: 3 logins in a row were rejected/);
    const reset = of('safety.reset').at(-1)!;
    const sent = of('order.sent');
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.filter(({ seq }) => seq < reset.seq)).toEqual([]);
    expect(report.timeline.rows.filter(({ kind }) => kind === 'tradingMode')).toMatchObject([
      { from: 'reconciling', to: 'halted' },
      { from: 'halted', to: 'open', why: 'ada: drill' },
    ]);
  });

  it('does not halt for a rejected login now and then', async () => {
    const { of } = await play({ settings: rejecting(0.15), bars: 900 });
    const isRejected = ({ call, kind }: Fact) => call === 'login' && kind === 'unauthorized';
    expect(of('session.troubled').filter(isRejected).length).toBeGreaterThan(2);
    expect(of('safety.tradingHalted')).toEqual([]);
  });

  it('compares with the broker when an operator asks for it, and trades on', async () => {
    const { of } = await play({
      at: { 100: ({ tradingMode }) => tradingMode.reconcile(who) },
    });
    const [asked, answered] = of('tradingMode.changed').slice(-2);
    expect(asked).toMatchObject({ to: 'reconciling', by: 'ada' });
    expect(answered).toMatchObject({ to: 'open', by: 'session' });
    expect(of('order.sent').some((fact) => fact.seq > answered!.seq && isOpening(fact))).toBe(true);
  });

  it('only reduces while the feed is stale', async () => {
    const { facts, of } = await playFaulty();
    expect(of('feed.stale').length).toBeGreaterThan(1);
    const trips = facts.filter(
      ({ type, path }) => type === 'breaker.opened' && path === paperPaths.feedBreaker,
    );
    expect(trips.length).toBeGreaterThan(0);
    let mode = '';
    const opened: string[] = [];
    for (const fact of facts) {
      if (fact.type === 'tradingMode.changed') mode = String(fact.to);
      if (fact.type === 'order.sent' && isOpening(fact)) opened.push(mode);
    }
    expect(of('tradingMode.changed').some(({ to }) => to === 'reduceOnly')).toBe(true);
    expect(new Set(opened)).toEqual(new Set(['open']));
  });

  it('opens nothing after a restart before it has compared with the broker', async () => {
    const journal = join(folder, 'journal');
    const stop = new AbortController();
    await play({
      options: { journal, signal: stop.signal },
      at: { 150: () => stop.abort() },
    });
    const { facts, of, report } = await play({ options: { journal, seed: undefined } });
    const compared = of('session.reconciled')[0]!;
    const opened = facts.find((fact) => fact.type === 'order.sent' && isOpening(fact))!;
    expect(opened.seq).toBeGreaterThanOrEqual(compared.seq);
    const modes = report.timeline.rows.filter(({ kind }) => kind === 'tradingMode');
    expect(modes.map(({ to }) => to)).toEqual(['open', 'reconciling', 'open']);
    expect(modes[1]).toMatchObject({ why: 'runtime: the process was restarted' });
    // The pair and the breakers on signals live by what they were given: nobody gives it again.
    const changes: string[] = [];
    for await (const line of readJournal(journal)) {
      if ('seq' in line && line.kind === 'settings') changes.push(String(line.seq));
    }
    expect(changes).toHaveLength(3);
  });
});

describe('the timeline of a run', () => {
  it('shows score, level, safety state and posture fall and rise, and explain agrees', async () => {
    const journal = join(folder, 'journal');
    const { report } = await play({ settings: faulty, bars: 250, options: { journal } });
    const { rows, changes } = report.timeline;
    expect(Object.keys(changes).sort()).toEqual(
      ['alert', 'breaker', 'level', 'posture', 'safety', 'score', 'tradingMode'].sort(),
    );
    const steps = new Map(rows.map((row) => [`${row.kind} ${row.from} ${row.to}`, row]));
    const scores = rows.flatMap((row) => (row.kind === 'score' ? [row.to] : []));
    expect(Math.min(...scores)).toBeLessThan(50);
    expect(scores.at(-1)).toBe(100);
    const seqs = [...new Set([...steps.values()].map(({ seq }) => seq))];
    for (const seq of seqs) {
      const { happened, divergence } = await explain(journal, { seq }, { tree: treeOfJournal });
      const judged = happened.flatMap((one) =>
        one.kind === 'fact' && one.judgement ? [one.judgement] : [],
      );
      expect(divergence).toBeUndefined();
      expect(judged.length).toBeGreaterThan(0);
      expect(judged.filter(({ agrees }) => !agrees)).toEqual([]);
    }
    expect(seqs.length).toBeGreaterThan(10);
  });
});
