/** Hand-made machines, and what exactly is said of their turns. */
import { describe, expect, it } from 'vitest';
import { and, assign, createMachine, emit, fromPromise, not, sendTo, setup, stateIn } from 'xstate';
import { child } from '../../../actors/child.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { explain } from '../../../runtime/explain/explain.ts';
import { explanationText } from '../../../runtime/explain/explanation-text.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { memoryLog } from '../../../runtime/journal/memory-log.ts';
import { explained } from '../../support/explained.ts';
import { part } from '../../support/supervised.ts';

type TickContext = { n: number; job: string | null };

const counter = setup({
  types: {
    context: {} as TickContext,
    events: {} as { type: 'TICK'; by: number } | { type: 'RUN' } | { type: 'NOTE' },
    emitted: {} as { type: 'counted'; n: number },
  },
  guards: {
    isOver: ({ context }, params: { limit: number }) => context.n > params.limit,
    isOdd: ({ context }) => context.n % 2 === 1,
  },
  actors: { work: fromPromise(async () => 'done') },
  actions: { note: () => {} },
}).createMachine({
  id: 'counter',
  context: { n: 0, job: null },
  initial: 'low',
  states: {
    low: {
      after: { 500: 'high' },
      on: {
        TICK: [
          { guard: { type: 'isOver', params: { limit: 9 } }, target: 'high' },
          { guard: ({ context }) => context.n === 7, target: 'high' },
          { guard: and(['isOdd', not(stateIn('high'))]), target: 'high' },
          {
            actions: [
              assign({ n: ({ context, event }) => context.n + event.by }),
              emit(({ context }) => ({ type: 'counted', n: context.n })),
              sendTo(({ system }) => system.get('/app/echo')!, { type: 'SAY' }),
            ],
          },
        ],
        RUN: 'busy',
        NOTE: { actions: 'note' },
      },
    },
    busy: {
      invoke: {
        id: 'work',
        src: 'work',
        onDone: { target: 'low', actions: assign({ job: ({ event }) => event.output }) },
      },
    },
    high: { always: { guard: ({ context }) => context.n > 0, target: 'settled' } },
    settled: {},
  },
});

const echo = createMachine({
  id: 'echo',
  type: 'parallel',
  states: {
    a: { initial: 'off', states: { off: { on: { SAY: 'on' } }, on: {} } },
    b: { initial: 'off', states: { off: {}, on: {} } },
  },
});

const two = [child({ id: 'counter', logic: counter }), child({ id: 'echo', logic: echo })];
const tick = { type: 'TICK', by: 1 };

