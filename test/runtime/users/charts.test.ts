/** Charts inside charts, charts of others, and charts written without `setup`. */
import { assign, createMachine, fromPromise, raise, sendTo, setup } from 'xstate';
import { pass, reply, send, users } from '../../support/users.ts';

const approval = setup({
  types: { input: {} as { amount: number }, context: {} as { amount: number; by: string } },
}).createMachine({
  id: 'approval',
  context: ({ input }) => ({ amount: input.amount, by: '' }),
  initial: 'routing',
  states: {
    routing: {
      always: [
        { guard: ({ context }) => context.amount < 10, target: 'approved' },
        { target: 'asked' },
      ],
    },
    asked: {
      on: {
        YES: { target: 'approved', actions: assign({ by: ({ event }) => event['by'] }) },
        NO: 'refused',
      },
      after: { 1000: 'escalated' },
    },
    escalated: { tags: 'urgent', on: { YES: 'approved', NO: 'refused' } },
    approved: { type: 'final', output: true },
    refused: { type: 'final', output: false },
  },
  output: ({ event, context }) => ({ ok: event.output, ...context }),
});

users('an invoked chart whose snapshots its parent follows', {
  make: () =>
    setup({
      types: { context: {} as { seen: readonly string[]; results: readonly unknown[] } },
      actors: { approval },
    }).createMachine({
      id: 'desk',
      context: { seen: [], results: [] },
      initial: 'free',
      states: {
        free: { on: { ASK: 'waiting' } },
        waiting: {
          invoke: {
            src: 'approval',
            id: 'approval',
            input: ({ event }) => ({ amount: (event['amount'] as number) ?? 50 }),
            onSnapshot: {
              actions: assign({
                seen: ({ context, event }) => [
                  ...context.seen,
                  JSON.stringify((event.snapshot as { value: unknown }).value),
                ],
              }),
            },
            onDone: {
              target: 'free',
              actions: assign({ results: ({ context: c, event }) => [...c.results, event.output] }),
            },
          },
          on: {
            YES: { actions: sendTo('approval', { type: 'YES', by: 'Ada' }) },
            NO: { actions: sendTo('approval', { type: 'NO' }) },
          },
        },
      },
    }),
  script: [
    send({ type: 'ASK', amount: 5 }),
    send('ASK'),
    send('YES'),
    send('ASK'),
    ...pass(1_000),
    send('NO'),
  ],
});

/** The chart is a library's; what it does is given by who uses it. */
const library = setup({
  types: { context: {} as { items: readonly string[] }, events: {} as { type: 'LOAD' | 'CLEAR' } },
  actors: { load: fromPromise<string[]>(async () => []) },
  actions: { announce: () => {} },
  guards: { mayLoad: () => false },
  delays: { rest: 1 },
}).createMachine({
  id: 'library',
  context: { items: [] },
  initial: 'idle',
  states: {
    idle: { on: { LOAD: { guard: 'mayLoad', target: 'loading' } } },
    loading: {
      invoke: {
        src: 'load',
        onDone: {
          target: 'resting',
          actions: ['announce', assign({ items: ({ event }) => event.output })],
        },
      },
    },
    resting: { after: { rest: 'idle' }, on: { CLEAR: { actions: assign({ items: [] }) } } },
  },
});

users('a chart whose implementations are provided', {
  make: (world) =>
    library.provide({
      actors: { load: fromPromise(async () => (await world.request('load')) as string[]) },
      actions: { announce: ({ context }) => world.note(`had ${context.items.length}`) },
      guards: { mayLoad: ({ context }) => context.items.length < 3 },
      delays: { rest: 70 },
    }),
  script: [
    send('LOAD'),
    reply('load', ['a', 'b']),
    ...pass(70),
    send('LOAD'),
    reply('load', ['a', 'b', 'c']),
    ...pass(69),
    send('CLEAR'),
    ...pass(1),
    send('LOAD'),
  ],
});

users('a chart without setup', {
  make: (world) =>
    createMachine(
      {
        id: 'bare',
        types: {} as { context: { n: number } },
        context: { n: 1 },
        initial: 'a',
        states: {
          a: {
            entry: ['note', raise({ type: 'GO' })],
            on: {
              GO: { guard: 'isOdd', target: 'b', actions: ({ event }) => world.note(event.type) },
            },
          },
          b: {
            invoke: {
              id: 'inline',
              src: fromPromise(() => world.request('inline')),
              onDone: {
                target: 'c',
                actions: assign({ n: ({ event }) => event.output as number }),
              },
            },
            after: { long: 'c' },
          },
          c: { on: { BACK: 'a' }, exit: 'note' },
        },
      },
      {
        actions: { note: ({ context }) => world.note(`at ${context.n}`) },
        guards: { isOdd: ({ context }) => context.n % 2 === 1 },
        delays: { long: 400 },
      },
    ),
  script: [
    reply('inline', 3),
    send('BACK'),
    ...pass(400),
    send('BACK'),
    reply('inline', 4),
    send('BACK'),
    send('GO'),
  ],
});
