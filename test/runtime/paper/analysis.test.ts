import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { paperPaths } from '../../../actors/paper/tree.ts';
import { paperAnalysisSettingsSchema } from '../../../config/paper-analysis.ts';
import { type SettingsInput, settingsSchema } from '../../../config/settings.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import type { Fact } from '../../../runtime/options.ts';
import { AnalysisClock, analyse } from '../../../runtime/paper/analysis.ts';
import { type PaperOptions, runPaper } from '../../../runtime/paper/host.ts';
import { MarketWindow } from '../../../runtime/paper/market-window.ts';
import { formatReport } from '../../../runtime/paper/report-text.ts';
import { replayJournal } from '../../../runtime/replay/replay.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { compute } from '../../../runtime/tensor/kernels/compute.ts';
import { readingOf, returnRows } from '../../support/market-reading.ts';

type Tensor = Parameters<typeof analyse>[0];

const small = { windowBarCount: 40, returnBarCount: 2, lagBarCount: 2, columnCount: 4 };
const needed = 48;
const neverAborted = new AbortController().signal;

/** Computes jobs at once, and writes down how they were asked for. */
function tensorAtOnce() {
  const asked: unknown[] = [];
  const run: Tensor['run'] = async (job, { signal: _, ...options } = {}) => {
    asked.push([job.op, options]);
    return compute(job) as never;
  };
  return { asked, tensor: { run } };
}

describe('analysis of a matrix', () => {
  const settings = paperAnalysisSettingsSchema.parse(small);
  const of = (prices: readonly number[]) =>
    analyse(tensorAtOnce().tensor, prices, settings, neverAborted);

  it('agrees with definitions, over calm and wild prices', async () => {
    for (const [seed, trend] of [[1, 0] as const, [2, 0.01] as const, [3, 0.2] as const]) {
      const prices = Array.from(
        { length: needed },
        (_, i) => 100 + Math.sin(i * i * seed) + trend * i + 10 * trend * Math.sin(i / 9),
      );
      const { entropy, leadingShare } = await of(prices);
      const expected = readingOf(returnRows(prices, settings));
      expect(entropy).toBeCloseTo(expected.entropy, 10);
      expect(leadingShare).toBeCloseTo(expected.leadingShare, 10);
    }
  });

  it('knows one movement from noise', async () => {
    const period = settings.lagBarCount * 4;
    const wave = await of(
      Array.from({ length: needed }, (_, i) => 100 + Math.sin((2 * Math.PI * i) / (period * 20))),
    );
    expect(wave.leadingShare).toBeGreaterThan(0.9);
    expect(wave.entropy).toBeLessThan(0.3);
    const flat = await of(Array(needed).fill(100));
    expect(flat.entropy).toBeCloseTo(1, 12);
    expect(flat.leadingShare).toBeCloseTo(1 / 4, 12);
  });

  it('asks the CPU, one job after the other', async () => {
    const { asked, tensor } = tensorAtOnce();
    await analyse(
      tensor,
      Array.from({ length: needed }, (_, i) => 9 + (i % 7)),
      settings,
      neverAborted,
    );
    const options = { backend: { forbid: 'gpu' } };
    expect(asked).toEqual([
      ['covariance', options],
      ['eigenSymmetric', options],
      ['vonNeumannEntropy', options],
    ]);
  });
});

