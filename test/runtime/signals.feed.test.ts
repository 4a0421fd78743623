/** Breakers on signals over a recorded market, through the runtime that hosts embed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { memoryJournal } from '../../runtime/journal/memory-log.ts';
import type { Fact } from '../../runtime/options.ts';
import { replayJournal } from '../../runtime/replay/replay.ts';
import { needsRecordedData, recordedData } from '../support/needs.ts';

const full = process.env['KINTSUGI_RUNS'] === 'full';
const order = { by: 'ada', why: 'looked into it' };
const minuteMs = 60_000;

interface Bar {
  readonly atMs: number;
  readonly close: number;
}

function recordedBars(): readonly Bar[] {
  const file = join(recordedData!, 'market', 'btc-perp-1m-2022-01.csv');
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [time = '', , , , close] = line.split(',');
    return { atMs: Date.parse(`${time.slice(0, 19).replace(' ', 'T')}Z`), close: Number(close) };
  });
}

/** A runtime whose clock stands at each bar in turn. */
async function hosted(startMs: number) {
  const clock = simulatedClock({ startMs: startMs - minuteMs });
  const journal = memoryJournal();
  const runtime = await createRuntime({ clock, journal });
  const facts: Fact[] = [];
  runtime.on('*', (fact) => facts.push(fact));
  await runtime.start();
  runtime.tradingMode.reconciled(order);
  const to = (atMs: number) => clock.advance(atMs - clock.now());
  return { runtime, journal, facts, to };
}

/** Bitcoin that was bought for half of the money at the first bar. */
const equityOf = (bars: readonly Bar[]) => {
  const cash = 50_000;
  const quantity = cash / bars[0]!.close;
  return bars.map(({ close }) => cash + quantity * close);
};

const isBetween = (at: number, from: string, end: string): boolean =>
  at > Date.parse(from) && at <= Date.parse(end);

const resetAfterBarCount = 30;

/** Bars that confirm a drawdown of 4 % for the third time, each followed by a reset. */
function expectedTrips(equities: readonly number[]): number[] {
  const trips: number[] = [];
  for (let from = 0; from < equities.length; ) {
    let peak = equities[from]!;
    let runLength = 0;
    let bar = from;
    while (bar < equities.length && runLength < 3) {
      const equity = equities[bar]!;
      peak = Math.max(peak, equity);
      runLength = (peak - equity) / peak >= 0.04 ? runLength + 1 : 0;
      bar += 1;
    }
    if (runLength < 3) break;
    trips.push(bar - 1);
    // The bar of the reset is the new peak.
    from = bar - 1 + resetAfterBarCount;
  }
  return trips;
}

describe('over a month of bitcoin', () => {
  needsRecordedData()(
    'the drawdown preset opens on the bar that confirms it, latches, and lets go after a reset',
    async () => {
      const all = recordedBars();
      const bars = full ? all : all.slice(0, 12_000);
      const equities = equityOf(bars);
      const trips = expectedTrips(equities);
      expect(trips.length).toBeGreaterThan(full ? 3 : 1);
      const { runtime, journal, to } = await hosted(bars[0]!.atMs);
      const equity = runtime.signalBreaker('equity', 'drawdown');
      const opened: number[] = [];
      for (const [bar, { atMs }] of bars.entries()) {
        await to(atMs);
        const wasOpen = equity.isOpen;
        equity.sample(equities[bar]!);
        if (equity.isOpen && !wasOpen) opened.push(bar);
        const since = bar - (opened.at(-1) ?? bar);
        expect(runtime.tradingMode.mode).toBe(equity.isOpen ? 'halted' : 'open');
        if (!equity.isOpen || since < resetAfterBarCount) continue;
        expect(equity.reset({ ...order, scope: 'position' })).toBe(false);
        expect(equity.isOpen).toBe(true);
        expect(equity.reset({ ...order, scope: 'equity' })).toBe(true);
        expect(runtime.tradingMode.mode).toBe('open');
        expect(equity.context?.gauge).toMatchObject({ peak: equities[bar] });
      }
      expect(opened).toEqual(trips);
      await runtime.stop();
      if (!full) return;
      const replayed = await replayJournal(journal.log);
      expect([replayed.divergence, replayed.digest]).toEqual([undefined, runtime.digest]);
    },
    120_000,
  );

  needsRecordedData()(
    'the volatility preset opens in the two wildest hours, and not on the calmest day',
    async () => {
      const bars = recordedBars();
      const { runtime, facts, to } = await hosted(bars[0]!.atMs);
      const price = runtime.signalBreaker('price', 'volatility');
      for (const { atMs, close } of bars) {
        await to(atMs);
        price.sample(close);
      }
      const opened = facts.filter(({ type }) => type === 'breaker.opened');
      const trips = opened.filter(({ evidence }) => Object(evidence).kind === 'signal');
      const within = (from: string, end: string, some = trips) =>
        some.filter((fact) => isBetween(Number(fact['at']), from, end)).length;
      expect(within('2022-01-26T18:52Z', '2022-01-26T19:52Z')).toBeGreaterThan(0);
      expect(within('2022-01-21T22:23Z', '2022-01-21T23:23Z')).toBeGreaterThan(0);
      expect(within('2022-01-15T00:00Z', '2022-01-16T00:00Z', opened)).toBe(0);
      expect(trips.length).toBeLessThan(30);
      expect(runtime.tradingMode.mode).toBe(price.state === 'closed' ? 'open' : 'reduceOnly');
      await runtime.stop();
    },
    120_000,
  );
});
