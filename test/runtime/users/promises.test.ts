/** Machines that wait for promises: done, failed, tried again, given up. */
import { assign, fromPromise, setup } from 'xstate';
import { pass, refuse, reply, replyLate, send, users, type World } from '../../support/users.ts';

const fetcher = (world: World) =>
  setup({
    types: {
      context: {} as { userId: string; user: unknown; problem: string },
      input: {} as { userId: string },
      events: {} as { type: 'LOAD' | 'CANCEL' },
    },
    actors: {
      loadUser: fromPromise(({ signal }) => world.request('user', signal)),
    },
    actions: { log: (_, { text }: { text: string }) => world.note(text) },
  }).createMachine({
    id: 'profile',
    context: ({ input }) => ({ userId: input.userId, user: null, problem: '' }),
    initial: 'idle',
    states: {
      idle: { on: { LOAD: 'loading' } },
      loading: {
        entry: { type: 'log', params: { text: 'loading' } },
        invoke: {
          src: 'loadUser',
          id: 'load',
          onDone: { target: 'shown', actions: assign({ user: ({ event }) => event.output }) },
          onError: {
            target: 'failed',
            actions: assign({ problem: ({ event }) => String(event.error) }),
          },
        },
        on: { CANCEL: 'idle' },
        tags: 'busy',
      },
      shown: { entry: { type: 'log', params: { text: 'shown' } }, on: { LOAD: 'loading' } },
      failed: { on: { LOAD: 'loading' }, meta: { view: 'sorry' } },
    },
  });

users('a profile that is fetched', {
  make: fetcher,
  input: { userId: 'u1' },
  script: [
    send('LOAD'),
    refuse('user', 'offline'),
    send('LOAD'),
    reply('user', { name: 'Ada', since: new Date(1_000) }),
    send('LOAD'),
    send('CANCEL'),
    replyLate('user', 'nobody cares'),
    send('LOAD'),
    reply('user', 'again'),
  ],
});

const backingOff = (world: World) =>
  setup({
    types: { context: {} as { tries: number; data: unknown } },
    actors: { fetch: fromPromise(({ signal }) => world.request('fetch', signal)) },
    delays: { backoff: ({ context }) => 100 * 2 ** context.tries },
    guards: { mayRetry: ({ context }, { max }: { max: number }) => context.tries < max },
  }).createMachine({
    id: 'retry',
    context: { tries: 0, data: undefined },
    initial: 'fetching',
    states: {
      fetching: {
        invoke: {
          src: 'fetch',
          onDone: { target: 'done', actions: assign({ data: ({ event }) => event.output }) },
          onError: [
            { guard: { type: 'mayRetry', params: { max: 3 } }, target: 'waiting' },
            { target: 'givenUp' },
          ],
        },
      },
      waiting: {
        exit: assign({ tries: ({ context }) => context.tries + 1 }),
        after: { backoff: 'fetching' },
      },
      givenUp: { type: 'final' },
      done: { type: 'final' },
    },
    output: ({ context }) => ({ data: context.data, tries: context.tries }),
  });

users('a fetch that backs off', {
  make: backingOff,
  script: [
    refuse('fetch', '503'),
    ...pass(100),
    refuse('fetch', '503'),
    ...pass(199),
    ...pass(1),
    reply('fetch', [1, 2, 3]),
    ...pass(1_000),
  ],
});

users('a fetch that gives up', {
  make: backingOff,
  script: [0, 1, 2, 3].flatMap((n) => [refuse('fetch', `${n}`), ...pass(100 * 2 ** n)]),
});
