/** Machines that listen: callbacks, observables and event observables, and what they clean up. */
import { concat, finalize, of } from 'rxjs';
import {
  assign,
  createMachine,
  forwardTo,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  raise,
  sendTo,
  setup,
} from 'xstate';
import {
  complete,
  failStream,
  next,
  pass,
  refuse,
  reply,
  send,
  tell,
  users,
  type World,
} from '../../support/users.ts';

/** A connection that is lost, and made again after a growing wait. */
const reconnecting = (world: World) =>
  setup({
    types: {
      context: {} as { tries: number; inbox: readonly string[]; unsent: readonly string[] },
      events: {} as
        | { type: 'CONNECT' | 'DISCONNECT' | 'opened' | 'closed' }
        | { type: 'message'; text: string }
        | { type: 'SAY'; text: string },
    },
    actors: {
      socket: fromCallback(({ sendBack, receive, input }) => {
        const { url } = input as { url: string };
        const close = world.connect(url, sendBack);
        receive((event) => world.note(`sent ${(event as unknown as { text: string }).text}`));
        return close;
      }),
    },
    delays: { backoff: ({ context }) => Math.min(1_000, 100 * 2 ** context.tries) },
  }).createMachine({
    id: 'connection',
    context: { tries: 0, inbox: [], unsent: [] },
    initial: 'offline',
    states: {
      offline: { on: { CONNECT: 'online' } },
      online: {
        invoke: { src: 'socket', id: 'socket', input: { url: 'ws' } },
        initial: 'connecting',
        on: { DISCONNECT: 'offline', closed: 'waiting' },
        states: {
          connecting: {
            on: {
              opened: { target: 'open', actions: assign({ tries: 0 }) },
              SAY: {
                actions: assign({
                  unsent: ({ context, event }) => [...context.unsent, event.text],
                }),
              },
            },
            after: { 5000: '#connection.waiting' },
          },
          open: {
            on: {
              message: {
                actions: assign({ inbox: ({ context, event }) => [...context.inbox, event.text] }),
              },
              SAY: { actions: forwardTo('socket') },
            },
          },
        },
      },
      waiting: {
        entry: assign({ tries: ({ context }) => context.tries + 1 }),
        after: { backoff: 'online' },
        on: { CONNECT: 'online', DISCONNECT: 'offline' },
      },
    },
  });

users('a connection that is made again', {
  make: reconnecting,
  script: [
    send('CONNECT'),
    send({ type: 'SAY', text: 'too early' }),
    tell('ws', 'opened'),
    tell('ws', { type: 'message', text: 'hello' }),
    send({ type: 'SAY', text: 'hi' }),
    tell('ws', 'closed'),
    ...pass(200),
    tell('ws', 'closed'),
    ...pass(399),
    send('CONNECT'),
    ...pass(5_000),
    ...pass(800),
    tell('ws', 'opened'),
    tell('ws', { type: 'message', text: 'back' }),
    send('DISCONNECT'),
    ...pass(10_000),
  ],
});

users('an upload that reports its progress, and may be cancelled', {
  make: (world) =>
    setup({
      types: {
        context: {} as { file: string; percent: number; url: unknown },
        input: {} as { file: string },
        events: {} as
          | { type: 'START' | 'PAUSE' | 'RESUME' | 'CANCEL' | 'uploaded' }
          | { type: 'progress'; percent: number },
      },
      actors: {
        upload: fromCallback(({ sendBack }) => world.connect('upload', sendBack)),
        publish: fromPromise(({ signal }) => world.request('publish', signal)),
      },
      guards: { isLater: ({ context, event }) => (event as never)['percent'] > context.percent },
    }).createMachine({
      id: 'upload',
      context: ({ input }) => ({ file: input.file, percent: 0, url: null }),
      initial: 'chosen',
      states: {
        chosen: { on: { START: 'sending' } },
        sending: {
          invoke: { src: 'upload' },
          on: {
            progress: {
              guard: 'isLater',
              actions: assign({ percent: ({ event }) => event.percent }),
            },
            PAUSE: 'paused',
            CANCEL: 'cancelled',
            uploaded: 'publishing',
          },
          after: { 60000: 'cancelled' },
        },
        paused: { on: { RESUME: 'sending', CANCEL: 'cancelled' }, after: { 100: 'cancelled' } },
        publishing: {
          invoke: {
            src: 'publish',
            onDone: { target: 'done', actions: assign({ url: ({ event }) => event.output }) },
            onError: { target: 'sending', actions: assign({ percent: 0 }) },
          },
        },
        done: { type: 'final', output: ({ context }: never) => (context as never)['url'] },
        cancelled: { type: 'final' },
      },
      output: ({ context, event }) => ({ ...context, by: event.type }),
    }),
  input: { file: 'a.png' },
  script: [
    send('START'),
    tell('upload', { type: 'progress', percent: 20 }),
    send('PAUSE'),
    ...pass(99),
    send('RESUME'),
    tell('upload', { type: 'progress', percent: 90 }),
    tell('upload', { type: 'progress', percent: 40 }),
    tell('upload', 'uploaded'),
    refuse('publish', 'full'),
    tell('upload', 'uploaded'),
    reply('publish', 'https://example.com/1'),
  ],
});

