/** SECR in the paper host: real trouble, patches that act on it, the same at any speed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SettingsInput, settingsSchema } from '../../../config/settings.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import { explain } from '../../../runtime/explain/explain.ts';
import { explanationText } from '../../../runtime/explain/explanation-text.ts';
import { readJournal } from '../../../runtime/journal/read.ts';
import type { Fact } from '../../../runtime/options.ts';
import { type PaperOptions, runPaper } from '../../../runtime/paper/host.ts';
import type { PatchRow } from '../../../runtime/paper/patch-tally.ts';
import type { RunReport } from '../../../runtime/paper/report.ts';
import { formatReport } from '../../../runtime/paper/report-text.ts';
import { paperSettings } from '../../../runtime/paper/secr.ts';
import { replayJournal } from '../../../runtime/replay/replay.ts';
import type { Runtime } from '../../../runtime/runtime.ts';

const hour = 3_600_000;
const barCount = 200;

/** A GPU that lags most of the time, and spans in which a short run sees verdicts. */
const lagging = (secr: object = {}, root: SettingsInput = {}): SettingsInput => ({
  ...root,
  paper: {
    strategy: { fastBarCount: 3, slowBarCount: 8, thresholdBasisPoints: 1 },
    analysis: { everyBarCount: 100, windowBarCount: 60 },
    broker: { faults: { enabled: false } },
    secr: {
      ...{ halfLifeMsMin: hour / 2, canaryMsMin: hour / 6, observationMsMin: hour / 2 },
      ...{ cooldownMsMin: hour / 6, feedbackEveryMs: hour / 12, reportEveryMs: hour / 12 },
      rehearsalEntryCountMax: 250,
      ...secr,
    },
    faultPlans: { gpuLag: { enabled: true, everyMs: 2 * hour, durationMs: hour * 1.3 } },
  },
});

interface Play {
  readonly settings?: SettingsInput;
  readonly bars?: number;
  readonly options?: Partial<PaperOptions>;
}

/** A run of so many bars, with its facts. */
async function play({ settings = lagging(), bars = barCount, options = {} }: Play = {}) {
  const stop = new AbortController();
  const facts: Fact[] = [];
  let runtime: Runtime | undefined;
  const report = await runPaper({
    ...{ settings: settingsSchema.parse(settings), seed: 7, speed: 'max', signal: stop.signal },
    onStart: (started) => {
      runtime = started;
      started.on('*', (fact) => facts.push(fact));
    },
    onBar: (status) => {
      if (status.bars === bars) stop.abort();
    },
    ...options,
  });
  const told = (type: string) => facts.filter((fact) => fact.type === type);
  return { report, facts, told, runtime: runtime! };
}

let folder: string;
let first: RunReport;
let verdicts: Fact[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kintsugi-paper-secr-'));
  const run = await play({ options: { journal: join(folder, 'journal') } });
  first = run.report;
  verdicts = run.told('secr.resolved');
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the paper host under a fault plan', () => {
  it('has patches tried, and kept or rolled back, each by its name in the report', () => {
    const { secr, patches } = first;
    expect(secr.appliedCount).toBeGreaterThan(1);
    expect(secr.keptCount + secr.rolledBackCount + secr.rejectedCount).toBe(verdicts.length);
    expect(patches).toBe(secr.appliedCount);
    const [{ id, resolver, operations, from, verdict }] = secr.rows as [PatchRow];
    const { path, value } = operations[0]!;
    expect(formatReport(first)).toContain(`${path} ${from[path]} -> ${value}`);
    const rows = first.timeline.rows.filter(({ kind }) => kind === 'patch');
    expect(rows).toContainEqual(
      expect.objectContaining({ what: `${id} ${resolver}`, to: verdict }),
    );
  });

  it('gives the same digest in memory and paced, rehearsals included', async () => {
    const memory = await play();
    const paced = await play({ options: { speed: 60_000_000 } });
    const rehearsed = memory.told('patch.rehearsed').map(({ rehearsal }) => rehearsal);
    expect(rehearsed.length).toBeGreaterThan(0);
    expect(rehearsed[0]).toMatchObject({ kind: 'evaluated' });
    expect(memory.report).toEqual(first);
    expect(paced.report).toEqual(first);
  });

  it('comes to the same verdicts in a replay, which asks nothing of the outside', async () => {
    const replay = await replayJournal(join(folder, 'journal'), { tree: treeOfJournal });
    expect(replay).toMatchObject({ digest: first.digest, divergence: undefined });
  });

  it('can say why of each step of a patch', async () => {
    const dir = join(folder, 'journal');
    const texts: string[] = [];
    for await (const line of readJournal(dir)) {
      if (!('turn' in line) || !JSON.stringify(line.facts ?? []).includes('"secr.')) continue;
      const explanation = await explain(dir, { seq: line.turn }, { tree: treeOfJournal });
      expect(explanation.divergence).toBeUndefined();
      texts.push(explanationText(explanation));
      if (texts.some((text) => /patch p-1 (kept|rolledBack)/.test(text))) break;
    }
    const all = texts.join('\n');
    expect(all).toMatch(/backlogMs \d+, a failure from 2000, worst at 12000/);
    expect(all).toMatch(/patch p-1 by \w+; it could have been/);
    expect(all).toMatch(/patch p-1 (kept|rolledBack): "composite score/);
    expect(all).not.toContain('differs');
  });

  it('trades more freely for it', async () => {
    let [withSecr, without] = [0, 0];
    // In one run alone the first choice may be a bad one.
    for (const seed of [1, 2, 3]) {
      const run = { bars: 400, options: { seed } };
      withSecr += (await play(run)).report.haltedMs;
      const { report, facts } = await play({ ...run, settings: lagging({ enabled: false }) });
      expect(facts.filter(({ type }) => /^(secr|patch)\./.test(type))).toEqual([]);
      expect(report).toMatchObject({ patches: 0, secr: { failureCount: 0 } });
      without += report.haltedMs;
    }
    expect(withSecr).toBeLessThan(0.75 * without);
  });
});