describe('clock of the analysis', () => {
  function setup(analysis: object = {}) {
    const settings = settingsSchema.parse({
      paper: { analysis: { ...small, everyBarCount: 10, ...analysis } },
    });
    const sent: unknown[] = [];
    const window = new MarketWindow(1);
    const world = { status: 'active' };
    const runtime = {
      settings: { current: settings },
      snapshot: () => world,
      send: (path: string, event: object) => sent.push([path, event]),
    };
    const clock = new AnalysisClock(runtime as unknown as Runtime, window);
    const bars = (until: number) => {
      for (let barCount = 1; barCount <= until; barCount += 1) {
        clock.look({ at: barCount * 1_000, barCount });
        window.note(barCount);
      }
      return sent;
    };
    return { bars, world };
  }
  const due = (at: number) => [paperPaths.analysis, { type: 'ANALYSIS_DUE', at }];

  it('asks once in so many bars, from the first time on when there are enough', () => {
    expect(setup().bars(79)).toEqual([50_000, 60_000, 70_000].map(due));
    expect(setup({ everyBarCount: needed }).bars(needed)).toEqual([due(needed * 1_000)]);
    expect(setup({ everyBarCount: needed - 1 }).bars(needed)).toEqual([]);
  });

  it('never asks when it is off, or while nobody is there', () => {
    expect(setup({ everyBarCount: 0 }).bars(100)).toEqual([]);
    const { bars, world } = setup();
    world.status = 'stopped';
    expect(bars(100)).toEqual([]);
  });
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kintsugi-analysis-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A run over the synthetic market that ends after so many bars, and what was seen at its end. */
async function run(bars: number, settings: SettingsInput, options: Partial<PaperOptions> = {}) {
  const stop = new AbortController();
  const facts: Fact[] = [];
  let runtime: Runtime | undefined;
  let seen: ReturnType<typeof look> | undefined;
  const report = await runPaper({
    settings: settingsSchema.parse(settings),
    ...{ seed: 7, speed: 'max', signal: stop.signal },
    onStart: (started) => {
      runtime = started;
      started.on('*', (fact) => facts.push(fact));
    },
    onBar: (status) => {
      if (status.bars !== bars) return;
      seen = look(runtime!);
      stop.abort();
    },
    ...options,
  });
  return { report, facts, ...seen! };
}

const look = (runtime: Runtime) => ({
  gauge: runtime.health.report().components.find(({ id }) => id === 'marketEntropy'),
  signal: runtime.snapshot('/safeguards/signals/marketEntropy')?.value,
  computed: runtime.tensor.metrics()?.computed,
});

const analysis = { ...small, everyBarCount: 60 };
const paper = { strategy: { fastBarCount: 3, slowBarCount: 8 } };

describe('the paper host with its analysis', () => {
  it('tells the reading of each matrix, as a gauge and in its report', async () => {
    const { report, facts, gauge } = await run(245, { paper: { ...paper, analysis } });
    const told = facts.filter(({ type }) => type === 'market.analysed');
    expect(told).toHaveLength(4);
    const { entropy, leadingShare, at } = told.at(-1)! as unknown as Record<string, number>;
    expect(gauge).toMatchObject({ state: 'passing', value: entropy });
    expect(report.analysis).toEqual({
      ...{ done: 4, failed: 0, late: 0, skipped: 0 },
      last: { at: new Date(at!).toISOString(), entropy, leadingShare },
    });
    expect(formatReport(report)).toContain(`entropy ${entropy!.toFixed(3)}, leading eigenvalue`);
  });

  it('fails its gauge beyond a limit, where settings have one', async () => {
    const health = { marketEntropy: { min: 1, failureCountMax: 2 } };
    const { gauge } = await run(245, { paper: { ...paper, analysis, health } });
    expect(gauge).toMatchObject({ state: 'down' });
  });

  it('gives the same digest at any speed, and its replay computes nothing', async () => {
    const settings = { paper: { ...paper, analysis } };
    const journal = join(folder, 'journal');
    const first = await run(130, settings, { journal });
    const paced = await run(130, settings, { speed: 60_000_000 });
    expect(paced.report).toEqual(first.report);
    expect(first.report.analysis.done).toBe(2);
    // The ports of this tree refuse whatever they are asked.
    const replay = await replayJournal(journal, { tree: treeOfJournal });
    expect(replay).toMatchObject({ digest: first.report.digest, divergence: undefined });
    expect(first.computed).toBe(6);
  });

  it('goes on in a second life with the prices of the first', async () => {
    // Snapshots so often that the second life replays few bars.
    const settings = {
      paper: { ...paper, analysis: { ...analysis, everyBarCount: 50 } },
      journal: { snapshotEveryCount: 20 },
    };
    const journal = join(folder, 'journal');
    const whole = await run(105, settings);
    const first = await run(80, settings, { journal });
    expect(first.report.analysis.done).toBe(1);
    const second = await run(25, settings, { journal });
    expect(second.report.bars).toBe(105);
    expect(second.report.analysis.last).toEqual(whole.report.analysis.last);
  });

  it('trades as without it when every job is refused', async () => {
    // A matrix of more than a mebibyte, and a pool that may hold no more.
    const large = { windowBarCount: 2_100, returnBarCount: 1, lagBarCount: 1, columnCount: 64 };
    const tensor = { bytesMax: 1024 ** 2 };
    const failing = await run(2_400, {
      paper: { ...paper, analysis: { ...large, everyBarCount: 1_100 } },
      tensor,
    });
    const without = await run(2_400, { paper: { ...paper, analysis: { everyBarCount: 0 } } });
    expect(failing.report.analysis).toEqual({
      ...{ done: 0, failed: 1, late: 0, skipped: 0 },
      last: null,
    });
    const why = failing.facts.find(({ type }) => type === 'analysis.failed')?.why;
    expect(why).toContain('gave no result');
    expect(failing.report.orders).toEqual(without.report.orders);
    expect(failing.report.equity).toEqual(without.report.equity);
    expect(failing.report.restarts).toBe(0);
    expect([failing.computed, without.computed]).toEqual([0, undefined]);
  });

  it('gives up what is late, and skips what is due meanwhile', async () => {
    const slow = { ...analysis, everyBarCount: 30, deadlineMs: 3_000_000 };
    const settings = {
      paper: { ...paper, analysis: slow },
      tensor: { resultDelayMs: 7_200_000, deadlineMs: 14_400_000 },
    };
    const { report } = await run(200, settings);
    expect(report.analysis).toMatchObject({ done: 0, failed: 0 });
    expect(report.analysis.late).toBeGreaterThan(1);
    expect(report.analysis.skipped).toBeGreaterThan(1);
    expect((await run(200, settings)).report.digest).toBe(report.digest);
  });

  it('samples a breaker on the entropy where settings have one', async () => {
    const signals = { marketEntropy: { kind: 'gauge', limit: 0.01 } } as const;
    const { signal, facts } = await run(245, { paper: { ...paper, analysis }, signals });
    // Whether a probe has closed it since is a matter of its settings.
    expect(signal).toBeDefined();
    const opened = facts.find(
      ({ type, path }) => type === 'breaker.opened' && path.endsWith('/marketEntropy'),
    );
    expect(opened).toBeDefined();
  });
});
