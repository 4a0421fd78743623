/** Machines that use what is easily overlooked. */
import {
  type AnyActorLogic,
  type AnyActorRef,
  assign,
  createMachine,
  emit,
  enqueueActions,
  fromCallback,
  fromPromise,
  fromTransition,
  log,
  raise,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
  toPromise,
} from 'xstate';
import { pass, reply, send, tell, users, type World } from '../../support/users.ts';

const note = (world: World, text: string) => () => world.note(text);

users('things said on the way in and on the way out', {
  make: (world) => {
    const child = createMachine({
      id: 'child',
      entry: [
        emit({ type: 'born' }),
        sendParent(({ self }) => ({ type: 'HELLO', from: self })),
        note(world, 'child in'),
      ],
      exit: [emit({ type: 'dying' }), note(world, 'child out')],
      on: { REPLY: { actions: note(world, 'child heard') }, END: '.end' },
      initial: 'on',
      states: { on: {}, end: { type: 'final', entry: emit({ type: 'at the end' }) } },
    });
    return setup({
      types: { context: {} as { friend: AnyActorRef | null } },
      actors: { child },
    }).createMachine({
      id: 'sayings',
      context: { friend: null },
      entry: [emit({ type: 'started' }), raise({ type: 'FIRST' }), log('in'), note(world, 'in')],
      exit: [emit({ type: 'over' }), note(world, 'out'), raise({ type: 'NEVER' })],
      on: {
        FIRST: { actions: [emit({ type: 'first' }), note(world, 'first')] },
        HELLO: {
          actions: [
            assign({ friend: ({ event }) => event['from'] as AnyActorRef }),
            sendTo(({ event }) => event['from'] as AnyActorRef, { type: 'REPLY' }),
          ],
        },
        SELF: { actions: ({ self }) => self.send({ type: 'LATER' }) },
        LATER: { actions: note(world, 'later') },
        SPAWN: {
          actions: [
            spawnChild('child', { id: 'c' }),
            sendTo('c', { type: 'REPLY' }),
            note(world, 'spawned'),
          ],
        },
        END_CHILD: {
          actions: sendTo(({ context }) => context.friend as AnyActorRef, { type: 'END' }),
        },
        STOP_CHILD: { actions: stopChild('c') },
        LEAVE: '.left',
      },
      initial: 'here',
      states: { here: {}, left: { type: 'final' } },
    });
  },
  script: [
    ...['SELF', 'SPAWN', 'END_CHILD', 'SPAWN', 'STOP_CHILD', 'SPAWN', 'LEAVE'].map((type) =>
      send(type),
    ),
  ],
});

users('many without a name, some of which have ended', {
  make: () =>
    setup({
      types: {
        context: {} as { all: readonly AnyActorRef[]; doneCount: number },
        events: {} as
          | { type: 'MANY'; count: number }
          | { type: 'ODD' | 'NONE' | `xstate.done.actor.${string}` },
      },
      actors: {
        one: createMachine({
          types: {} as { input: { n: number }; context: { n: number } },
          context: ({ input }) => ({ n: input.n }),
          initial: 'on',
          states: {
            on: { on: { OFF: 'off' }, after: { 100: 'late' } },
            late: {},
            off: { type: 'final' },
          },
        }),
      },
    }).createMachine({
      id: 'many',
      context: { all: [], doneCount: 0 },
      on: {
        MANY: {
          actions: assign(({ context, event, spawn }) => ({
            all: [
              ...context.all,
              ...Array.from({ length: event.count }, (_, n) => spawn('one', { input: { n } })),
            ],
          })),
        },
        ODD: {
          actions: enqueueActions(({ context, enqueue }) => {
            for (const [n, ref] of context.all.entries()) {
              if (n % 2) enqueue.sendTo(ref, { type: 'OFF' });
            }
          }),
        },
        NONE: {
          actions: [
            enqueueActions(({ context, enqueue }) => {
              for (const ref of context.all) enqueue.stopChild(ref);
            }),
            assign({ all: [] }),
          ],
        },
        'xstate.done.actor.*': {
          actions: assign({ doneCount: ({ context }) => context.doneCount + 1 }),
        },
      },
    }),
  script: [
    send({ type: 'MANY', count: 7 }),
    ...pass(50),
    send('ODD'),
    send({ type: 'MANY', count: 4 }),
    ...pass(50),
    send('NONE'),
    send({ type: 'MANY', count: 2 }),
    ...pass(120),
  ],
});

/** What others have written around a logic of XState. */
const counted = <L extends AnyActorLogic>(logic: L): L => ({
  ...logic,
  transition: (state: never, event: never, scope: never) => {
    const next = logic.transition(state, event, scope) as object;
    return { ...next, count: ((state as { count?: number }).count ?? 0) + 1 };
  },
});

users('logics around logics', {
  make: (world) =>
    setup({
      types: { context: {} as { got: readonly unknown[] } },
      actors: {
        promise: counted(fromPromise(() => world.request('wrapped'))),
        sum: counted(fromTransition((sum: number, event) => sum + (event as never)['n'], 0)),
      },
    }).createMachine({
      id: 'wrapped',
      context: { got: [] },
      entry: [spawnChild('sum', { id: 'sum' }), sendTo('sum', { type: 'add', n: 2 })],
      on: {
        ADD: { actions: sendTo('sum', { type: 'add', n: 5 }) },
        ASK: { actions: spawnChild('promise', { id: 'p' }) },
        'xstate.done.actor.p': {
          actions: assign({ got: ({ context, event }) => [...context.got, event['output']] }),
        },
      },
    }),
  script: [
    send('ADD'),
    send('ASK'),
    reply('wrapped', 1),
    send('ASK'),
    send('ADD'),
    reply('wrapped', 2),
  ],
});

