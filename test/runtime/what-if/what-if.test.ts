import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, fromPromise, setup } from 'xstate';
import { type AnySpec, child, supervisor } from '../../../actors/child.ts';
import { ConfigInvalidError } from '../../../actors/errors.ts';
import type { SettingsInput } from '../../../config/settings.ts';
import { type SimulatedClock, simulatedClock } from '../../../runtime/clock/simulated.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { memoryLog } from '../../../runtime/journal/memory-log.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import type { WhatIfModel } from '../../../runtime/what-if/model.ts';
import { whatIf } from '../../../runtime/what-if/what-if.ts';
import { whatIfText } from '../../../runtime/what-if/what-if-text.ts';
import { liveRichly, richCommand, richTree } from '../../support/rich-life.ts';

const order = { by: 'ada', why: 'test' };
const runs = process.env['KINTSUGI_RUNS'] === 'full' ? 300 : 20;

interface Desk {
  readonly everyMs: number;
  readonly quantity: number;
  readonly sum: number;
  readonly count: number;
  /** When the last answer came, as it says. */
  readonly lastAtMs: number;
}

/** Buys every so often, by the settings; the answer says at which price. */
const desk = setup({
  types: {
    context: {} as Desk,
    input: {} as Pick<Desk, 'everyMs' | 'quantity'>,
    events: {} as { type: 'SETTINGS_CHANGED'; settings: { highMs: number; quantity: number } },
    emitted: {} as { type: 'desk.bought'; price: number },
  },
  actors: {
    buy: fromPromise<{ at: number; price: number }, { id: number; quantity: number }>(() => {
      throw new Error('provided');
    }),
  },
  delays: { every: ({ context }) => context.everyMs },
}).createMachine({
  id: 'desk',
  context: ({ input }) => ({ ...input, sum: 0, count: 0, lastAtMs: 0 }),
  initial: 'waiting',
  states: {
    waiting: { after: { every: 'buying' } },
    buying: {
      invoke: {
        src: 'buy',
        input: ({ context }) => ({ id: context.count, quantity: context.quantity }),
        onDone: {
          target: 'waiting',
          actions: assign({
            sum: ({ context, event }) => context.sum + event.output.price * context.quantity,
            count: ({ context }) => context.count + 1,
            lastAtMs: ({ event }) => event.output.at,
          }),
        },
      },
    },
  },
});

/** A desk that lives by `paper.strategy`: any setting will do. */
async function traded(
  play: (runtime: Runtime, clock: SimulatedClock) => void = () => {},
  extra: readonly AnySpec[] = [],
) {
  const log = memoryLog();
  const clock = simulatedClock();
  const buy = fromPromise<{ at: number; price: number }, { id: number; quantity: number }>(
    ({ input }) =>
      new Promise((resolve) => {
        clock.at(clock.now() + 10, () => resolve({ at: clock.now(), price: 100 + input.id }));
      }),
  );
  const tree = supervisor({
    id: 'app',
    children: [
      ...extra,
      child({
        id: 'desk',
        logic: desk.provide({ actors: { buy } }),
        settings: '/paper/strategy',
        input: ({ settings: given }: { settings: unknown }) => {
          const { fastBarCount, quantity } = given as { fastBarCount: number; quantity: number };
          return { everyMs: fastBarCount, quantity };
        },
      }),
    ],
  });
  const base: SettingsInput = {
    paper: { strategy: { fastBarCount: 100, slowBarCount: 1_000, quantity: 1 } },
  };
  const runtime = await createRuntime({ tree, clock, journal: new Journal(log), settings: base });
  await runtime.start();
  play(runtime, clock);
  await clock.advance(1_000);
  await runtime.stop();
  const ask = (strategy: object, model?: WhatIfModel) =>
    whatIf(log, { tree, settings: { paper: { strategy } }, ...(model && { model }) });
  return { log, tree, ask };
}

const ticker = setup({
  types: { context: {} as { everyMs: number }, input: {} as { everyMs: number } },
  delays: { every: ({ context }) => context.everyMs },
}).createMachine({
  context: ({ input }) => input,
  initial: 'even',
  states: { even: { after: { every: 'odd' } }, odd: { after: { every: 'even' } } },
});
/** Changes its state every so often, by the settings; asks for nothing. */
const tickerSpec = child({
  id: 'ticker',
  logic: ticker,
  settings: '/paper/strategy/slowBarCount',
  input: ({ settings }: { settings: unknown }) => ({ everyMs: settings as number }),
});

const contextOf: WhatIfModel['watcher'] = () => ({
  note: () => {},
  measures: (view) => {
    const { sum, count, lastAtMs } = view.contextAt<Desk>('/app/desk')!;
    return { sum, count, lastAtMs };
  },
});