describe('the settings of a user', () => {
  it('are never touched where they are pinned', async () => {
    const pins = ['/allocation/workers/trading', '/paper/strategy/quantity'];
    const { told, report } = await play({ settings: lagging({ pins }), bars: 150 });
    expect(told('secr.pinned').map(({ key }) => key)).toEqual(pins);
    expect(report.secr.failureCount).toBeGreaterThan(0);
    const touched = told('patch.proposed').flatMap(({ from }) => Object.keys(from as object));
    expect(touched.filter((key) => pins.includes(key))).toEqual([]);
    expect(
      told('secr.unanswered').some(({ why }) => /is pinned by settings/.test(String(why))),
    ).toBe(true);
  });

  it('are refused where they pin what nothing could touch', async () => {
    const settings = lagging({ pins: ['/paper/strategy/quantty'] });
    await expect(play({ settings, bars: 1 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      issues: [{ path: 'paper.secr.pins', message: expect.stringContaining('quantity') }],
    });
  });

  it('stay as they are in a market and with a broker as usual', async () => {
    const { report, runtime } = await play({ settings: {}, bars: 600 });
    expect(report).toMatchObject({ patches: 0, secr: { proposedCount: 0 } });
    const { strategy } = settingsSchema.parse({}).paper;
    expect(runtime.settings.current.paper.strategy).toEqual(strategy);
  });

  it('give a patch at least the hours that a run needs, and never less than they say', () => {
    const usual = paperSettings(settingsSchema.parse({}));
    expect(usual.secr.halfLifeMs).toBe(2 * hour);
    expect(usual.secr.patch).toMatchObject({
      ...{ canaryMs: hour, observationMs: 4 * hour, cooldownMs: 2 * hour },
    });
    const patch = { canaryMs: 9 * hour, observationMs: 9 * hour, cooldownMs: 9 * hour };
    const patient = settingsSchema.parse({ secr: { halfLifeMs: 9 * hour, patch } });
    expect(paperSettings(patient)).toEqual(patient);
  });
});

describe('what the host tells of itself', () => {
  it('is one sample in each interval, of calls, money and health', async () => {
    const journal = join(folder, 'samples');
    const { report } = await play({ bars: 60, options: { journal } });
    const samples: { at: number; latencyMs: number; errorRatio: number; stabilityScore: number }[] =
      [];
    for await (const line of readJournal(journal)) {
      const { event } = line as { event?: { type?: string } };
      if (event?.type === 'PERFORMED') samples.push(event as never);
    }
    const spanMs = Date.parse(report.to!) - Date.parse(report.from!);
    expect(samples).toHaveLength(Math.floor(spanMs / (hour / 12)));
    for (const { at, errorRatio, stabilityScore } of samples) {
      expect(at % (hour / 12)).toBe(0);
      expect(errorRatio).toBeLessThanOrEqual(1);
      expect(stabilityScore).toBeLessThanOrEqual(100);
    }
    expect(Math.max(...samples.map(({ latencyMs }) => latencyMs))).toBeGreaterThan(1_000);
  });

  it('goes on after a restart, and so do patches that were under way', async () => {
    const journal = join(folder, 'halves');
    // The second life begins with a snapshot: what the observer knew is in it.
    const pins = ['/paper/strategy/quantity'];
    const settings = lagging({ pins }, { journal: { snapshotEveryCount: 100 } });
    const half = await play({ settings, bars: 100, options: { journal } });
    const rest = { journal, seed: undefined };
    const whole = await play({ settings, bars: barCount - 100, options: rest });
    // Pinned once, and so for all lives.
    expect(half.told('secr.pinned')).toHaveLength(1);
    expect(whole.told('secr.pinned')).toEqual([]);
    expect(half.report.secr.proposedCount).toBeGreaterThan(0);
    expect(whole.report.bars).toBe(barCount);
    const { secr } = whole.report;
    expect(secr.rows.slice(0, half.report.secr.rows.length).map(({ id }) => id)).toEqual(
      half.report.secr.rows.map(({ id }) => id),
    );
    expect(secr.failureCount).toBeGreaterThan(half.report.secr.failureCount);
    const replay = await replayJournal(journal, { tree: treeOfJournal });
    expect(replay).toMatchObject({ digest: whole.report.digest, divergence: undefined });
  });
});
