/** How the paper host brings itself up, and what it does when it cannot. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PaperSettingsInput } from '../../../config/paper.ts';
import { settingsSchema } from '../../../config/settings.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import type { Fact } from '../../../runtime/options.ts';
import { type PaperOptions, runPaper } from '../../../runtime/paper/host.ts';
import { formatReport } from '../../../runtime/paper/report-text.ts';
import { replayJournal } from '../../../runtime/replay/replay.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { ratios } from '../../support/paper-broker.ts';

const folder = mkdtempSync(join(tmpdir(), 'kintsugi-start-'));
const feed = join(folder, 'bars.csv');
const startMs = 1_600_000_020_000;
const barCount = 60;

beforeAll(() => {
  const rows = ['timestamp,open,high,low,close,volume'];
  for (let minute = 0; minute < barCount; minute++) {
    const price = 100 + 5 * Math.sin(minute / 7);
    rows.push([minute * 60_000 + startMs, price, price + 1, price - 1, price, 10].join());
  }
  writeFileSync(feed, `${rows.join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const brokerOf = (faults: object, pair: object = {}): PaperSettingsInput => ({
  strategy: { fastBarCount: 3, slowBarCount: 8, thresholdBasisPoints: 1 },
  broker: {
    faults: { ...ratios, outageDurationMs: 0, ...faults },
    pair: { primary: { outageEveryMs: 0 }, ...pair },
  },
});
const calm = brokerOf({});
const dead = brokerOf({ errorRatio: 1 });

type Told = Fact & { readonly seq: number };

async function play(
  paper: PaperSettingsInput,
  { at = {}, ...options }: Partial<PaperOptions> & Partial<Record<'at', Hooks>> = {},
) {
  const facts: Told[] = [];
  let runtime: Runtime | undefined;
  const report = await runPaper({
    settings: settingsSchema.parse({ paper }),
    ...{ feed, seed: 7, speed: 'max' },
    onStart: (started) => {
      runtime = started;
      started.on('*', (fact) => facts.push({ ...fact, seq: started.seq }));
    },
    onBar: ({ bars }) => at[bars]?.(runtime!),
    ...options,
  });
  return { report, facts, of: (type: string) => facts.filter((fact) => fact.type === type) };
}
type Hooks = Readonly<Record<number, (runtime: Runtime) => void>>;

const until = (count: number, stop = new AbortController()) => ({
  signal: stop.signal,
  at: { [count]: () => stop.abort() },
});

const works = (runtime: Runtime) =>
  void runtime.settings.patch(
    [{ op: 'replace', path: '/paper/broker/faults/errorRatio', value: 0 }],
    { by: 'ada', why: 'repaired' },
  );

describe('the start of the paper host', () => {
  it('brings up ten components, each after what it needs, and all in time', async () => {
    const { report } = await play(calm);
    const { outcome, order, components, count } = report.start!;
    expect([outcome, count, components.length]).toEqual(['recovered', 1, 10]);
    const chain = ['journal', 'pair', 'session', 'reconciliation', 'account'];
    expect(order.filter((id) => chain.includes(id))).toEqual(chain);
    expect(order.indexOf('strategy')).toBeGreaterThan(order.indexOf('feed'));
    expect(components.every(({ isInTime }) => isInTime)).toBe(true);
    const objectives = new Map(components.map((each) => [each.priority, each.objectiveMs]));
    expect(Object.fromEntries(objectives)).toEqual({
      ...{ critical: 30_000, core: 45_000, supporting: 60_000 },
    });
    expect(formatReport(report)).toMatch(/start +recovered in \d+ ms: 10 of 10 components, 0 lat/);
  });

  it('sends no order before position and orders were compared', async () => {
    const { of } = await play(calm);
    const compared = of('recovery.progressed').find((fact) => fact.component === 'reconciliation');
    expect(of('order.sent')[0]!.seq).toBeGreaterThan(compared!.seq);
  });

  it('is made again in each life, with the age of the newest bar', async () => {
    const journal = join(folder, 'twice');
    await play(calm, { journal, ...until(30) });
    const { report, of } = await play(calm, { journal, seed: undefined });
    const { count, components, outcome } = report.start!;
    expect([outcome, count]).toEqual(['recovered', 2]);
    const { dataAgeMs, isDataFresh } = components.find(({ id }) => id === 'feed')!;
    expect(dataAgeMs).toBeLessThan(60_000);
    expect(isDataFresh).toBe(true);
    const [reconciled] = of('session.reconciled');
    const done = of('recovery.progressed').find((fact) => fact.component === 'reconciliation');
    expect(done!.seq).toBeGreaterThan(reconciled!.seq);
    expect(formatReport(report)).toMatch(/newest bar \d+ (s|ms) old|newest bar \d+ s/);
    const replay = await replayJournal(journal, { tree: treeOfJournal });
    expect(replay).toMatchObject({ digest: report.digest, divergence: undefined });
  });

  it('does with one way what it does with two', async () => {
    const { report } = await play(brokerOf({}, { enabled: false }));
    const { outcome, order } = report.start!;
    expect(outcome).toBe('recovered');
    expect(order).toHaveLength(8);
    expect(order).not.toContain('pair');
  });

  it('gives the same digest at any speed', async () => {
    const [fast, paced] = [await play(dead), await play(dead, { speed: 60_000_000 })];
    expect(paced.report).toEqual(fast.report);
  });
});

describe('the paper host whose broker is down at the start', () => {
  it('only reduces, says why, and opens when a later start has come to its end', async () => {
    let why = '';
    const look = ({ tradingMode }: Runtime) => {
      why = tradingMode.reasons['start']?.why ?? '';
    };
    const { report, of } = await play(dead, { at: { 5: look, 10: works } });
    const ended = of('recovery.ended');
    expect(ended[0]).toMatchObject({ outcome: 'reduced', reducedModes: ['reduceOnly'] });
    expect(ended.at(-1)).toMatchObject({ outcome: 'recovered' });
    expect(report.start).toMatchObject({ count: ended.length, outcome: 'recovered' });
    expect(why).toMatch(/^not there: .*pair.*session.* \(.*503/);
    expect(of('alert.raised').map(({ key }) => key)).toContain('tradingMode');
    const modes = of('tradingMode.changed').map(({ from, to, by }) => `${from} ${to} ${by}`);
    expect(modes).toEqual(['reconciling reduceOnly session', 'reduceOnly open start']);
    const opened = of('tradingMode.changed').at(-1)!;
    expect(of('order.sent')[0]!.seq).toBeGreaterThanOrEqual(opened.seq);
    expect(report.bars).toBe(barCount);
  });

  it('tries again after the time that is set, as long as something is missing', async () => {
    const { report, of } = await play({ ...dead, startRetryMs: 600_000 });
    const began = of('recovery.planned').map(({ at }) => at as number);
    expect(began.length).toBeGreaterThan(3);
    const waits = began.slice(1).map((at, index) => at - began[index]!);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(600_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(660_000);
    expect(report.orders.sent).toBe(0);
  });

  it('goes on with the start that the end of the process has interrupted', async () => {
    const journal = join(folder, 'interrupted');
    await play(dead, { journal, ...until(1) });
    const { report } = await play(dead, { journal, seed: undefined, at: { 10: works } });
    expect(report.start!.outcome).toBe('recovered');
    const replay = await replayJournal(journal, { tree: treeOfJournal });
    expect(replay).toMatchObject({ digest: report.digest, divergence: undefined });
  });

  it('waits for the end of an interrupted start of another plan', async () => {
    const journal = join(folder, 'other');
    await play(dead, { journal, ...until(1) });
    const alone = brokerOf({}, { enabled: false });
    const { report } = await play(alone, { journal, seed: undefined });
    expect(report.start).toMatchObject({ outcome: 'recovered' });
    expect(report.start!.order).toHaveLength(8);
  });
});
