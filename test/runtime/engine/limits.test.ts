/** Cascades that are long are fine; those without end hit who began them, and nobody else. */
import { describe, expect, it } from 'vitest';
import { assign, createMachine, sendTo, setup } from 'xstate';
import { type AnySpec, child, supervisor } from '../../../actors/child.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../../support/expect-replays.ts';

const app = (...children: AnySpec[]) => supervisor({ id: 'app', intensity: 5, children });

/** Passes what it gets to the next one. */
const link = createMachine({
  id: 'link',
  types: {} as { context: { next: string; got: number }; input: { next: string } },
  context: ({ input }) => ({ next: input.next, got: 0 }),
  on: {
    PASS: {
      actions: [
        assign({ got: ({ context }) => context.got + 1 }),
        sendTo(({ context, system }) => system.get(context.next)!, { type: 'PASS' }),
      ],
    },
  },
});
const end = createMachine({
  id: 'end',
  types: {} as { context: { got: number } },
  context: { got: 0 },
  on: { PASS: { actions: assign({ got: ({ context }) => context.got + 1 }) } },
});
const bystander = createMachine({ id: 'bystander', on: { ASK: { actions: () => {} } } });

const chain = (length: number, last: string) =>
  Array.from({ length }, (_, i) =>
    child({
      id: `l${i}`,
      logic: link,
      input: { next: i === length - 1 ? last : `/app/l${i + 1}` },
      restart: 'temporary',
    }),
  );

describe('a cascade', () => {
  it('runs through a chain of 5,000 actors in one turn', async () => {
    const tree = app(...chain(5_000, '/app/end'), child({ id: 'end', logic: end }));
    await using test = await testRuntime({ tree });
    const before = test.runtime.seq;
    test.send('/app/l0', { type: 'PASS' });
    expect(test.snapshot('/app/end')?.context).toEqual({ got: 1 });
    expect(test.runtime.seq).toBe(before + 1);
    expect(test.snapshot('/app')).toMatchObject({ value: 'running' });
    await expectReplays(test);
  });

  it('ends before its crashes are dealt with, also the part of it that had to queue', async () => {
    const victim = createMachine({
      id: 'victim',
      types: {} as { context: { got: number } },
      context: { got: 0 },
      on: {
        PASS: { actions: assign({ got: ({ context }) => context.got + 1 }) },
        CRASH: {
          actions: assign(() => {
            throw new Error('boom');
          }),
        },
      },
    });
    const head = createMachine({
      id: 'head',
      on: {
        GO: {
          actions: [
            sendTo(({ system }) => system.get('/app/l0')!, { type: 'PASS' }),
            sendTo(({ system }) => system.get('/app/victim')!, { type: 'CRASH' }),
          ],
        },
      },
    });
    const ends = [child({ id: 'victim', logic: victim }), child({ id: 'head', logic: head })];
    await using test = await testRuntime({ tree: app(...chain(250, '/app/victim'), ...ends) });
    test.send('/app/head', { type: 'GO' });
    expect(test.snapshot('/app/victim')).toMatchObject({ restarts: 1, context: { got: 0 } });
    expect(test.runtime.deadLetters().letters).toMatchObject([
      { path: '/app/victim', event: { type: 'PASS' }, why: 'noActor' },
    ]);
    await expectReplays(test);
  });

  it.each([2, 300])(
    'without end, over %d actors, crashes a sender and leaves the rest',
    async (size) => {
      const tree = app(...chain(size, '/app/l0'), child({ id: 'bystander', logic: bystander }));
      await using test = await testRuntime({ tree });
      test.send('/app/l0', { type: 'PASS' });
      const last = (await test.journal()).at(-1)!;
      expect(last.turn.down).toEqual([
        {
          path: expect.stringMatching(/^\/app\/l\d+$/),
          why: expect.stringMatching(/^More than 100000/),
        },
      ]);
      expect(test.snapshot('/app')?.value).toBe('running');
      expect(test.send('/app/bystander', { type: 'ASK' })).toBe(true);
      await expectReplays(test);
    },
  );

  it('without end by a child that ends and is made again crashes its parent', async () => {
    const brief = createMachine({
      id: 'brief',
      initial: 'end',
      states: { end: { type: 'final' } },
    });
    const parent = setup({ actors: { brief } }).createMachine({
      id: 'parent',
      initial: 'idle',
      states: {
        idle: { on: { GO: 'work' } },
        work: { invoke: { src: 'brief', onDone: { target: 'work', reenter: true } } },
      },
    });
    await using test = await testRuntime({ tree: app(child({ id: 'p', logic: parent })) });
    test.send('/app/p', { type: 'GO' });
    expect(test.snapshot('/app/p')).toMatchObject({ value: 'idle', restarts: 1 });
  });

  it('of transitions without events is bounded, and a crash', async () => {
    const dizzy = createMachine({
      id: 'dizzy',
      initial: 'idle',
      states: {
        idle: { on: { GO: 'left' } },
        left: { always: 'right' },
        right: { always: 'left' },
      },
    });
    const provided = dizzy.provide({});
    const tree = app(child({ id: 'd', logic: dizzy }), child({ id: 'p', logic: provided }));
    await using test = await testRuntime({ tree });
    for (const path of ['/app/d', '/app/p']) {
      test.send(path, { type: 'GO' });
      expect(test.snapshot(path)).toMatchObject({
        value: 'idle',
        restarts: 1,
        lastError: expect.stringContaining('Infinite loop'),
      });
    }
    await expectReplays(test);
  });
});

describe('a mailbox', () => {
  /** Sends itself more than fits, from a function action within the turn. */
  const greedy = createMachine({
    id: 'greedy',
    types: {} as { context: { got: number[] } },
    context: { got: [] },
    on: {
      FLOOD: {
        actions: ({ self }) => {
          for (let i = 0; i < 5; i++) self.send({ type: 'DROP', i });
        },
      },
      DROP: {
        actions: assign({ got: ({ context, event }) => [...context.got, event['i'] as number] }),
      },
    },
  });
  const tree = app(child({ id: 'g', logic: greedy, actions: 'inTurn' }));

  it.each([
    ['dropNewest', [0, 1], [2, 3, 4]],
    ['dropOldest', [3, 4], [0, 1, 2]],
  ] as const)('that is full drops by %s, into the dead letters', async (overflow, kept, lost) => {
    const settings = { mailbox: { countMax: 2, overflow } };
    await using test = await testRuntime({ tree, settings });
    test.send('/app/g', { type: 'FLOOD' });
    expect(test.snapshot('/app/g')?.context).toEqual({ got: kept });
    expect(test.runtime.deadLetters()).toMatchObject({
      count: 3,
      letters: lost.map((i) => ({
        path: '/app/g',
        event: { type: 'DROP', i },
        why: 'mailboxFull',
      })),
    });
    await expectReplays(test);
  });
});
