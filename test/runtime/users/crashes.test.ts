/** Machines that crash: who is told, what is left, and that all of it happens again in a replay. */
import { describe, expect, it } from 'vitest';
import {
  type AnyActorRef,
  assign,
  createMachine,
  fromCallback,
  fromPromise,
  sendTo,
  setup,
  spawnChild,
} from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { type TestRuntime, testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../../support/expect-replays.ts';
import { pass, refuse, replyLate, send, users, type World } from '../../support/users.ts';

const boom = (why: string) => () => {
  throw new RangeError(why);
};

/** Crashes in every place that a user may have a bug in. */
const fragile = (world: World) =>
  setup({
    types: { context: {} as { n: number; kids: readonly AnyActorRef[] } },
    actors: {
      ask: fromPromise(() => world.request('ask')),
      line: fromCallback(({ sendBack }) => world.connect('line', sendBack)),
      kid: createMachine({
        id: 'kid',
        initial: 'a',
        states: { a: { after: { 100: 'b' } }, b: {} },
        on: { FAIL: { actions: assign(boom('kid')) } },
      }),
    },
  }).createMachine({
    id: 'fragile',
    context: { n: 0, kids: [] },
    invoke: { src: 'line' },
    initial: 'calm',
    on: {
      COUNT: { actions: assign({ n: ({ context }) => context.n + 1 }) },
      SPAWN: {
        actions: assign({
          kids: ({ context, spawn }) => [
            ...context.kids,
            spawn('kid', { systemId: `kid ${context.kids.length}` }),
          ],
        }),
      },
      FAIL_KID: { actions: sendTo(({ context }) => context.kids[0]!, { type: 'FAIL' }) },
      GUARD: { guard: boom('guard'), target: '.calm' },
      ASSIGN: {
        actions: [spawnChild('kid', { id: 'lost', systemId: 'lost' }), assign(boom('assign'))],
      },
      ACTION: { actions: boom('action') },
      TWICE: { actions: [spawnChild('kid', { id: 'same' }), spawnChild('kid', { id: 'same' })] },
      NAMESAKE: { actions: spawnChild('kid', { systemId: 'kid 0' }) },
      ASK: '.asking',
    },
    states: {
      calm: { after: { 50: { target: 'late', actions: assign({ n: 100 }) } } },
      late: { exit: boom('exit') },
      asking: {
        invoke: { src: 'ask', onDone: { target: 'calm', actions: assign(boom('onDone')) } },
      },
    },
  });

/** What it waits for, and whether it waits, depends on what it remembers of its crashes. */
const crashing = [
  send('COUNT'),
  send('ASK'),
  replyLate('ask'),
  send('SPAWN'),
  send('GUARD'),
  send('SPAWN'),
  ...pass(30),
  send('FAIL_KID'),
  send('ASK'),
  refuse('ask', 'no'),
  send('SPAWN'),
  send('ASSIGN'),
  send('COUNT'),
  ...pass(60),
  send('ASK'),
  send('ASK'),
  replyLate('ask'),
  send('SPAWN'),
  send('NAMESAKE'),
  send('TWICE'),
  send('ACTION'),
  send('SPAWN'),
  ...pass(70),
];

for (const memory of ['clean', 'snapshot'] as const) {
  users(`a machine that crashes everywhere, with ${memory} memory`, {
    make: fragile,
    isPlain: false,
    spec: { restart: 'permanent', memory },
    script: crashing,
  });
}

users('children whose failures are handled, or escalate', {
  isPlain: false,
  spec: { restart: 'permanent' },
  make: (world) => {
    const middle = setup({
      actors: { ask: fromPromise(() => world.request('ask')) },
    }).createMachine({
      id: 'middle',
      invoke: { src: 'ask' },
    });
    return setup({
      types: { context: {} as { caught: readonly string[] } },
      actors: { middle },
    }).createMachine({
      id: 'top',
      context: { caught: [] },
      initial: 'guarded',
      states: {
        guarded: {
          invoke: {
            src: 'middle',
            onError: {
              target: 'guarded',
              reenter: true,
              actions: assign({
                caught: ({ context: c, event }) => [...c.caught, `${event.error}`],
              }),
            },
          },
          on: { DARE: 'open' },
        },
        open: { invoke: { src: 'middle', id: 'middle' } },
      },
    });
  },
  script: [
    refuse('ask', 'first'),
    refuse('ask', 'second'),
    send('DARE'),
    refuse('ask', 'third'),
    refuse('ask', 'fourth'),
  ],
});

describe('what a user is told', () => {
  const start = (logic: Parameters<typeof child>[0]['logic'], input?: unknown) =>
    testRuntime({
      tree: supervisor({
        id: 'app',
        intensity: 100,
        children: [child({ id: 'it', logic, input })],
      }),
    });
  const lastError = (test: TestRuntime) => test.snapshot('/app/it')?.lastError;
  const fragileOne = () => fragile({ request: () => {}, connect: () => {} } as never);

  it.each([
    [
      'GUARD',
      "Unable to evaluate guard in transition for event 'GUARD' in state node 'fragile':\nguard",
    ],
    ['ASSIGN', 'RangeError: assign'],
    ['ACTION', 'RangeError: action'],
    ['TWICE', "TypeError: '/app/it/same' is running already: stop it before another child takes"],
    ['FAIL_KID', 'RangeError: kid'],
    ['NAMESAKE', "Actor with system ID 'kid 0' already exists."],
  ])('after %s is why it crashed', async (type, words) => {
    await using test = await start(fragileOne());
    test.send('/app/it', { type: 'SPAWN' });
    test.send('/app/it', { type });
    expect(lastError(test)).toContain(words);
    expect(test.snapshot('/app/it')).toMatchObject({ incarnation: 1, context: { n: 0 } });
    await expectReplays(test);
  });

  it('after the same crash twice is the same, for no name is left taken', async () => {
    await using test = await start(fragileOne());
    test.send('/app/it', { type: 'ASSIGN' });
    test.send('/app/it', { type: 'ASSIGN' });
    expect(test.snapshot('/app/it')).toMatchObject({ incarnation: 2 });
    expect(lastError(test)).toBe('RangeError: assign');
    await expectReplays(test);
  });

  it('of an event with a value that no journal holds is which value and what to do', async () => {
    await using test = await start(createMachine({}));
    const cases: [unknown, string][] = [
      [new Map(), 'a Map'],
      [new Set(), 'a Set'],
      [Symbol('s'), 'a symbol'],
      [() => {}, 'a function'],
      [new Uint8Array(2), 'a Uint8Array'],
      [Promise.resolve(), 'a Promise'],
      [new WeakMap(), 'a WeakMap'],
      [/x/, 'a RegExp'],
    ];
    for (const [value, what] of cases) {
      expect(() => test.send('/app/it', { type: 'GIVE', deep: { value } })).toThrow(
        `The journal cannot hold ${what} at 'deep.value': ` +
          'use JSON values, dates, errors, bigints or actor references.',
      );
    }
    expect(test.runtime.seq).toBe(1);
  });

  it('of a context with such a value is in the journal, and a replay has it too', async () => {
    class Money {
      readonly cents: number;
      constructor(cents: number) {
        this.cents = cents;
      }
      plus(cents: number): Money {
        return new Money(this.cents + cents);
      }
    }
    const logic = createMachine({
      types: {} as { context: { byId: Map<string, number>; money: Money; tag: symbol } },
      context: () => ({ byId: new Map(), money: new Money(5), tag: Symbol.for('tag') }),
      on: {
        PUT: {
          actions: assign(({ context, event }) => ({
            byId: new Map(context.byId).set(event['id'], event['n']),
            money: context.money.plus(event['n']),
          })),
        },
      },
    });
    await using test = await start(logic);
    test.send('/app/it', { type: 'PUT', id: 'a', n: 2 });
    const { context } = test.snapshot('/app/it') as { context: { byId: unknown; money: Money } };
    expect(context.byId).toEqual(new Map([['a', 2]]));
    expect(context.money.plus(0)).toEqual(new Money(7));
    const [first] = await test.journal();
    const row = first!.turn.changed?.find(({ path }) => path === '/app/it');
    expect(row?.fields).toEqual({
      byId: { '#': 'not JSON: [object Map]' },
      money: { cents: 5 },
      tag: { '#': 'not JSON: [object Symbol]' },
    });
    const replayed = await test.replay();
    expect(replayed.divergence).toBeUndefined();
    expect(replayed.tree[0]?.children[0]?.context).toEqual(context);
  });
});