users('told on entry by the state that invokes it', {
  make: (world) =>
    setup({
      types: { context: {} as { got: readonly string[] } },
      actors: {
        machine: createMachine({ on: { HI: { actions: sendParent({ type: 'MACHINE' }) } } }),
        callback: fromCallback(({ receive, sendBack }) =>
          receive(({ type }) => sendBack({ type: `CALLBACK ${type}` })),
        ),
        promise: fromPromise(() => world.request('quiet')),
      },
    }).createMachine({
      id: 'entry',
      context: { got: [] },
      on: { '*': { actions: assign({ got: ({ context: c, event }) => [...c.got, event.type] }) } },
      initial: 'off',
      states: {
        off: { on: { ON: 'on' } },
        on: {
          entry: ['m', 'c', 'p'].map((id) => sendTo(id, { type: 'HI' })),
          invoke: [
            { src: 'machine', id: 'm' },
            { src: 'callback', id: 'c' },
            { src: 'promise', id: 'p' },
          ],
          on: { OFF: 'off', ON: { target: 'on', reenter: true } },
        },
      },
    }),
  script: [send('ON'), send('ON'), reply('quiet'), send('OFF')],
});

users('delays of nothing, and of less', {
  make: () =>
    createMachine({
      id: 'nothing',
      types: {} as { context: { got: readonly string[] } },
      context: { got: [] },
      on: { '*': { actions: assign({ got: ({ context: c, event }) => [...c.got, event.type] }) } },
      initial: 'off',
      states: {
        off: {
          on: {
            GO: {
              target: 'on',
              actions: [
                raise({ type: 'zero' }, { delay: 0 }),
                raise({ type: 'less' }, { delay: -5 }),
                raise({ type: 'one' }, { delay: 1 }),
                raise({ type: 'now' }),
              ],
            },
          },
        },
        on: { after: { 0: 'on.next' }, initial: 'first', states: { first: {}, next: {} } },
      },
    }),
  script: [send('GO'), ...pass(1), ...pass(3)],
});

const worker = (world: World, depth: number): AnyActorLogic =>
  setup({
    types: { context: {} as { results: readonly unknown[] } },
    actors: {
      below: depth === 0 ? fromPromise(() => world.request('leaf')) : worker(world, depth - 1),
      line: fromCallback(({ sendBack }) => world.connect(`line ${depth}`, sendBack)),
    },
  }).createMachine({
    id: `level${depth}`,
    context: { results: [] },
    invoke: { src: 'line' },
    initial: 'waiting',
    states: {
      waiting: { on: { RING: 'working' }, after: { [100 * (depth + 1)]: 'working' } },
      working: {
        invoke: {
          src: 'below',
          id: 'below',
          onDone: {
            target: 'done',
            actions: assign({ results: ({ context: c, event }) => [...c.results, event.output] }),
          },
        },
        on: { DOWN: { actions: sendTo('below', { type: 'RING' }) } },
      },
      done: { type: 'final' },
    },
    output: ({ context }) => ({ depth, results: context.results }),
  });

users('a tower of machines, with somebody waiting on each floor', {
  make: (world) => worker(world, 3),
  script: [
    tell('line 3', 'RING'),
    ...pass(299),
    send('DOWN'),
    tell('line 1', 'RING'),
    ...pass(100),
    reply('leaf', 'ground'),
  ],
});

users('a promise that waits for another actor', {
  make: () => {
    const slow = createMachine({
      initial: 'a',
      states: { a: { after: { 50: 'b' } }, b: { type: 'final' } },
      output: 42,
    });
    return setup({
      types: { context: {} as { slow: AnyActorRef; answer: unknown } },
      actors: {
        slow,
        wait: fromPromise(({ input }) => toPromise(input as AnyActorRef)),
      },
    }).createMachine({
      id: 'waits',
      context: ({ spawn }) => ({ slow: spawn('slow', { id: 'slow' }), answer: null }),
      invoke: {
        src: 'wait',
        input: ({ context }) => context.slow,
        onDone: { actions: assign({ answer: ({ event }) => event.output }) },
      },
    });
  },
  script: [...pass(30), ...pass(30)],
});

users('snapshots of a spawned actor that its parent follows, and names that are used again', {
  make: () =>
    setup({
      types: { context: {} as { seen: readonly unknown[] } },
      actors: {
        clicks: fromTransition((n: number, { type }) => (type === 'click' ? n + 1 : n), 0),
        brief: createMachine({
          initial: 'a',
          states: { a: { after: { 10: 'b' } }, b: { type: 'final' } },
        }),
      },
    }).createMachine({
      id: 'follows',
      context: { seen: [] },
      on: {
        START: { actions: spawnChild('clicks', { id: 'c', syncSnapshot: true }) },
        CLICK: { actions: sendTo('c', { type: 'click' }) },
        'xstate.snapshot.c': {
          actions: assign({
            seen: ({ context, event }) => [
              ...context.seen,
              (event['snapshot'] as { context: unknown }).context,
            ],
          }),
        },
        AGAIN: { actions: spawnChild('brief', { id: 'brief', systemId: 'brief' }) },
      },
    }),
  script: [
    send('START'),
    send('CLICK'),
    send('AGAIN'),
    ...pass(10),
    send('CLICK'),
    send('AGAIN'),
    ...pass(10),
  ],
});