describe('an explained turn', () => {
  it('tells messages, guards, steps and facts in order, exactly', async () => {
    const { why } = await explained(two, (runtime) => runtime.send('/app/counter', tick));
    const actor = '/app/counter';
    const at = { depth: 1, actor, state: 'counter.low', place: 'on.TICK', on: 'TICK' };
    const guard = { kind: 'guard', ...at, taken: false, value: false };
    const to = { kind: 'step', depth: 1, undone: false };
    expect((await why(2)).happened).toEqual([
      { kind: 'message', depth: 0, actor, event: tick },
      { ...guard, guard: 'isOver', params: { limit: 9 }, parts: [] },
      { ...guard, guard: 'guard 2 of on.TICK', parts: [] },
      {
        ...guard,
        guard: 'and(isOdd, not(stateIn("high")))',
        parts: [{ guard: 'isOdd', value: false, parts: [] }],
      },
      {
        ...to,
        actor,
        on: 'TICK',
        from: 'low',
        to: 'low',
        transitions: [{ source: 'counter.low', place: 'on.TICK', targets: [] }],
      },
      { kind: 'fact', depth: 1, actor, fact: { type: 'counted', n: 1 } },
      { kind: 'message', depth: 1, actor: '/app/echo', from: actor, event: { type: 'SAY' } },
      {
        ...to,
        depth: 2,
        actor: '/app/echo',
        on: 'SAY',
        from: { a: 'off', b: 'off' },
        to: { a: 'on', b: 'off' },
        transitions: [{ source: 'echo.a.off', place: 'on.SAY', targets: ['echo.a.on'] }],
      },
    ]);
  });

  it('reads well', async () => {
    const { text } = await explained(two, (runtime) => runtime.send('/app/counter', tick));
    expect(await text(2)).toBe(
      [
        'seq 2  1970-01-01T00:00:00.000Z  event TICK to /app/counter {by:1}',
        '',
        'Why it came',
        '  it came from outside',
        '',
        'What happened',
        '  outside -> /app/counter: TICK {by:1}',
        '    guard isOver {limit:9} is false (counter.low on.TICK), not taken',
        '    guard guard 2 of on.TICK is false (counter.low on.TICK), not taken',
        '    guard and(isOdd, not(stateIn("high"))) is false: isOdd is false ' +
          '(counter.low on.TICK), not taken',
        '    stays low on TICK',
        '    fact counted {n:1}',
        '    /app/counter -> /app/echo: SAY',
        '      a.off -> a.on on SAY',
        '',
        'What changed',
        '  /app/counter (counter)',
        '    n  0 -> 1',
        '  /app/echo (echo): a.off -> a.on',
      ].join('\n'),
    );
  });

  it('shows composed guards with their parts, and each microstep', async () => {
    const { section } = await explained(two, (runtime) => {
      runtime.send('/app/counter', tick);
      runtime.send('/app/counter', tick);
    });
    expect((await section(3, 'What happened')).slice(3)).toEqual([
      '  guard and(isOdd, not(stateIn("high"))) is true: isOdd is true, ' +
        'not(stateIn("high")) is true: stateIn("high") is false (counter.low on.TICK), taken',
      '  low -> high on TICK by [and(isOdd, not(stateIn("high")))]',
      '  guard guard 1 of always is true (counter.high always), taken',
      '  high -> settled on TICK by counter.high always [guard 1 of always]',
    ]);
  });

  it('says that nothing took the event', async () => {
    const { section } = await explained(two, (runtime) =>
      runtime.send('/app/echo', { type: 'TICK' }),
    );
    expect((await section(2, 'What happened')).slice(1)).toEqual([
      '  no transition for TICK in a.off, b.off',
    ]);
  });

  it('follows timers and effects back and forth', async () => {
    const { why, section } = await explained(two, async (runtime, clock) => {
      runtime.send('/app/counter', { type: 'RUN' });
      await clock.settle();
      await clock.advance(600);
    });
    expect(await section(2, 'Effects')).toEqual(['2.0 work by /app/counter/work: seq 3']);
    expect(await section(2, 'Timers')).toEqual([
      'cancelled: after 500 of counter.low of /app/counter, due 1970-01-01T00:00:00.500Z',
    ]);
    expect(await section(3, 'Timers')).toEqual([
      'set by /app/counter: after 500 of counter.low, due 1970-01-01T00:00:00.500Z, fired: seq 4',
    ]);
    const time = '1970-01-01T00:00:00.000Z';
    expect(await section(4, 'Why it came')).toEqual([
      `3  ${time}  outcome of /app/counter/work: done, "done"`,
      `2  ${time}  event RUN to /app/counter`,
      'seq 2 came from outside',
    ]);
    // One that has fired was not cancelled.
    expect((await why(4)).timersCancelled).toEqual([]);
    const { later, laterCut, effects } = await why(2);
    expect([later.map(({ seq, cause }) => [seq, cause]), laterCut]).toEqual([
      [
        [3, 2],
        [4, 3],
      ],
      false,
    ]);
    expect(effects).toEqual([
      { id: '2.0', port: 'work', path: '/app/counter/work', outcomes: [3] },
    ]);
  });

  it('gives each effect its own outcomes, also when it is asked for again and again', async () => {
    const loop = createMachine({
      id: 'loop',
      initial: 'busy',
      states: {
        busy: { invoke: { id: 'work', src: fromPromise(async () => 1), onDone: 'rest' } },
        rest: { after: { 10: 'busy' } },
      },
    });
    const { why } = await explained([child({ id: 'loop', logic: loop })], (_, clock) =>
      clock.advance(25),
    );
    const { effects, later } = await why(1);
    expect(effects).toMatchObject([{ id: '1.0', outcomes: [2] }]);
    expect(later.filter(({ kind }) => kind === 'outcome').length).toBeGreaterThan(1);
  });

  it('names function actions, which a replay does not run', async () => {
    const { section } = await explained(two, (runtime) =>
      runtime.send('/app/counter', { type: 'NOTE' }),
    );
    expect(await section(2, 'What happened')).toContain('  asks for function action note');
  });
});