/** Values, the end and an error of a stream; another one whose values are events. */
users('a price ticker', {
  make: (world) =>
    setup({
      types: {
        context: {} as { price: number; high: number; presses: number; why: string },
        events: {} as { type: 'OPEN' | 'CLOSE' } | { type: 'key'; key: string },
      },
      actors: {
        prices: fromObservable(() => world.stream<number>('prices')),
        keys: fromEventObservable(() => world.stream<{ type: 'key'; key: string }>('keys')),
      },
    }).createMachine({
      id: 'ticker',
      context: { price: 0, high: 0, presses: 0, why: '' },
      initial: 'closed',
      invoke: { src: 'keys', id: 'keys', onError: '.broken' },
      on: {
        key: [
          { guard: ({ event }) => event.key === 'q', target: '.closed' },
          { actions: assign({ presses: ({ context }) => context.presses + 1 }) },
        ],
      },
      states: {
        closed: { on: { OPEN: 'open' } },
        open: {
          on: { CLOSE: 'closed' },
          invoke: {
            src: 'prices',
            id: 'prices',
            onSnapshot: {
              actions: assign({ price: ({ event }) => event.snapshot.context ?? -1 }),
            },
            onDone: { target: 'closed', actions: assign({ why: 'ended' }) },
            onError: {
              target: 'closed',
              actions: assign({ why: ({ event }) => String(event.error) }),
            },
          },
          always: {
            guard: ({ context }) => context.price > context.high,
            actions: assign({ high: ({ context }) => context.price }),
          },
        },
        broken: {},
      },
    }),
  script: [
    send('OPEN'),
    next('prices', 10),
    next('keys', { type: 'key', key: 'a' }),
    next('prices', 8),
    complete('prices'),
    send('OPEN'),
    next('prices', 12),
    failStream('prices', 'feed lost'),
    send('OPEN'),
    next('keys', { type: 'key', key: 'q' }),
    send('OPEN'),
    send('CLOSE'),
    failStream('keys', 'no keyboard'),
  ],
});

users('streams that are over before they begin, and a callback that answers at once', {
  make: (world) =>
    setup({
      types: { context: {} as { last: unknown; ends: number; ready: boolean; pings: number } },
      actors: {
        three: fromObservable(() => of(1, 2, 3)),
        none: fromObservable(() => of<number>()),
        events: fromEventObservable(() => of({ type: 'ready' })),
        eager: fromCallback(({ sendBack, receive }) => {
          world.starts.push('eager');
          sendBack({ type: 'ready' });
          receive((event) => sendBack({ type: 'pong', of: event.type }));
        }),
        now: fromPromise(async () => 'now'),
      },
    }).createMachine({
      id: 'eager',
      context: { last: null, ends: 0, ready: false, pings: 0 },
      on: {
        ready: { actions: assign({ ready: true }) },
        pong: { actions: assign({ pings: ({ context }) => context.pings + 1 }) },
        RESET: { actions: assign({ ready: false }) },
      },
      initial: 'streams',
      states: {
        streams: {
          invoke: [
            {
              src: 'three',
              onSnapshot: { actions: assign({ last: ({ event }) => event.snapshot.context }) },
              onDone: { actions: assign({ ends: ({ context }) => context.ends + 1 }) },
            },
            { src: 'none', onDone: { actions: assign({ ends: ({ context: c }) => c.ends + 1 }) } },
            { src: 'events' },
          ],
          on: { GO: 'callback' },
        },
        callback: {
          invoke: { src: 'eager', id: 'eager' },
          on: { PING: { actions: sendTo('eager', { type: 'PING' }) }, GO: 'promise' },
        },
        promise: { invoke: { src: 'now', onDone: 'streams' }, entry: raise({ type: 'RESET' }) },
      },
    }),
  script: ['PING', 'GO', 'PING', 'PING', 'GO', 'GO', 'PING'].map((type) => send(type)),
});

users('a stream that begins with what is known, and is let go', {
  make: (world) =>
    setup({
      types: { context: {} as { rate: number } },
      actors: {
        rates: fromObservable(() =>
          concat(of(7), world.stream<number>('rates')).pipe(
            finalize(() => world.ends.push('rates')),
          ),
        ),
      },
    }).createMachine({
      id: 'rates',
      context: { rate: 0 },
      initial: 'on',
      states: {
        on: {
          invoke: {
            src: 'rates',
            onSnapshot: { actions: assign({ rate: ({ event: e }) => e.snapshot.context ?? 7 }) },
          },
          on: { OFF: 'off' },
        },
        off: { on: { ON: 'on' } },
      },
    }),
  script: [send('OFF'), send('ON'), send('OFF')],
});

users('an observable with a hand-written subscribe', {
  make: (world) =>
    createMachine({
      id: 'count',
      types: {} as { context: { sum: number } },
      context: { sum: 0 },
      invoke: {
        src: fromObservable(() => ({
          subscribe: (observer) => {
            const { next, complete } = observer as { next(v: number): void; complete(): void };
            const close = world.connect('numbers', ({ value }) =>
              value === undefined ? complete.call(observer) : next.call(observer, value as number),
            );
            return { unsubscribe: close };
          },
        })),
        id: 'numbers',
        onSnapshot: {
          actions: assign({
            sum: ({ context, event }) => context.sum + ((event.snapshot.context as number) ?? 0),
          }),
        },
      },
    }),
  script: [1, 2, undefined].map((value) => tell('numbers', { type: 'value', value })),
});
