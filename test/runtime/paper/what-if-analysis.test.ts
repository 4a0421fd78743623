/** What-if on the analysis of the market, beside runs that really had the other settings. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paperPaths } from '../../../actors/paper/tree.ts';
import { type SettingsInput, settingsSchema } from '../../../config/settings.ts';
import { execute } from '../../../runtime/cli/execute.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import { runPaper } from '../../../runtime/paper/host.ts';
import { paperModel } from '../../../runtime/paper/what-if-model.ts';
import { whatIf } from '../../../runtime/what-if/what-if.ts';
import { fakeIo } from '../cli/fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'kintsugi-what-if-analysis-'));
const [dir, feed] = ['journal', 'bars.csv'].map((name) => join(folder, name)) as [string, string];
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const analysis = {
  ...{ everyBarCount: 20, windowBarCount: 20, returnBarCount: 2, lagBarCount: 1, columnCount: 3 },
};
type Analysis = Partial<typeof analysis & { deadlineMs: number }>;
const barCount = 120;
/** The first is too early: there are not enough prices. */
const dueCount = barCount / analysis.everyBarCount - 1;

/** A result is there three seconds after it was asked for. */
const settingsOf = (over: Analysis): SettingsInput => ({
  tensor: { resultDelayMs: 1_000 },
  paper: { broker: { faults: { enabled: false } }, analysis: { ...analysis, ...over } },
});

const run = (over: Analysis, journal?: string) =>
  runPaper({
    settings: settingsSchema.parse(settingsOf(over)),
    ...{ feed, seed: 7, speed: 'max', ...(journal && { journal }) },
  });

const ask = (over: Analysis, more: SettingsInput = {}) =>
  whatIf(dir, {
    settings: { ...more, paper: { analysis: over } },
    ...{ tree: treeOfJournal, model: paperModel },
  });

beforeAll(async () => {
  const rows = ['timestamp,open,high,low,close,volume'];
  for (let minute = 0; minute < barCount; minute++) {
    const price = 100 + 5 * Math.sin(minute / 7) + Math.sin(minute * minute);
    rows.push([minute * 60_000 + 1_600_000_000_000, price, price + 1, price - 1, price, 10].join());
  }
  writeFileSync(feed, `${rows.join('\n')}\n`);
  await run({}, dir);
}, 60_000);

describe('what-if on the analysis of the market', () => {
  it('with another matrix computes, of the bars of the journal, the very same', async () => {
    const over = { columnCount: 4, windowBarCount: 25 };
    const [result, real] = [await ask(over), await run(over)];
    const { marketEntropy } = result.measures;
    expect(marketEntropy!.whatIf).toBe(real.analysis.last!.entropy);
    expect(marketEntropy!.whatIf).not.toBe(marketEntropy!.recorded);
    expect(result.effects).toMatchObject({ modelled: dueCount, unanswered: 0 });
    // As many readings as in the journal: the last one is under way when the feed ends.
    expect([result.facts, result.notEvaluable]).toEqual([{}, []]);
    expect(real.analysis.done).toBe(dueCount - 1);
  });

  it('has a result that takes no time after all else in its moment, as a feed does', async () => {
    const { facts, measures } = await ask({ columnCount: 4 }, { tensor: { resultDelayMs: 0 } });
    expect(facts).toEqual({});
    expect(measures['marketEntropy']!.whatIf).not.toBe(measures['marketEntropy']!.recorded);
  });

  it('with less patience leaves the results as they were, and finds them late', async () => {
    const { facts, effects, measures } = await ask({ deadlineMs: 2_999 });
    expect(effects).toMatchObject({ modelled: 0, unanswered: 0 });
    expect(facts).toEqual({
      'analysis.late': { recorded: 0, whatIf: dueCount - 1 },
      'market.analysed': { recorded: dueCount - 1, whatIf: 0 },
    });
    expect(measures['marketEntropy']!.whatIf).toBeNaN();
  });

  it('with another frequency says that only the host can know', async () => {
    const { facts, effects, notEvaluable } = await ask({ everyBarCount: 10 });
    expect(facts).toEqual({});
    expect(effects).toMatchObject({ modelled: 0, unanswered: 0 });
    expect(notEvaluable.map(({ what }) => what)).toEqual(['/paper/analysis/everyBarCount']);
  });

  it('answers nothing where the journal has too few bars', async () => {
    const { effects, notEvaluable } = await ask({ windowBarCount: 60 });
    expect(effects).toMatchObject({ modelled: 3, unanswered: dueCount - 3 });
    expect(notEvaluable).toEqual([
      { what: 'port analyse', why: 'asked for 2 times more, and no model answers' },
    ]);
  });

  it('is asked from the command line', async () => {
    const file = join(folder, 'other.yaml');
    writeFileSync(file, 'paper:\n  analysis:\n    everyBarCount: 40\n    columnCount: 5\n');
    const io = fakeIo();
    expect(await execute(['what-if', dir, '--config', file], io)).toBe(0);
    expect(io.stdout.text).toMatch(/marketEntropy +[\d.]+ -> [\d.]+ \(/);
    expect(io.stdout.text).toContain(`${dueCount} modelled, 0 without an answer`);
    expect(io.stdout.text).toContain('/paper/analysis/everyBarCount: the host asks');
  });
});

describe('the model of an analysis', () => {
  it('fails as a runtime would, and remembers nothing of another run', () => {
    const settings = settingsSchema.parse(settingsOf({}));
    const view = { settings, contextAt: () => undefined, stateAt: () => undefined };
    const request = { at: 5, settings: settings.paper.analysis } as never;
    const asked = { path: paperPaths.analysis, port: 'analyse', request, at: 5, isSource: false };
    const model = paperModel();
    const tell = (close: number) =>
      model.told!(
        { path: paperPaths.monitor, event: { type: 'BAR', bar: { close } } as never, at: 5 },
        view,
      );
    for (let bar = 0; bar < 23; bar += 1) expect(tell(0)).toBeUndefined();
    expect(model.answer!(asked, view)).toBeUndefined();
    tell(0);
    expect(model.answer!(asked, view)).toMatchObject({
      afterMs: 3_000,
      output: { kind: 'failed', at: 3_005, why: expect.stringContaining('Tensor job is invalid') },
    });
    expect(paperModel().answer!(asked, view)).toBeUndefined();
  });
});
