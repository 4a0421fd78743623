/** What-if on journals of the paper host, beside runs that really had the other settings. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SettingsInput, settingsSchema } from '../../../config/settings.ts';
import { execute } from '../../../runtime/cli/execute.ts';
import { treeOfJournal } from '../../../runtime/cli/journal-tree.ts';
import { runPaper } from '../../../runtime/paper/host.ts';
import { paperModel } from '../../../runtime/paper/what-if-model.ts';
import { whatIf } from '../../../runtime/what-if/what-if.ts';
import { faulty, faultyPaper } from '../../support/faulty-paper.ts';
import { fakeIo } from '../cli/fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'kintsugi-what-if-'));
const [calm, rough, feed] = ['calm', 'rough', 'bars.csv'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];

const { strategy } = faultyPaper;
const calmPaper = { strategy, broker: { faults: { enabled: false } } };

const run = (paper: SettingsInput['paper'], journal?: string) =>
  runPaper({
    settings: settingsSchema.parse({ paper }),
    feed,
    seed: 7,
    speed: 'max',
    ...(journal === undefined ? {} : { journal }),
  });

const ask = (dir: string, paper: SettingsInput['paper']) =>
  whatIf(dir, { settings: { paper }, tree: treeOfJournal, model: paperModel });

beforeAll(async () => {
  const rows = ['timestamp,open,high,low,close,volume'];
  for (let minute = 0; minute < 200; minute++) {
    const price = 100 + 5 * Math.sin(minute / 7) + minute / 50;
    rows.push([minute * 60_000 + 1_600_000_000_000, price, price + 1, price - 1, price, 10].join());
  }
  writeFileSync(feed, `${rows.join('\n')}\n`);
  await run(calmPaper, calm);
  await run(faulty.paper, rough);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what-if on a paper run', () => {
  it.each([
    ['without a fault', calm],
    ['with every fault', rough],
  ])('%s: equal settings give no difference', async (_, dir) => {
    const result = await ask(dir, {});
    expect(result).toMatchObject({ differentTurns: 0, ownEntries: 0, facts: {}, settings: [] });
    expect(result.effects).toMatchObject({ byRequest: 0, modelled: 0, unanswered: 0 });
    for (const { recorded, whatIf: other } of Object.values(result.measures)) {
      expect(other).toBe(recorded);
    }
  });

  it.each([
    ['another strategy', { strategy: { ...strategy, fastBarCount: 5, slowBarCount: 13 } }],
    ['another size', { strategy: { ...strategy, quantity: 3 } }],
    ['higher fees', { fees: { feeBasisPoints: 20, slippageBasisPoints: 5 } }],
    ['another heartbeat', { broker: { heartbeatMs: 97_000 } }],
  ])('with %s it says what a run with it came to', async (_, paper) => {
    const result = await ask(calm, paper);
    const broker = { ...calmPaper.broker, ...('broker' in paper ? paper.broker : {}) };
    const real = await run({ ...calmPaper, ...paper, broker });
    expect(result.measures['equity']!.whatIf).toBeCloseTo(real.equity.end, 6);
    expect(result.measures['feesPaid']!.whatIf).toBeCloseTo(real.feesPaid, 6);
    expect(result.measures['drawdownRatioMax']!.whatIf).toBeCloseTo(real.drawdownRatioMax, 8);
    expect(result.measures['ordersSent']!.whatIf).toBe(real.orders.sent);
    expect(result.measures['ordersFilled']!.whatIf).toBe(real.orders.filled);
    expect(result.notEvaluable).toEqual([]);
    expect(result.first).toBeDefined();
  });

  it('leaves orders with the faults that they met, whatever number their calls have', async () => {
    // Patches would send other orders.
    const unpatched = join(folder, 'unpatched');
    await run({ ...faulty.paper, secr: { enabled: false } }, unpatched);
    const { facts, measures } = await ask(unpatched, { broker: { heartbeatMs: 97_000 } });
    for (const fact of ['order.failed', 'order.unknown', 'order.rejected']) {
      expect(facts).not.toHaveProperty([fact]);
    }
    // Fewer troubled pings: trading is reconciled again sooner, and what is sent more is filled.
    const more = ({ recorded, whatIf: other }: { recorded: number; whatIf: number }) =>
      other - recorded;
    expect(more(measures['ordersFilled']!)).toBe(more(measures['ordersSent']!));
  });

  it('reconciles with a broker that has filled its own orders', async () => {
    const { facts, measures } = await ask(rough, { strategy: { ...strategy, quantity: 3 } });
    expect(facts).not.toHaveProperty(['account.adjusted']);
    expect(measures['feesPaid']!.whatIf).toBeGreaterThan(2 * measures['feesPaid']!.recorded);
  });

  it('knows what a pair and a start ask for where the journal has no answer', () => {
    const view = {
      settings: settingsSchema.parse({}),
      contextAt: () => undefined,
      stateAt: () => '',
    };
    const ask = (port: string, request: object) =>
      paperModel().answer!(
        { path: '/', port, request: request as never, at: 10, isSource: false },
        view,
      );
    const afterMs = view.settings.paper.broker.faults.latencyMedianMs;
    const at = 10 + afterMs;
    const granted = { kind: 'granted', at, epoch: 5 };
    expect(ask('acquire', { afterEpoch: 4 })).toEqual({ afterMs, output: granted });
    for (const port of ['activate', 'standDown', 'step']) {
      expect(ask(port, {})).toEqual({ afterMs, output: { kind: 'done', at } });
    }
  });

  it('says which breakers it cannot judge', async () => {
    const result = await ask(rough, { broker: { breaker: { openDurationMs: 1_000 } } });
    expect(result.notEvaluable.map(({ what }) => what)).toEqual(['/paper/broker/breaker']);
    expect(result.openings['/paper/broker/breaker']!.recorded).toBeGreaterThan(0);
  });
});

describe('kintsugi what-if', () => {
  const kintsugi = async (...args: string[]) => {
    const io = fakeIo();
    const exitCode = await execute(['what-if', ...args], io);
    return { exitCode, out: io.stdout.text, err: io.stderr.text };
  };
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('compares a journal with a file of settings', async () => {
    const config = file('fees.yaml', 'paper:\n  fees:\n    feeBasisPoints: 10\n');
    const { exitCode, out } = await kintsugi(calm, '--config', config);
    expect(exitCode).toBe(0);
    expect(out).toContain('/paper/fees/feeBasisPoints: 2 -> 10');
    expect(out).toMatch(/First difference: 2020-09-13T/);
    expect(out).toMatch(/feesPaid +[\d.]+ -> [\d.]+ \(\+[\d.]+\)/);
  });

  it('gives one JSON document', async () => {
    const config = file('same.yaml', '{}');
    const { exitCode, out } = await kintsugi(calm, '--config', config, '--json');
    const result = JSON.parse(out);
    expect([exitCode, result.differentTurns, result.first]).toEqual([0, 0, null]);
  });

  it('names what is wrong with the settings, and a journal that is none', async () => {
    const wrong = file('wrong.yaml', 'paper:\n  fees:\n    feeBasisPoint: 10\n');
    const refused = await kintsugi(calm, '--config', wrong);
    expect([refused.exitCode, refused.err]).toEqual([2, expect.stringContaining('wrong.yaml:3')]);
    expect((await kintsugi(join(folder, 'none'), '--config', wrong)).exitCode).toBe(3);
  });
});