describe('whatIf with equal settings', () => {
  it('finds no difference, in whatever a tree may live through', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(richCommand, { minLength: 5, maxLength: 40 }), async (commands) => {
        const log = await liveRichly(commands);
        const result = await whatIf(log, { tree: richTree, settings: {} });
        expect(result).toMatchObject({
          differentTurns: 0,
          ownEntries: 0,
          first: undefined,
          settings: [],
          facts: {},
          notEvaluable: [],
        });
      }),
      { numRuns: runs },
    );
  });

  it('answers every effect by its own entry', async () => {
    const { ask } = await traded();
    const { effects, measures } = await ask({ quantity: 1 }, { watcher: contextOf });
    expect(effects).toEqual({ same: 9, byRequest: 0, modelled: 0, unanswered: 0 });
    expect(measures['count']).toEqual({ recorded: 9, whatIf: 9 });
  });
});

describe('whatIf with other settings', () => {
  it('fires timers at their own time, and answers the same requests from the journal', async () => {
    const { ask } = await traded();
    const result = await ask({ fastBarCount: 150 }, { watcher: contextOf });
    expect(result.settings).toEqual([
      { path: '/paper/strategy/fastBarCount', recorded: 100, whatIf: 150 },
    ]);
    // 160 ms for each round, and each asks for what the journal has answered at another time.
    expect(result.measures['count']).toEqual({ recorded: 9, whatIf: 6 });
    expect(result.effects).toEqual({ same: 0, byRequest: 6, modelled: 0, unanswered: 0 });
    expect(result.measures['sum']!.whatIf).toBe(100 + 101 + 102 + 103 + 104 + 105);
    expect(result.first).toMatchObject({ seq: 1, path: '/app/desk', field: 'fields.everyMs' });
    expect(result.measures['lastAtMs']).toEqual({ recorded: 990, whatIf: 960 });
    // Six timers and six answers; of the journal, only the start is left.
    expect([result.ownEntries, result.entries, result.differentTurns]).toEqual([12, 19, 19]);
  });

  it('is answered by the model where the journal is silent, and counts it', async () => {
    const { ask } = await traded();
    const model: WhatIfModel = {
      watcher: contextOf,
      answer: ({ port, at }) =>
        port === 'buy' ? { afterMs: 10, output: { at: at + 10, price: 7 } } : undefined,
    };
    const result = await ask({ quantity: 2 }, model);
    expect(result.effects).toEqual({ same: 0, byRequest: 0, modelled: 9, unanswered: 0 });
    expect(result.measures['sum']).toEqual({ recorded: 936, whatIf: 126 });
    expect(result.notEvaluable).toEqual([]);
  });

  it('says what nobody can answer', async () => {
    const { ask } = await traded();
    const result = await ask({ quantity: 2 });
    expect(result.effects).toMatchObject({ same: 0, unanswered: 1 });
    expect(result.notEvaluable).toEqual([
      { what: 'port buy', why: 'asked for 1 times more, and no model answers' },
    ]);
  });

  it('takes an answer only where its conditions are the same', async () => {
    const { ask } = await traded();
    const conditions: WhatIfModel['conditions'] = (_, view) =>
      view.settings.paper.strategy.slowBarCount;
    const same = await ask({ slowBarCount: 1_000 }, { conditions });
    expect(same.effects.same).toBe(9);
    const other = await ask({ slowBarCount: 2_000 }, { conditions });
    expect(other.effects).toMatchObject({ same: 0, byRequest: 0, unanswered: 1 });
  });

  it('takes requests for the same by their key', async () => {
    const { ask } = await traded();
    const key: WhatIfModel['key'] = ({ request }) => (request as { id: number }).id;
    const { effects } = await ask({ quantity: 2 }, { key });
    expect(effects.same).toBe(9);
  });

  it('gives each answer of the journal once', async () => {
    const { ask } = await traded();
    const key: WhatIfModel['key'] = () => 'any';
    const { measures } = await ask({ fastBarCount: 150 }, { key, watcher: contextOf });
    expect(measures['sum']!.whatIf).toBe(100 + 101 + 102 + 103 + 104 + 105);
    // The second asks for what the first one has had.
    const conditions: WhatIfModel['conditions'] = ({ request }, { settings }) => {
      const { id } = request as { id: number };
      return id === 1 && settings.paper.strategy.slowBarCount === 2_000 ? 0 : id;
    };
    const { effects } = await ask({ slowBarCount: 2_000 }, { key, conditions });
    expect(effects).toMatchObject({ same: 1, byRequest: 0, unanswered: 1 });
  });

  it('gives no answer to somebody who was stopped meanwhile', async () => {
    const { ask } = await traded(
      (runtime, clock) => {
        clock.at(155, () => void runtime.stopChild('/app/desk'));
      },
      [tickerSpec],
    );
    // Its own timer at 150; the answer at 160 finds nobody, and the journal goes on until 1,000.
    const { ownEntries } = await ask({ fastBarCount: 150 });
    expect(ownEntries).toBe(1);
  });

  it('takes answers and timers of its own in the order of their times', async () => {
    const { ask } = await traded(undefined, [tickerSpec]);
    const asked = { fastBarCount: 150, slowBarCount: 165 };
    const { measures } = await ask(asked, { watcher: contextOf });
    expect(measures['lastAtMs']!.whatIf).toBe(960);
  });

  it('keeps what is asked about when the journal changes settings', async () => {
    const { ask } = await traded((runtime) => {
      const patch = [{ op: 'replace', path: '/paper/strategy/quantity', value: 5 }] as const;
      runtime.settings.patch(patch, order);
    });
    const model: WhatIfModel = {
      watcher: () => ({
        note: () => {},
        measures: ({ settings }) => ({ quantity: settings.paper.strategy.quantity }),
      }),
    };
    const { measures } = await ask({ quantity: 2 }, model);
    expect(measures['quantity']).toEqual({ recorded: 5, whatIf: 2 });
    const without = await ask({ slowBarCount: 2_000 }, model);
    expect(without.measures['quantity']).toEqual({ recorded: 5, whatIf: 5 });
  });

  it('lets a host tell what follows from the system as it would have', async () => {
    const log = memoryLog();
    const clock = simulatedClock();
    const runtime = await createRuntime({ clock, journal: new Journal(log) });
    await runtime.start();
    runtime.health.gauge('drawdownRatio', 0.02, { max: 0.05, failureCountMax: 1 });
    runtime.health.gauge('drawdownRatio', 0.04);
    await runtime.stop();
    const ask = (model: WhatIfModel) => whatIf(log, { settings: {}, model });
    const told: WhatIfModel['told'] = ({ path, event }) =>
      path.endsWith('/drawdownRatio') && (event as { value?: number }).value === 0.04
        ? { ...(event as object), value: 0.06 }
        : undefined;
    expect((await ask({})).facts).toEqual({});
    expect((await ask({ told })).facts['health.changed']).toEqual({ recorded: 0, whatIf: 1 });
  });

  it('refuses settings that are not allowed', async () => {
    const { ask } = await traded();
    await expect(ask({ fastBarCount: -1 })).rejects.toThrow(ConfigInvalidError);
    await expect(ask({ slowBars: 1 })).rejects.toThrow(/options paper\.strategy\.slowBars/);
  });

  it('says of breakers that their trips cannot all be seen', async () => {
    const log = memoryLog();
    const clock = simulatedClock();
    const runtime = await createRuntime({ clock, journal: new Journal(log) });
    await runtime.start();
    const window = { kind: 'consecutive', failureCountMax: 3 } as const;
    const breaker = runtime.breaker('broker', { window });
    for (let i = 0; i < 3; i += 1) {
      await breaker.execute(() => Promise.reject(new Error('down'))).catch(() => {});
    }
    await clock.advance(1);
    await runtime.stop();
    const result = await whatIf(log, { settings: { log: { level: 'warn' } } });
    expect(result.notEvaluable).toEqual([]);
    expect(result.openings).toEqual({ '/breakers/broker': { recorded: 1, whatIf: 1 } });
    const asked = { breakers: { broker: { openDurationMs: 5 } } };
    const other = await whatIf(log, { settings: asked });
    expect(other.notEvaluable).toMatchObject([{ what: '/breakers/broker' }]);
  });

  it('shows what a safeguard would have done earlier, and what followed', async () => {
    const log = memoryLog();
    const clock = simulatedClock();
    const runtime = await createRuntime({ clock, journal: new Journal(log) });
    await runtime.start();
    const world = { isUp: true };
    for (const id of ['a', 'b', 'c', 'd']) runtime.health.probe({ id, check: () => true });
    runtime.health.probe({ id: 'e', check: () => world.isUp });
    await clock.advance(0);
    world.isUp = false;
    await clock.advance(30_000);
    expect(runtime.degradation.level).toBe('normal');
    await runtime.stop();
    const settings = { degradation: { normalScoreMin: 85 } };
    const result = await whatIf(log, { settings });
    // The alert of the level is the first that comes otherwise, in the order of the paths.
    expect(result.first).toMatchObject({ seq: 16, path: '/safeguards/alerts' });
    expect(result.facts['degradation.changed']).toEqual({ recorded: 0, whatIf: 1 });
    expect(result.facts['posture.changed']).toEqual({ recorded: 1, whatIf: 2 });
    expect(result.notEvaluable).toEqual([]);
    expect(result.effects.unanswered).toBe(0);
  });
});

describe('the text of a what-if', () => {
  it('tells of nothing when nothing differs', async () => {
    const { ask } = await traded();
    expect(whatIfText('./j', await ask({}))).toMatch(
      /no setting differs\n\nNothing comes otherwise\.\n\d+ recorded entries, 0 of them/,
    );
  });

  it('puts both runs side by side', async () => {
    const { ask } = await traded();
    const text = whatIfText('./j', await ask({ fastBarCount: 150 }, { watcher: contextOf }));
    expect(text).toContain('/paper/strategy/fastBarCount: 100 -> 150');
    expect(text).toContain('First difference: 1970-01-01T00:00:00.000Z, seq 1, /app/desk');
    expect(text).toMatch(/count +9 -> 6 \(-3\)/);
    expect(text).toContain('effects: 0 as recorded, 6 by the same request at another time');
  });
});