describe('an explained turn of supervision', () => {
  it('shows a crash, what it took back, the orders and the restart', async () => {
    const { section, why } = await explained(
      [part('a'), part('b')],
      (runtime) => runtime.send('/app/a', { type: 'CRASH' }),
      { intensity: 1 },
    );
    expect(await section(2, 'What happened')).toEqual([
      'outside -> /app/a: CRASH',
      '  ends: error, boom',
      'runtime -> /app: CHILD_DOWN {restart:"permanent",failed:true,significant:false,' +
        'isLastSignificant:false,id:"a",why:"bo…',
      '  guard endsSupervisor is false (supervisor.running on.CHILD_DOWN), not taken',
      '  guard isForgotten is false (supervisor.running on.CHILD_DOWN), not taken',
      '  guard staysDown is false (supervisor.running on.CHILD_DOWN), not taken',
      '  guard isOneTooMany is false (supervisor.running on.CHILD_DOWN), not taken',
      '  guard restartsAloneNow is true (supervisor.running on.CHILD_DOWN), taken',
      '  running -> restartingOne on CHILD_DOWN by [restartsAloneNow]',
      '    orders: start a',
      '  fact supervisor.restarted {child:"a",why:"boom",group:["a"]}',
      '/app/a: starts as part in open',
      'runtime -> /app: CHILDREN_STARTED',
      '  restartingOne -> running on CHILDREN_STARTED',
      '  guard isOneTryTooMany is false (supervisor.running always), not taken',
      '  guard hasDue is false (supervisor.running always), not taken',
    ]);
    expect(await section(2, 'Who went down')).toEqual(['/app/a: boom']);
    expect((await why(2)).changed).toContainEqual({
      path: '/app/a',
      machine: 'part',
      incarnation: 1,
      to: 'open',
      fields: [{ name: 'count', after: 0 }],
    });
  });

  it('shows that a supervisor gave up', async () => {
    const { section } = await explained(
      [part('a')],
      (runtime) => runtime.send('/app/a', { type: 'CRASH' }),
      { intensity: 0 },
    );
    const lines = await section(2, 'What happened');
    expect(lines).toContain('  running -> stopping on CHILD_DOWN by [isOneTooMany]');
    expect(lines).toContain('    orders: stopAll');
    expect(await section(2, 'Who went down')).toEqual(['/app/a: boom', '/app: gaveUp: boom']);
  });

  it('shows orders once, in the step that gave them', async () => {
    const { why } = await explained([part('a', { restart: 'transient' })], (runtime) => {
      runtime.send('/app/a', { type: 'END' });
      runtime.send('/app', { type: 'unknown' });
    });
    const ordersIn = async (seq: number) =>
      (await why(seq)).happened.flatMap((one) => (one.kind === 'step' ? (one.orders ?? []) : []));
    expect(await ordersIn(2)).toEqual([{ order: 'idle', id: 'a' }]);
    expect(await ordersIn(3)).toEqual([]);
  });

  it('marks the steps that a crash took back', async () => {
    const brittle = createMachine({
      id: 'brittle',
      initial: 'a',
      states: {
        a: { on: { GO: 'b' } },
        b: {
          always: {
            guard: () => {
              throw new Error('no way');
            },
            target: 'a',
          },
        },
      },
    });
    const { why, section, story } = await explained(
      [child({ id: 'it', logic: brittle })],
      (runtime) => runtime.send('/app/it', { type: 'GO' }),
      { intensity: 1 },
    );
    const { happened } = await why(2);
    expect(happened[1]).toMatchObject({ kind: 'step', from: 'a', to: 'b', undone: true });
    expect(happened[2]).toMatchObject({ kind: 'guard', threw: 'no way', taken: false });
    expect((await section(2, 'What happened'))[1]).toBe('  a -> b on GO (taken back by the crash)');
    const { incidents } = await story({ actor: '/app/it' });
    expect(incidents.map(({ kind }) => kind)).toEqual(['started', 'ended', 'started']);
  });
});

describe('an entry of the runtime itself', () => {
  it('is explained: starts, orders, settings, restarts of the process', async () => {
    const log = memoryLog();
    const { tree } = await explained(two, () => {});
    const boot = async () => {
      const journal = new Journal(log);
      const runtime = await createRuntime({ tree, clock: simulatedClock(), journal });
      await runtime.start();
      return runtime;
    };
    const first = await boot();
    const patch = [{ op: 'replace', path: '/log/level', value: 'error' }] as const;
    first.settings.patch(patch, { by: 'Ann', why: 'too loud' });
    await first.restart('/app/echo');
    first.command({ command: 'crash', path: '/app/echo', at: 'now', why: 'a drill' });
    await first.stop();
    await (await boot()).stop();
    const what = async (seq: number) => (await explain(log, { seq }, { tree })).entry.what;
    expect(await Promise.all([1, 2, 3, 4, 5].map(what))).toEqual([
      'the tree was started',
      'settings changed by Ann, too loud: "replace /log/level"',
      'order to restart /app/echo',
      'crash of /app/echo ordered, now: a drill',
      'the process started again and took up the journal',
    ]);
    for (const seq of [1, 2, 3, 4, 5]) {
      const explanation = await explain(log, { seq }, { tree });
      expect(explanation.divergence).toBeUndefined();
      expect(explanationText(explanation)).toContain(`seq ${seq}  1970-01-01T`);
    }
  });
});

describe('what cannot be explained', () => {
  it('has its own words', async () => {
    const { why, log } = await explained(two, () => {});
    await expect(why(9)).rejects.toMatchObject({
      code: 'NOT_IN_JOURNAL',
      message: 'There is no entry 9: the journal has seq 1 to 1.',
    });
    await expect(explain(memoryLog(), { seq: 1 })).rejects.toMatchObject({ code: 'JOURNAL_EMPTY' });
    await expect(explain(log, { seq: 1 })).rejects.toMatchObject({ code: 'MACHINE_CHANGED' });
  });

  it('says loudly that the program does something else', async () => {
    const { log } = await explained(two, (runtime) => runtime.send('/app/counter', tick));
    const { tree } = await explained([child({ id: 'counter', logic: counter })], () => {});
    const explanation = await explain(log, { seq: 2 }, { tree, allowChanged: true });
    expect(explanation.divergence).toMatchObject({ seq: 1, path: '/app/echo' });
    expect(explanation.happened).toEqual([]);
    expect(explanationText(explanation)).toMatch(/^Replay diverges at seq 1: \/app\/echo/);
  });
});
