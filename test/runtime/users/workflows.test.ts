/** Longer stories: a checkout, an order with compensation and polling. */
import { assign, emit, fromPromise, setup } from 'xstate';
import { pass, refuse, reply, replyLate, send, users, type World } from '../../support/users.ts';

const asks = (world: World, name: string) =>
  fromPromise(({ signal, input }) => {
    const { what } = input as { what: string };
    return world.request(`${name} ${what}`, signal);
  });

const checkoutActors = (world: World) => ({
  validate: fromPromise(({ input }) => world.request(`validate ${String(input)}`)),
  pay: fromPromise(({ signal }) => world.request('pay', signal)),
});

const checkout = setup({
  types: {
    context: {} as {
      cart: readonly { sku: string; price: number }[];
      address: string;
      receipt: unknown;
      problem: string;
    },
    events: {} as
      | { type: 'ADD'; sku: string; price: number }
      | { type: 'REMOVE'; sku: string }
      | { type: 'ADDRESS'; text: string }
      | { type: 'NEXT' | 'BACK' | 'PAY' | 'RETRY' | 'ABANDON' },
    emitted: {} as { type: 'paid'; total: number } | { type: 'left' },
  },
  actors: checkoutActors({} as World),
  guards: {
    isFilled: ({ context }) => context.cart.length > 0,
    hasAddress: ({ context }) => context.address !== '',
  },
  delays: { patience: 60_000 },
}).createMachine({
  id: 'checkout',
  context: { cart: [], address: '', receipt: null, problem: '' },
  initial: 'cart',
  on: { ABANDON: '.left' },
  after: { patience: { target: '.left' } },
  states: {
    cart: {
      on: {
        ADD: {
          actions: assign({
            cart: ({ context, event: { sku, price } }) => [...context.cart, { sku, price }],
          }),
        },
        REMOVE: {
          actions: assign({
            cart: ({ context, event }) => context.cart.filter(({ sku }) => sku !== event.sku),
          }),
        },
        NEXT: { guard: 'isFilled', target: 'address' },
      },
    },
    address: {
      initial: 'editing',
      states: {
        editing: {
          on: {
            ADDRESS: { actions: assign({ address: ({ event }) => event.text }) },
            NEXT: { guard: 'hasAddress', target: 'checking' },
          },
        },
        checking: {
          tags: 'busy',
          invoke: {
            src: 'validate',
            input: ({ context }) => context.address,
            onDone: [
              { guard: ({ event }) => event.output === true, target: 'valid' },
              { target: 'editing', actions: assign({ problem: 'unknown address' }) },
            ],
            onError: 'editing',
          },
          after: { 3000: 'editing' },
        },
        valid: { type: 'final' },
      },
      onDone: 'payment',
      on: { BACK: 'cart' },
    },
    payment: {
      initial: 'ready',
      states: {
        ready: { on: { PAY: 'paying', BACK: '#checkout.cart' } },
        paying: {
          tags: 'busy',
          invoke: {
            src: 'pay',
            onDone: {
              target: 'paid',
              actions: assign({ receipt: ({ event }) => event.output }),
            },
            onError: {
              target: 'ready',
              actions: assign({ problem: ({ event }) => (event.error as Error).message }),
            },
          },
        },
        paid: { type: 'final' },
      },
      onDone: 'bought',
    },
    bought: {
      type: 'final',
      entry: emit(({ context }) => ({
        type: 'paid',
        total: context.cart.reduce((sum, { price }) => sum + price, 0),
      })),
    },
    left: { type: 'final', entry: emit({ type: 'left' }) },
  },
  output: ({ context }) => context.receipt,
});

users('a checkout of several pages', {
  make: (world) => checkout.provide({ actors: checkoutActors(world) }),
  script: [
    send('NEXT'),
    send({ type: 'ADD', sku: 'a', price: 5 }),
    send({ type: 'ADD', sku: 'b', price: 7 }),
    send({ type: 'REMOVE', sku: 'a' }),
    send('NEXT'),
    send({ type: 'ADDRESS', text: 'x' }),
    send('NEXT'),
    reply('validate x', false),
    send('NEXT'),
    ...pass(3_000),
    replyLate('validate x', true),
    send({ type: 'ADDRESS', text: 'home' }),
    send('NEXT'),
    reply('validate home', true),
    send('PAY'),
    refuse('pay', 'card declined'),
    send('PAY'),
    ...pass(500),
    reply('pay', { id: 'r1', at: new Date(1) }),
  ],
});

