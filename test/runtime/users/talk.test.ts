/** Children that talk to each other, to their parents and to themselves, and that end. */
import {
  type AnyActorRef,
  assign,
  createMachine,
  enqueueActions,
  forwardTo,
  fromCallback,
  fromPromise,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { pass, reply, send, tell, users } from '../../support/users.ts';

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
