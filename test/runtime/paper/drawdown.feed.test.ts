/** The drawdown of a paper account over a recorded market: it halts, latches, and is reset. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { settingsSchema } from '../../../config/settings.ts';
import type { Fact } from '../../../runtime/options.ts';
import { runPaper } from '../../../runtime/paper/host.ts';
import type { RunReport } from '../../../runtime/paper/report.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { needsRecordedData, recordedData } from '../../support/needs.ts';
import { writeRecordedBars } from '../../support/recorded-bars.ts';

const onRecordedBars = needsRecordedData();
const isFull = process.env['KINTSUGI_RUNS'] === 'full';
/** The default limit trips on the fifth day, a lower one hours after noon of the fourth. */
const limit = isFull ? 0.04 : 0.01;
const stretch = isFull ? { count: 12_000 } : { first: 5_000, count: 4_000 };
const who = { by: 'ada', why: 'looked into it' };
/** Bars from the trip to the reset, and from there to the end: in both the wish turns. */
const resetAfterBarCount = isFull ? 1_500 : 1_000;
const goOnBarCount = isFull ? 1_500 : 500;

interface Told extends Fact {
  readonly seq: number;
  /** Time of the bar before it, ms. */
  readonly barAt: number;
}

const facts: Told[] = [];
const equities: { readonly at: number; readonly equity: number }[] = [];
const refused: boolean[] = [];
let folder = '';
let report: RunReport;
let resetSeq = 0;
let resetEquity = 0;

const of = (type: string, path = '/safeguards/signals/drawdown') =>
  facts.filter((fact) => fact.type === type && fact.path === path);
const sent = () => facts.filter(({ type }) => type === 'order.sent');
const isOpening = ({ order }: Fact) => !(order as { reduces: boolean }).reduces;

beforeAll(async () => {
  if (recordedData === undefined) return;
  folder = mkdtempSync(join(tmpdir(), 'kintsugi-drawdown-'));
  const feed = join(folder, 'bars.csv');
  writeRecordedBars(feed, stretch);
  const stop = new AbortController();
  let runtime: Runtime | undefined;
  let trippedAtBar: number | undefined;
  report = await runPaper({
    settings: settingsSchema.parse({ signals: { drawdown: { kind: 'drawdown', limit } } }),
    ...{ feed, seed: 7, speed: 'max', signal: stop.signal },
    onStart: (started) => {
      runtime = started;
      started.on('*', (fact) => {
        const barAt = equities.at(-1)?.at ?? 0;
        facts.push({ ...fact, seq: started.seq, barAt });
      });
    },
    onBar: ({ bars, bar, book }) => {
      const { equity } = book!;
      equities.push({ at: bar.at, equity });
      if (runtime!.signalBreaker('drawdown').state === 'open') trippedAtBar ??= bars;
      if (trippedAtBar === undefined) return;
      if (bars === trippedAtBar + resetAfterBarCount) {
        const breaker = runtime!.signalBreaker('drawdown');
        refused.push(breaker.reset({ scope: 'volatility', ...who }));
        expect(breaker.isOpen).toBe(true);
        resetEquity = equity;
        resetSeq = runtime!.seq;
        breaker.reset({ scope: 'drawdown', ...who });
      }
      if (bars === trippedAtBar + resetAfterBarCount + goOnBarCount) stop.abort();
    },
  });
}, 120_000);

afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
  facts.length = 0;
  equities.length = 0;
});

describe('the drawdown breaker of the paper host on a recorded market', () => {
  onRecordedBars('opens with the bar that confirms the limit for the third time', () => {
    let peak = 0;
    let runLength = 0;
    const expected = equities.find(({ equity }) => {
      peak = Math.max(peak, equity);
      runLength = 1 - equity / peak >= limit ? runLength + 1 : 0;
      return runLength === 3;
    });
    const [opened] = of('breaker.opened');
    expect(opened!.at).toBe(expected!.at);
    expect(opened).toMatchObject({ whenOpen: 'halt', openUntilMs: null });
  });

  onRecordedBars('latches: no opening order gets through, and the position can be left', () => {
    const [opened] = of('breaker.opened');
    const [closed] = of('breaker.closed');
    expect(opened!.seq).toBeLessThan(resetSeq);
    expect(closed!.seq).toBeGreaterThan(resetSeq);
    const during = sent().filter(({ seq }) => seq > opened!.seq && seq <= resetSeq);
    expect(during.filter(isOpening)).toEqual([]);
    expect(during.length).toBeGreaterThan(0);
    expect(refused).toEqual([false]);
    expect(report.orders.refused).toBe(0);
  });

  onRecordedBars('trades on after the reset that names it, from a new peak', () => {
    const [rebased] = of('breaker.rebased');
    expect(rebased).toMatchObject({ scope: 'drawdown', by: 'ada', to: resetEquity });
    expect(sent().some((fact) => fact.seq > resetSeq && isOpening(fact))).toBe(true);
    const modes = report.timeline.rows.flatMap((row) =>
      row.kind === 'tradingMode' && /drawdown/.test(row.why) ? [[row.from, row.to]] : [],
    );
    expect(modes.slice(0, 2)).toEqual([
      ['open', 'halted'],
      ['halted', 'open'],
    ]);
  });
});