/** Each step that was taken is taken back, last first, when a later one fails. */
users('a trip that is booked, or unbooked', {
  make: (world) => {
    const steps = ['flight', 'hotel', 'car'] as const;
    return setup({
      types: {
        context: {} as { done: readonly string[]; tries: number; why: string },
        events: {} as { type: 'BOOK' },
      },
      actors: {
        book: asks(world, 'book'),
        cancel: asks(world, 'cancel'),
      },
      guards: {
        allBooked: ({ context }) => context.done.length === steps.length,
        noneBooked: ({ context }) => context.done.length === 0,
        mayRetry: ({ context }) => context.tries < 2,
      },
    }).createMachine({
      id: 'trip',
      context: { done: [], tries: 0, why: '' },
      initial: 'planned',
      states: {
        planned: { on: { BOOK: 'booking' } },
        booking: {
          always: { guard: 'allBooked', target: 'booked' },
          invoke: {
            src: 'book',
            input: ({ context }) => ({ what: steps[context.done.length] }),
            onDone: {
              target: 'booking',
              reenter: true,
              actions: assign({
                done: ({ context }) => [...context.done, steps[context.done.length]!],
              }),
            },
            onError: {
              target: 'undoing',
              actions: assign({ why: ({ event }) => String(event.error) }),
            },
          },
        },
        undoing: {
          always: { guard: 'noneBooked', target: 'failed' },
          invoke: {
            src: 'cancel',
            input: ({ context }) => ({ what: context.done.at(-1) }),
            onDone: {
              target: 'undoing',
              reenter: true,
              actions: assign({ done: ({ context }) => context.done.slice(0, -1), tries: 0 }),
            },
            onError: [
              {
                guard: 'mayRetry',
                target: 'pausing',
                actions: assign({ tries: ({ context }) => context.tries + 1 }),
              },
              { target: 'stuck' },
            ],
          },
        },
        pausing: { after: { 1000: 'undoing' } },
        booked: { type: 'final' },
        failed: { on: { BOOK: 'booking' } },
        stuck: {},
      },
    });
  },
  script: [
    send('BOOK'),
    reply('book flight'),
    reply('book hotel'),
    refuse('book car', 'no cars'),
    refuse('cancel hotel', 'try later'),
    ...pass(1_000),
    reply('cancel hotel'),
    reply('cancel flight'),
    send('BOOK'),
    reply('book flight'),
    reply('book hotel'),
    reply('book car'),
  ],
});

users('a poll that stops when there is news', {
  make: (world) =>
    setup({
      types: { context: {} as { polls: number; news: unknown }, events: {} as { type: 'NOW' } },
      actors: { poll: fromPromise(({ signal }) => world.request('poll', signal)) },
      delays: { interval: ({ context }) => (context.polls > 1 ? 500 : 100) },
    }).createMachine({
      id: 'poll',
      context: { polls: 0, news: null },
      initial: 'polling',
      states: {
        polling: {
          entry: assign({ polls: ({ context }) => context.polls + 1 }),
          invoke: {
            src: 'poll',
            onDone: [
              {
                guard: ({ event }) => event.output !== null,
                target: 'known',
                actions: assign({ news: ({ event }) => event.output }),
              },
              { target: 'waiting' },
            ],
            onError: 'waiting',
          },
          after: { 1000: 'waiting' },
        },
        waiting: { after: { interval: 'polling' }, on: { NOW: 'polling' } },
        known: {},
      },
    }),
  script: [
    reply('poll', null),
    ...pass(100),
    ...pass(1_000),
    replyLate('poll', 'too late'),
    ...pass(500),
    refuse('poll', 'gone'),
    send('NOW'),
    reply('poll', ['news']),
    ...pass(5_000),
  ],
});
