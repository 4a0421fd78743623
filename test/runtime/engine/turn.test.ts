/** What is part of a turn, and what becomes an entry of its own. */
import { describe, expect, it } from 'vitest';
import {
  type AnyActorRef,
  assign,
  cancel,
  createMachine,
  fromCallback,
  raise,
  sendParent,
  sendTo,
  setup,
} from 'xstate';
import { type AnySpec, child, supervisor } from '../../../actors/child.ts';
import { type TestRuntime, testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../../support/expect-replays.ts';

const app = (...children: AnySpec[]) => supervisor({ id: 'app', intensity: 100, children });

const counter = createMachine({
  id: 'counter',
  types: {} as { context: { n: number } },
  context: { n: 0 },
  on: {
    INC: { actions: assign({ n: ({ context }) => context.n + 1 }) },
    CRASH: {
      actions: assign(() => {
        throw new Error('boom');
      }),
    },
  },
});

/** Sends INC to the counter in the way that the test gives. */
const senderBy = (how: Parameters<typeof createMachine>[0]['on']) =>
  createMachine({ id: 'sender', on: how as never });

const entries = async (test: TestRuntime) =>
  (await test.journal())
    .filter(({ input }) => input.kind !== 'command')
    .map(({ input, turn }) => ({
      path: input.path,
      type: (input.event as { type?: string }).type,
      cause: input.cause,
      changed: turn.changed?.map((row) => row.path) ?? [],
    }));

const n = (test: TestRuntime) => (test.snapshot('/app/counter')!.context as { n: number }).n;

describe('within one turn', () => {
  it('delivers what a machine sends to another one', async () => {
    const sender = senderBy({
      GO: { actions: sendTo(({ system }) => system.get('/app/counter')!, { type: 'INC' }) },
    });
    const tree = app(
      child({ id: 'sender', logic: sender }),
      child({ id: 'counter', logic: counter }),
    );
    await using test = await testRuntime({ tree });
    test.send('/app/sender', { type: 'GO' });
    expect(n(test)).toBe(1);
    expect(await entries(test)).toEqual([
      { path: '/app/sender', type: 'GO', cause: undefined, changed: ['/app/counter'] },
    ]);
    await expectReplays(test);
  });

  it('delivers to children and to parents of children', async () => {
    const kid = createMachine({
      id: 'kid',
      on: { ASK: { actions: sendParent({ type: 'ANSWER' }) } },
    });
    const parent = setup({ actors: { kid } }).createMachine({
      id: 'parent',
      initial: 'asking',
      invoke: { src: 'kid', id: 'kid' },
      states: {
        asking: { on: { GO: { actions: sendTo('kid', { type: 'ASK' }) }, ANSWER: 'told' } },
        told: {},
      },
    });
    await using test = await testRuntime({ tree: app(child({ id: 'p', logic: parent })) });
    test.send('/app/p', { type: 'GO' });
    expect(test.snapshot('/app/p')?.value).toBe('told');
    expect(await entries(test)).toHaveLength(1);
    await expectReplays(test);
  });

  it('keeps the logical time, and gives it to every start', async () => {
    const times: number[] = [];
    const input = ({ at }: { at: number }) => times.push(at);
    const tree = app(child({ id: 'counter', logic: counter, input }));
    await using test = await testRuntime({ tree, startMs: 1_000 });
    await test.advance(234);
    test.send('/app/counter', { type: 'CRASH' });
    expect(times).toEqual([1_000, 1_234]);
    expect((await test.journal()).map(({ input: { at } }) => at)).toEqual([1_000, 1_234]);
  });
});

describe('the digest', () => {
  it('tells runs apart by what entered, though nothing came of it', async () => {
    const digests = new Set<string>();
    for (const [type, ms] of [
      ['A', 0],
      ['B', 0],
      ['A', 5],
    ] as const) {
      await using test = await testRuntime({ tree: app(child({ id: 'c', logic: counter })) });
      await test.advance(ms);
      test.send('/app/c', { type });
      digests.add(test.digest());
    }
    expect(digests.size).toBe(3);
  });
});

describe('an entry of its own', () => {
  it('is what an action of a machine sends by hand, with the actor that it went to', async () => {
    const sender = senderBy({
      GO: { actions: ({ system }) => system.get('/app/counter')!.send({ type: 'INC' }) },
    });
    for (const actions of ['afterTurn', 'inTurn'] as const) {
      const tree = app(
        child({ id: 'sender', logic: sender, actions }),
        child({ id: 'counter', logic: counter }),
      );
      await using test = await testRuntime({ tree });
      test.send('/app/sender', { type: 'GO' });
      expect(await entries(test)).toEqual([
        { path: '/app/sender', type: 'GO', cause: undefined, changed: [] },
        { path: '/app/counter', type: 'INC', cause: undefined, changed: ['/app/counter'] },
      ]);
      await expectReplays(test);
    }
  });

  it('is what a listener of facts sends, after the turn that told it', async () => {
    const tree = app(child({ id: 'counter', logic: counter }));
    await using test = await testRuntime({ tree });
    const order: string[] = [];
    test.runtime.on('supervisor.restarted', () => {
      order.push(`before ${n(test)}`);
      test.send('/app/counter', { type: 'INC' });
      order.push(`after ${n(test)}`);
    });
    test.send('/app/counter', { type: 'CRASH' });
    expect(order).toEqual(['before 0', 'after 0']);
    expect(n(test)).toBe(1);
    await expectReplays(test);
  });

  it('is a due timer, whose cause is the turn that set it', async () => {
    const sender = senderBy({
      GO: {
        actions: sendTo(
          ({ system }) => system.get('/app/counter')!,
          { type: 'INC' },
          { delay: 50 },
        ),
      },
    });
    const tree = app(
      child({ id: 'sender', logic: sender }),
      child({ id: 'counter', logic: counter }),
    );
    await using test = await testRuntime({ tree });
    test.send('/app/sender', { type: 'GO' });
    await test.advance(49);
    expect(n(test)).toBe(0);
    await test.advance(1);
    expect(n(test)).toBe(1);
    const last = (await test.journal()).at(-1)!.input;
    expect(last).toMatchObject({ kind: 'timer', path: '/app/sender', at: 50, cause: 2 });
    await expectReplays(test);
  });

  it('is no delay that was cancelled, or whose state was left', async () => {
    const machine = createMachine({
      id: 'm',
      initial: 'waiting',
      on: {
        LATER: { actions: raise({ type: 'LATE' }, { id: 'late', delay: 10 }) },
        NEVER: { actions: cancel('late') },
        LATE: '.late',
      },
      states: { waiting: { after: { 20: 'late' }, on: { LEAVE: 'left' } }, left: {}, late: {} },
    });
    await using test = await testRuntime({ tree: app(child({ id: 'm', logic: machine })) });
    for (const type of ['LATER', 'NEVER', 'LEAVE']) test.send('/app/m', { type });
    await test.advance(100);
    expect(test.snapshot('/app/m')?.value).toBe('left');
    expect((await test.journal()).filter(({ input }) => input.kind === 'timer')).toEqual([]);
  });

  it('takes a delay that is no number as none', async () => {
    const machine = createMachine({
      id: 'odd',
      initial: 'a',
      states: {
        a: {
          entry: [
            raise({ type: 'LATE' }, { delay: 20 }),
            raise({ type: 'NOW' }, { delay: Number.NaN }),
            raise({ type: 'EARLY' }, { delay: 10 }),
          ],
          on: { NOW: 'b' },
        },
        b: { on: { EARLY: 'c' } },
        c: { on: { LATE: 'd' } },
        d: {},
      },
    });
    await using test = await testRuntime({ tree: app(child({ id: 'odd', logic: machine })) });
    await test.advance(20);
    expect(test.snapshot('/app/odd')?.value).toBe('d');
  });
});

describe('messages to who is not there', () => {
  const meeting = createMachine({
    id: 'meeting',
    types: {} as { context: { friend: AnyActorRef | null } },
    context: { friend: null },
    on: {
      MEET: { actions: assign({ friend: ({ system }) => system.get('/app/counter')! }) },
      TELL: { actions: sendTo(({ context }) => context.friend!, { type: 'INC' }) },
    },
  });
  const tree = () =>
    app(
      child({ id: 'counter', logic: counter }),
      child({ id: 'meeting', logic: meeting }),
      supervisor({ id: 'pool', children: [] }),
    );

  it('reach the successor of the actor that they were for', async () => {
    await using test = await testRuntime({ tree: tree() });
    test.send('/app/meeting', { type: 'MEET' });
    test.send('/app/counter', { type: 'CRASH' });
    test.send('/app/meeting', { type: 'TELL' });
    expect(n(test)).toBe(1);
    expect(test.runtime.deadLetters().count).toBe(0);
    await expectReplays(test);
  });

  it('become dead letters when nobody runs there any more', async () => {
    await using test = await testRuntime({ tree: tree() });
    test.send('/app/meeting', { type: 'MEET' });
    await test.runtime.stopChild('/app/counter');
    test.send('/app/meeting', { type: 'TELL' });
    expect(test.send('/app/counter', { type: 'INC' })).toBe(false);
    const { count, letters } = test.runtime.deadLetters();
    expect(count).toBe(2);
    expect(letters).toMatchObject([
      { path: '/app/counter', event: { type: 'INC' }, why: 'noActor', seq: 4 },
      { path: '/app/counter', event: { type: 'INC' }, why: 'noActor', seq: 4 },
    ]);
    await expectReplays(test);
  });

  it('wait in a reference that was made before anybody ran there', async () => {
    await using test = await testRuntime({ tree: tree() });
    const early = createMachine({
      id: 'early',
      types: {} as { context: { late: AnyActorRef } },
      context: ({ self }) => ({ late: self.system.get('/app/pool/late')! }),
      on: { TELL: { actions: sendTo(({ context }) => context.late, { type: 'INC' }) } },
    });
    await test.runtime.spawn('/app/pool', child({ id: 'early', logic: early }));
    test.send('/app/pool/early', { type: 'TELL' });
    expect(test.runtime.deadLetters().count).toBe(1);
    await test.runtime.spawn('/app/pool', child({ id: 'late', logic: counter }));
    test.send('/app/pool/early', { type: 'TELL' });
    expect(test.snapshot('/app/pool/late')?.context).toEqual({ n: 1 });
  });

  it.each([
    ['a machine', senderBy({ GO: { actions: sendParent({ type: 'HELLO' }) } })],
    [
      'a callback',
      fromCallback(({ receive, sendBack }) => receive(() => sendBack({ type: 'HELLO' }))),
    ],
  ])('name %s that sends to a parent which a supervised actor does not have', async (_, logic) => {
    await using test = await testRuntime({ tree: app(child({ id: 'orphan', logic })) });
    test.send('/app/orphan', { type: 'GO' });
    await test.settle();
    expect(test.runtime.deadLetters().letters).toMatchObject([
      { path: '/app/orphan', event: { type: 'HELLO' }, why: 'noParent' },
    ]);
    expect(test.snapshot('/app')?.value).toBe('running');
  });
});

describe('ids of children', () => {
  const kid = createMachine({
    id: 'kid',
    after: { 10: { actions: sendParent({ type: 'TICK' }) } },
  });
  const parent = createMachine({
    id: 'parent',
    types: {} as { context: { ticks: number; kid: AnyActorRef | null } },
    context: { ticks: 0, kid: null },
    on: {
      SPAWN: { actions: assign({ kid: ({ spawn }) => spawn(kid, { id: 'kid' }) }) },
      TICK: { actions: assign({ ticks: ({ context }) => context.ticks + 1 }) },
    },
  }).provide({ actors: { kid } } as never);

  it('are refused when they are in use: the parent crashes and says so', async () => {
    await using test = await testRuntime({ tree: app(child({ id: 'p', logic: parent })) });
    test.send('/app/p', { type: 'SPAWN' });
    test.send('/app/p', { type: 'SPAWN' });
    expect(test.snapshot('/app/p')).toMatchObject({
      restarts: 1,
      lastError: expect.stringContaining("'/app/p/kid' is running already"),
    });
    await test.advance(100);
    expect(test.snapshot('/app/p')?.context).toMatchObject({ ticks: 0 });
    await expectReplays(test);
  });
});
