/** Machines that make others: invoked, spawned with and without names, told, forwarded to, stopped. */
import {
  type ActorRefFrom,
  type AnyActorRef,
  assign,
  createMachine,
  emit,
  enqueueActions,
  forwardTo,
  fromCallback,
  fromPromise,
  fromTransition,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { pass, reply, send, tell, users } from '../../support/users.ts';

const todo = setup({
  types: {
    context: {} as { text: string; edits: number },
    input: {} as { text: string },
    events: {} as { type: 'EDIT'; text: string } | { type: 'TOGGLE' } | { type: 'DELETE' },
    emitted: {} as { type: 'edited'; text: string },
  },
}).createMachine({
  id: 'todo',
  context: ({ input }) => ({ text: input.text, edits: 0 }),
  initial: 'open',
  on: {
    EDIT: {
      actions: [
        assign({ text: ({ event }) => event.text, edits: ({ context }) => context.edits + 1 }),
        emit(({ context }) => ({ type: 'edited', text: context.text })),
      ],
    },
    DELETE: { actions: sendParent(({ self }) => ({ type: 'REMOVE', id: self.id })) },
  },
  states: {
    open: { on: { TOGGLE: 'ticked' } },
    ticked: { on: { TOGGLE: 'open' }, after: { 1000: 'archived' } },
    archived: {
      type: 'final',
      entry: sendParent(({ self, context }) => ({ type: 'ARCHIVE', id: self.id, ...context })),
    },
  },
  output: ({ context }) => context.text,
});

users('a list of to-dos, each an actor in the context', {
  make: () =>
    setup({
      types: {
        context: {} as {
          todos: readonly ActorRefFrom<typeof todo>[];
          archive: readonly string[];
          serial: number;
        },
        events: {} as
          | { type: 'ADD'; text: string }
          | { type: 'REMOVE' | 'ARCHIVE'; id: string; text: string }
          | { type: 'TELL'; id: string; what: { type: 'TOGGLE' } | { type: 'DELETE' } }
          | { type: 'EDIT_ALL'; text: string },
      },
      actors: { todo },
    }).createMachine({
      id: 'todos',
      context: { todos: [], archive: [], serial: 0 },
      on: {
        ADD: {
          actions: assign(({ context, event, spawn }) => ({
            serial: context.serial + 1,
            todos: [
              ...context.todos,
              spawn('todo', { id: `t${context.serial}`, input: { text: event.text } }),
            ],
          })),
        },
        TELL: {
          actions: sendTo(
            ({ context, event }) => context.todos.find(({ id }) => id === event.id)!,
            ({ event }) => event.what,
          ),
        },
        EDIT_ALL: {
          actions: enqueueActions(({ context, event, enqueue }) => {
            for (const one of context.todos) {
              enqueue.sendTo(one, { type: 'EDIT', text: `${event.text} ${one.id}` });
            }
          }),
        },
        REMOVE: {
          actions: [
            stopChild(({ event }) => event.id),
            assign({ todos: ({ context: c, event }) => c.todos.filter((t) => t.id !== event.id) }),
          ],
        },
        ARCHIVE: {
          actions: assign({
            archive: ({ context, event }) => [...context.archive, event.text],
            todos: ({ context, event }) => context.todos.filter(({ id }) => id !== event.id),
          }),
        },
      },
    }),
  script: [
    ...['milk', 'eggs', 'tea'].map((text) => send({ type: 'ADD', text })),
    send({ type: 'TELL', id: 't1', what: { type: 'TOGGLE' } }),
    send({ type: 'EDIT_ALL', text: 'more' }),
    ...pass(600),
    send({ type: 'TELL', id: 't0', what: { type: 'DELETE' } }),
    send({ type: 'TELL', id: 't2', what: { type: 'TOGGLE' } }),
    ...pass(500),
    send({ type: 'ADD', text: 'salt' }),
    send({ type: 'EDIT_ALL', text: 'last' }),
    ...pass(1_000),
  ],
});

/** Counts; what it is told comes from `forwardTo` and from an actor that it knows by system id. */
const counter = fromTransition(
  (state: { n: number }, event: { type: string; by?: number }) =>
    event.type === 'add' ? { n: state.n + (event.by ?? 1) } : state,
  ({ input }: { input: { from: number } }) => ({ n: input.from }),
);

users('counters by name, by system id and without any', {
  make: () =>
    setup({
      types: { context: {} as { kept: AnyActorRef | null; sum: number } },
      actors: { counter },
    }).createMachine({
      id: 'counters',
      context: { kept: null, sum: 0 },
      entry: [
        spawnChild('counter', { id: 'named', systemId: 'total', input: { from: 10 } }),
        spawnChild('counter', { input: { from: 0 } }),
      ],
      on: {
        add: {
          actions: [
            forwardTo('named'),
            sendTo(({ system }) => system.get('total') as AnyActorRef, { type: 'add', by: 100 }),
          ],
        },
        LATER: { actions: forwardTo('named', { delay: 20 }) },
        KEEP: {
          actions: assign({ kept: ({ spawn }) => spawn('counter', { input: { from: 5 } }) }),
        },
        POKE: {
          guard: ({ context }) => context.kept !== null,
          actions: sendTo(({ context }) => context.kept!, { type: 'add' }),
        },
        FORGET: {
          actions: [stopChild(({ context }) => context.kept ?? 'nobody'), assign({ kept: null })],
        },
        SUM: {
          actions: assign({
            sum: ({ system }) => (system.get('total')?.getSnapshot().context.n as number) ?? -1,
          }),
        },
        REPLACE: {
          actions: [
            stopChild('named'),
            spawnChild('counter', { id: 'named', systemId: 'total', input: { from: 1 } }),
          ],
        },
        type: {},
      },
    }),
  script: [
    send('add'),
    send('LATER'),
    send('KEEP'),
    send('POKE'),
    ...pass(10),
    send('REPLACE'),
    send('add'),
    send('SUM'),
    ...pass(10),
    send('FORGET'),
    send('KEEP'),
    send('POKE'),
    send('SUM'),
  ],
});

/** Rides to the floors that it is asked to, one after the other. */
const elevator = setup({
  types: {
    context: {} as { at: number; stops: readonly number[] },
    input: {} as { at: number },
    events: {} as { type: 'STOP_AT'; floor: number },
  },
  delays: { floor: 100, doors: 250 },
  guards: { arrived: ({ context }) => context.stops[0] === context.at },
  actions: {
    report: sendParent(({ context, self }) => ({ type: 'AT', id: self.id, floor: context.at })),
  },
}).createMachine({
  id: 'elevator',
  context: ({ input }) => ({ at: input.at, stops: [] }),
  on: {
    STOP_AT: {
      actions: assign({ stops: ({ context, event }) => [...context.stops, event.floor] }),
    },
  },
  initial: 'idle',
  states: {
    idle: { always: { guard: ({ context }) => context.stops.length > 0, target: 'moving' } },
    moving: {
      always: { guard: 'arrived', target: 'open' },
      after: {
        floor: {
          target: 'moving',
          reenter: true,
          actions: assign({
            at: ({ context }) => context.at + Math.sign(context.stops[0]! - context.at),
          }),
        },
      },
    },
    open: {
      entry: ['report', assign({ stops: ({ context }) => context.stops.slice(1) })],
      after: { doors: 'idle' },
    },
  },
});

users('a dispatcher of elevators', {
  make: () =>
    setup({
      types: {
        context: {} as {
          cars: Readonly<Record<string, ActorRefFrom<typeof elevator>>>;
          log: readonly string[];
        },
        events: {} as { type: 'CALL'; floor: number } | { type: 'AT'; id: string; floor: number },
      },
      actors: { elevator },
    }).createMachine({
      id: 'dispatcher',
      context: ({ spawn }) => ({
        log: [],
        cars: Object.fromEntries(
          ['a', 'b', 'c', 'd', 'e', 'f'].map((id, at) => [
            id,
            spawn('elevator', { id, input: { at } }),
          ]),
        ),
      }),
      on: {
        CALL: {
          actions: sendTo(
            ({ context, event }) => {
              const rank = (car: ActorRefFrom<typeof elevator>) => {
                const { at, stops } = car.getSnapshot().context;
                return Math.abs(at - event.floor) + 3 * stops.length;
              };
              return Object.values(context.cars).toSorted((a, b) => rank(a) - rank(b))[0]!;
            },
            ({ event }) => ({ type: 'STOP_AT', floor: event.floor }),
          ),
        },
        AT: {
          actions: assign({
            log: ({ context, event }) => [...context.log, `${event.id} at ${event.floor}`],
          }),
        },
      },
    }),
  script: [
    ...[3, 3, 9, 0].map((floor) => send({ type: 'CALL', floor })),
    ...pass(250),
    send({ type: 'CALL', floor: 9 }),
    ...pass(700),
    send({ type: 'CALL', floor: 1 }),
    ...pass(2_000),
  ],
});

/** It asks its parent's other child, which answers through the system. */
users('children that talk to each other', {
  make: () => {
    const pong = createMachine({
      id: 'pong',
      types: {} as { context: { hits: number } },
      context: { hits: 0 },
      on: {
        ball: {
          actions: [
            assign({ hits: ({ context }) => context.hits + 1 }),
            sendTo(({ system }) => system.get('ping'), { type: 'ball' }, { delay: 10 }),
          ],
        },
      },
    });
    const ping = createMachine({
      id: 'ping',
      types: {} as { context: { hits: number; other: AnyActorRef }; input: { other: AnyActorRef } },
      context: ({ input }) => ({ hits: 0, other: input.other }),
      initial: 'playing',
      states: {
        playing: {
          on: {
            ball: [
              {
                guard: ({ context }) => context.hits < 3,
                actions: [
                  assign({ hits: ({ context }) => context.hits + 1 }),
                  sendTo(({ context }) => context.other, { type: 'ball' }),
                ],
              },
              { target: 'won' },
            ],
          },
        },
        won: { type: 'final' },
      },
      output: ({ context }) => ({ hits: context.hits }),
    });
    return setup({
      types: { context: {} as { result: unknown } },
      actors: { ping, pong },
    }).createMachine({
      id: 'table',
      context: { result: null },
      entry: [
        spawnChild('pong', { id: 'pong', systemId: 'pong' }),
        // It is given a reference to the one that was made in the same step.
        enqueueActions(({ enqueue, system }) => {
          enqueue.spawnChild('ping', {
            id: 'ping',
            systemId: 'ping',
            input: { other: system.get('pong') as AnyActorRef },
          });
        }),
      ],
      on: {
        SERVE: { actions: sendTo('ping', { type: 'ball' }) },
        'xstate.done.actor.ping': { actions: assign({ result: ({ event }) => event['output'] }) },
      },
    });
  },
  script: [send('SERVE'), ...pass(10), ...pass(15), ...pass(20), send('SERVE'), ...pass(50)],
});

users('a machine that is a child of itself, and replies through its parents', {
  make: () => {
    const nested = setup({
      types: {
        context: {} as { depth: number; heard: number },
        input: {} as { depth: number } | undefined,
      },
      actors: { inner: createMachine({ types: {} as { input: { depth: number } } }) },
    }).createMachine({
      id: 'nested',
      context: ({ input }) => ({ depth: input?.depth ?? 0, heard: 0 }),
      initial: 'alone',
      on: { HEARD: { actions: assign({ heard: ({ context }) => context.heard + 1 }) } },
      states: {
        alone: {
          on: { DEEPER: [{ guard: ({ context }) => context.depth < 3, target: 'parent' }] },
        },
        parent: {
          invoke: {
            src: 'inner',
            id: 'inner',
            input: ({ context }) => ({ depth: context.depth + 1 }),
          },
          on: {
            DEEPER: { actions: forwardTo('inner') },
            SHALLOW: 'alone',
            UP: {
              actions: [
                forwardTo('inner'),
                enqueueActions(({ enqueue, context }) => {
                  if (context.depth > 0) enqueue.sendParent({ type: 'HEARD' });
                }),
              ],
            },
          },
        },
      },
    });
    return recursive(nested);
  },
  script: ['DEEPER', 'DEEPER', 'DEEPER', 'DEEPER', 'UP', 'SHALLOW', 'UP', 'DEEPER'].map((type) =>
    send(type),
  ),
});

function recursive<M extends { provide(given: never): M }>(machine: M): M {
  const given: { actors: Record<string, unknown> } = { actors: {} };
  const whole = machine.provide(given as never);
  const { implementations } = whole as unknown as { implementations: typeof given };
  implementations.actors['inner'] = whole;
  return whole;
}

users('children that end in every way', {
  make: (world) =>
    setup({
      types: { context: {} as { log: readonly string[] } },
      actors: {
        ask: fromPromise(({ input }) => world.request(String(input))),
        line: fromCallback(({ sendBack, receive }) => {
          receive(({ type }) => world.note(type));
          return world.connect('line', sendBack);
        }),
        short: createMachine({ initial: 'a', states: { a: { type: 'final', output: 7 } } }),
        brief: createMachine({
          initial: 'a',
          states: { a: { after: { 20: 'b' } }, b: { type: 'final' } },
          output: { kept: true },
        }),
      },
      actions: {
        log: assign(({ context, event }) => ({
          log: [...context.log, `${event.type} ${JSON.stringify(event['output'] ?? null)}`],
        })),
      },
    }).createMachine({
      id: 'ends',
      context: { log: [] },
      on: {
        '*': { actions: 'log' },
        ASK: {
          actions: [
            spawnChild('ask', { id: 'one', input: 'one' }),
            spawnChild('ask', { id: 'two', input: 'two' }),
            spawnChild('short', { id: 'short' }),
            spawnChild('brief', { id: 'brief' }),
            spawnChild('line', { id: 'line' }),
            sendTo('line', { type: 'at once' }),
          ],
        },
        SAY: { actions: sendTo('line', { type: 'said' }, { delay: 5, id: 'say' }) },
        DROP: { actions: [stopChild('two'), stopChild('line')] },
      },
    }),
  script: [
    send('ASK'),
    reply('one', { ok: [1] }),
    tell('line', { type: 'ring' }),
    send('SAY'),
    ...pass(6),
    send('SAY'),
    send('DROP'),
    ...pass(30),
    send('ANY'),
  ],
});
