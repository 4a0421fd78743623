/** Machines whose value says most: nested, parallel, final, with history, guards and wildcards. */
import { and, assign, createMachine, emit, enqueueActions, not, or, raise, setup } from 'xstate';
import { pass, send, users } from '../../support/users.ts';

const player = setup({
  types: {
    context: {} as { volume: number; position: number; length: number },
    input: {} as { length: number },
    events: {} as
      | { type: 'PLAY' | 'PAUSE' | 'STOP' | 'MUTE' | 'UNMUTE' | 'EJECT' }
      | { type: 'VOLUME'; level: number }
      | { type: 'SEEK'; to: number },
    emitted: {} as { type: 'position'; second: number } | { type: 'finished' },
    tags: {} as 'audible' | 'moving',
  },
  guards: {
    atEnd: ({ context }) => context.position >= context.length,
    isLoud: ({ context }, { than }: { than: number }) => context.volume > than,
  },
  actions: {
    // Each process has a world of its own.
    beep: (_, __: { times: number }) => {},
  },
}).createMachine({
  id: 'player',
  type: 'parallel',
  context: ({ input }) => ({ volume: 5, position: 0, length: input.length }),
  states: {
    transport: {
      initial: 'stopped',
      on: {
        STOP: '.stopped',
        SEEK: { actions: assign({ position: ({ event }) => event.to }) },
      },
      states: {
        stopped: { on: { PLAY: 'playing' }, exit: assign({ position: 0 }) },
        playing: {
          tags: 'moving',
          on: { PAUSE: 'paused' },
          after: {
            1000: [
              { guard: 'atEnd', target: 'ended' },
              {
                target: 'playing',
                reenter: true,
                actions: [
                  assign({ position: ({ context }) => context.position + 1 }),
                  emit(({ context }) => ({ type: 'position', second: context.position })),
                ],
              },
            ],
          },
        },
        paused: { on: { PLAY: 'playing' } },
        ended: { entry: emit({ type: 'finished' }), always: 'stopped' },
      },
    },
    sound: {
      initial: 'on',
      states: {
        on: {
          tags: ['audible'],
          on: {
            MUTE: 'off',
            VOLUME: [
              {
                guard: ({ event }) => event.level > 10,
                actions: { type: 'beep', params: ({ event }) => ({ times: event.level }) },
              },
              { actions: assign({ volume: ({ event }) => event.level }) },
            ],
          },
          initial: 'normal',
          states: {
            normal: {
              always: { guard: { type: 'isLoud', params: { than: 7 } }, target: 'loud' },
            },
            loud: {
              meta: { warning: 'loud' },
              always: { guard: not({ type: 'isLoud', params: { than: 7 } }), target: 'normal' },
            },
            last: { type: 'history' },
          },
        },
        off: { on: { UNMUTE: 'on.last' } },
      },
    },
    tray: {
      initial: 'in',
      states: { in: { on: { EJECT: 'out' } }, out: { type: 'final' } },
      onDone: { actions: raise({ type: 'STOP' }) },
    },
  },
});

users('a media player with regions', {
  make: (world) =>
    player.provide({ actions: { beep: (_, { times }) => world.note(`beep x${times}`) } }),
  input: { length: 2 },
  script: [
    send('PLAY'),
    ...pass(1_000),
    send({ type: 'VOLUME', level: 9 }),
    send('MUTE'),
    ...pass(500),
    send('PAUSE'),
    send('UNMUTE'),
    send({ type: 'VOLUME', level: 11 }),
    send('PLAY'),
    ...pass(2_500),
    send({ type: 'VOLUME', level: 3 }),
    send('PLAY'),
    send('EJECT'),
    ...pass(3_000),
  ],
});

const step = (next: string, back?: string) => ({
  initial: 'empty',
  states: {
    empty: { on: { FILL: 'filled' } },
    filled: { on: { FILL: 'checked' } },
    checked: { type: 'parallel' as const, states: { a: {}, b: {} } },
  },
  on: { NEXT: next, ...(back ? { BACK: back } : {}) },
});

users('a form of many steps that remembers where one was', {
  make: () =>
    createMachine({
      id: 'form',
      initial: 'steps',
      states: {
        steps: {
          initial: 'one',
          states: {
            one: step('two'),
            two: step('three', 'one'),
            three: step('#form.review', 'two'),
            shallow: { type: 'history', target: 'two' },
            deep: { type: 'history', history: 'deep', target: 'one.filled' },
          },
          on: { HELP: '#form.help', QUIT: '#form.quit' },
        },
        help: {
          on: { CLOSE: 'steps.deep', AGAIN: 'steps.shallow', QUIT: 'quit' },
          after: { 50: 'steps.deep' },
        },
        review: { on: { EDIT: 'steps.shallow', FIX: 'steps.deep', SEND: 'sent' } },
        quit: { on: { EDIT: 'steps.shallow', FIX: 'steps.deep' } },
        sent: { type: 'final' },
      },
    }),
  script: [
    ...['FILL', 'HELP', 'CLOSE', 'NEXT', 'FILL', 'FILL', 'HELP', 'AGAIN', 'FILL', 'QUIT', 'FIX'],
    ...['NEXT', 'FILL', 'HELP'],
  ]
    .map((type) => send(type))
    .concat(
      pass(50),
      ['NEXT', 'EDIT', 'NEXT', 'FIX', 'BACK', 'BACK', 'NEXT', 'NEXT', 'NEXT', 'SEND'].map((type) =>
        send(type),
      ),
    ),
});

