/**
 * Plain function actions are effects too: they run once, and what they throw happens again in
 * replay.
 */
import { describe, expect, it } from 'vitest';
import { assign, createMachine, emit, enqueueActions, log, sendTo } from 'xstate';
import { type ChildSpec, child, supervisor } from '../../../actors/child.ts';
import { type TestRuntime, testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays as expectReplay } from '../../support/expect-replays.ts';

const ran: string[] = [];

const machine = createMachine({
  id: 'm',
  types: {} as { context: { n: number }; emitted: { type: 'done'; n: number } },
  context: { n: 0 },
  on: {
    ACT: {
      actions: [
        () => ran.push('first'),
        assign({ n: ({ context }) => context.n + 1 }),
        ({ context }) => ran.push(`n ${context.n}`),
        log('heard'),
        emit(({ context }) => ({ type: 'done', n: context.n })),
      ],
    },
    THROW: {
      actions: [
        assign({ n: 7 }),
        ({ event }) => {
          ran.push('throws');
          throw event['what'];
        },
        sendTo(({ system }) => system.get('/app/other')!, { type: 'AFTER' }),
      ],
    },
    QUEUED: {
      actions: enqueueActions(({ enqueue }) => {
        enqueue(() => ran.push('queued'));
      }),
    },
  },
});
const other = createMachine({
  id: 'other',
  initial: 'quiet',
  states: { quiet: { on: { AFTER: 'told' } }, told: {} },
});

async function start(actions: ChildSpec['actions']): Promise<TestRuntime> {
  ran.length = 0;
  const children = [
    child({ id: 'm', logic: machine, actions }),
    child({ id: 'other', logic: other }),
  ];
  return testRuntime({ tree: supervisor({ id: 'app', intensity: 100, children }) });
}

async function expectReplays(test: TestRuntime): Promise<void> {
  const before = [...ran];
  await expectReplay(test);
  expect(ran).toEqual(before);
}

describe.each(['afterTurn', 'inTurn'] as const)('function actions that run %s', (actions) => {
  it('run once, in order, with the context of their place, and never in replay', async () => {
    await using test = await start(actions);
    test.send('/app/m', { type: 'ACT' });
    test.send('/app/m', { type: 'QUEUED' });
    expect(ran).toEqual(['first', 'n 1', 'queued']);
    await expectReplays(test);
  });

  it.each<[string, unknown, string]>([
    ['an error', new RangeError('no'), 'RangeError: no'],
    ['a text', 'no', 'no'],
    ['nothing', undefined, 'undefined'],
    ['what no journal can hold', { socket: new Map() }, 'Something was thrown that is no error'],
  ])('crash their actor by throwing %s, also in replay', async (_, what, words) => {
    await using test = await start(actions);
    // What no journal holds cannot be sent either; the action makes it.
    const thrower = createMachine({
      id: 'thrower',
      on: {
        THROW: {
          actions: () => {
            throw what;
          },
        },
      },
    });
    await test.runtime.spawn('/app', child({ id: 't', logic: thrower, actions }));
    test.send('/app/t', { type: 'THROW' });
    expect(test.snapshot('/app/t')).toMatchObject({
      restarts: 1,
      lastError: expect.stringContaining(words),
    });
    await test.runtime.flush();
  });
});

describe('an action that throws', () => {
  it('in the turn stops the messages after it, at the same place in replay', async () => {
    await using test = await start('inTurn');
    test.send('/app/m', { type: 'THROW', what: new Error('boom') });
    expect(test.snapshot('/app/m')).toMatchObject({ restarts: 1, context: { n: 0 } });
    expect(test.snapshot('/app/other')?.value).toBe('quiet');
    const rows = await test.journal();
    expect(rows).toHaveLength(2);
    expect(rows[1]!.turn.threw).toEqual({ 0: { $error: { name: 'Error', message: 'boom' } } });
    await expectReplays(test);
  });

  it('after the turn is the next entry; its messages have gone out', async () => {
    await using test = await start('afterTurn');
    test.send('/app/m', { type: 'THROW', what: new Error('boom') });
    expect(test.snapshot('/app/m')).toMatchObject({ restarts: 1, context: { n: 0 } });
    expect(test.snapshot('/app/other')?.value).toBe('told');
    const rows = await test.journal();
    expect(rows.map(({ input }) => input.kind)).toEqual(['command', 'event', 'outcome']);
    expect(rows[2]!.turn.down).toEqual([{ path: '/app/m', why: 'boom' }]);
    await expectReplays(test);
  });

  it('after the turn does not crash a successor of its actor', async () => {
    await using test = await start('afterTurn');
    test.runtime.on('supervisor.restarted', () => {});
    await test.runtime.restart('/app/m');
    test.send('/app/m', { type: 'THROW', what: 'one' });
    test.send('/app/m', { type: 'ACT' });
    expect(test.snapshot('/app/m')).toMatchObject({ restarts: 2, context: { n: 1 } });
  });
});

describe('facts', () => {
  it('are journaled with who emitted them, and told after the turn', async () => {
    await using test = await start('afterTurn');
    const heard: unknown[] = [];
    test.runtime.on('done', (fact) => heard.push({ ...fact, seen: test.runtime.seq }));
    test.send('/app/m', { type: 'ACT' });
    expect(heard).toEqual([{ type: 'done', n: 1, path: '/app/m', at: 0, seq: 2, seen: 2 }]);
    expect((await test.journal()).at(-1)!.turn.facts).toEqual([
      { path: '/app/m', type: 'done', n: 1 },
    ]);
    await expectReplays(test);
  });
});
