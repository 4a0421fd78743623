/** Machines that make others: invoked, spawned with and without names, told and stopped. */
import {
  type ActorRefFrom,
  type AnyActorRef,
  assign,
  emit,
  enqueueActions,
  forwardTo,
  fromTransition,
  sendParent,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { pass, send, users } from '../../support/users.ts';

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