users('a form that is left before it was begun', {
  make: () =>
    createMachine({
      id: 'late',
      initial: 'outside',
      states: {
        outside: { on: { IN: 'inside.deep', OVER: 'inside.shallow' } },
        inside: {
          initial: 'a',
          on: { OUT: 'outside' },
          states: {
            a: { initial: 'x', states: { x: { on: { GO: 'y' } }, y: {} } },
            b: { initial: 'x', states: { x: { on: { GO: 'y' } }, y: {} } },
            deep: { type: 'history', history: 'deep', target: 'b' },
            shallow: { type: 'history' },
          },
        },
      },
    }),
  script: ['IN', 'GO', 'OUT', 'OVER', 'OUT', 'IN'].map((type) => send(type)),
});

users('guards, alone and composed', {
  make: () =>
    setup({
      types: {
        context: {} as { n: number; trail: readonly string[] },
        events: {} as { type: 'ADD'; by: number } | { type: 'GO' | 'x.y' | 'x.z' | 'x' },
      },
      guards: {
        above: ({ context }, { limit }: { limit: number }) => context.n > limit,
        even: ({ context }) => context.n % 2 === 0,
        positive: ({ event }) => event.type === 'ADD' && event.by > 0,
      },
      actions: {
        trail: assign(({ context, event }, name: string) => ({
          trail: [...context.trail, `${name} by ${event.type}`],
        })),
      },
    }).createMachine({
      id: 'guards',
      context: { n: 0, trail: [] },
      initial: 'low',
      on: {
        ADD: {
          guard: 'positive',
          actions: assign({ n: ({ context, event }) => context.n + event.by }),
        },
        'x.*': { actions: { type: 'trail', params: 'partial' } },
        '*': { actions: { type: 'trail', params: 'any' } },
      },
      states: {
        low: {
          on: {
            GO: [
              {
                guard: and([{ type: 'above', params: { limit: 10 } }, or(['even', 'positive'])]),
                target: 'high',
              },
              { guard: { type: 'above', params: ({ context }) => ({ limit: context.n }) } },
              { target: 'low', reenter: true, actions: { type: 'trail', params: 'self' } },
            ],
          },
          entry: { type: 'trail', params: ({ context }) => `low at ${context.n}` },
        },
        high: {
          initial: 'first',
          on: { GO: { target: '.first', reenter: true }, 'x.y': {} },
          entry: { type: 'trail', params: 'in high' },
          exit: { type: 'trail', params: 'out of high' },
          states: {
            first: {
              on: { GO: 'second' },
              always: { guard: { type: 'above', params: { limit: 20 } }, target: '#top' },
            },
            second: {},
          },
        },
        top: { id: 'top', type: 'final' },
      },
    }),
  script: [
    send('GO'),
    send({ type: 'ADD', by: -1 }),
    send({ type: 'ADD', by: 12 }),
    send('x.y'),
    send('x.z'),
    send('x'),
    send('GO'),
    send('x.y'),
    send('GO'),
    send('GO'),
    send({ type: 'ADD', by: 9 }),
  ],
});

users('actions that are enqueued as the moment asks for', {
  make: (world) =>
    setup({
      types: {
        context: {} as { n: number; ok: boolean },
        events: {} as { type: 'RUN' | 'STEP' },
        emitted: {} as { type: 'ran'; n: number },
      },
      guards: { small: ({ context }) => context.n < 3 },
      actions: { say: (_, { text }: { text: string }) => world.note(text) },
      delays: { soon: 20 },
    }).createMachine({
      id: 'queue',
      context: { n: 0, ok: false },
      on: {
        RUN: {
          actions: enqueueActions(({ enqueue, check, context }) => {
            enqueue({ type: 'say', params: { text: `from ${context.n}` } });
            if (!check('small')) return;
            enqueue.assign({ n: context.n + 1 });
            enqueue.emit(({ context: now }) => ({ type: 'ran', n: now.n }));
            enqueue.raise({ type: 'STEP' }, { delay: 'soon', id: 'step' });
            enqueue(({ context: now }) => world.note(`to ${now.n}`));
            if (context.n === 1) enqueue.cancel('step');
          }),
        },
        STEP: { actions: [assign({ ok: true }), raise({ type: 'RUN' })] },
      },
    }),
  script: [send('RUN'), ...pass(20), send('RUN'), send('STEP'), ...pass(20)],
});

users('a machine that is done before anything comes, with an output of its input', {
  make: () =>
    setup({
      types: { input: {} as { a: number }, context: {} as { b: number }, output: {} as number },
      guards: { big: ({ context }) => context.b > 1 },
    }).createMachine({
      context: ({ input }) => ({ b: input.a * 2 }),
      initial: 'start',
      states: {
        start: { always: [{ guard: 'big', target: 'end' }] },
        end: { type: 'final', output: ({ context }) => context.b + 1 },
      },
      output: ({ event }) => event.output as number,
    }),
  input: { a: 4 },
  script: [send('ANY'), ...pass(10)],
});

users('all kinds of values in a context', {
  make: () =>
    setup({
      types: { context: {} as Record<string, unknown> },
    }).createMachine({
      id: 'values',
      context: {
        when: new Date(5),
        big: 12n,
        odd: [Number.NaN, -0, Number.POSITIVE_INFINITY],
        gone: undefined,
        error: new RangeError('no'),
        nested: { $ref: 'not a reference', list: [undefined, null] },
      },
      on: {
        SWAP: {
          actions: assign(({ context, event }) => ({
            when: new Date((context['when'] as Date).getTime() + 1),
            big: (context['big'] as bigint) * 2n,
            got: event['value'],
          })),
        },
        DROP: { actions: assign({ gone: undefined, error: undefined }) },
      },
    }),
  script: [
    send('SWAP'),
    send({ type: 'SWAP', value: { at: new Date(7), n: 3n, e: new TypeError('bad') } }),
    send('DROP'),
    send('SWAP'),
  ],
});
