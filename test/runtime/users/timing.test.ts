/** Machines that wait: `after` of every kind, delayed `raise` and `sendTo`, `cancel`, reentry. */
import { and, assign, cancel, createMachine, not, raise, sendTo, setup, stateIn } from 'xstate';
import { pass, send, users } from '../../support/users.ts';

users('a traffic light with a nested pedestrian signal', {
  make: () =>
    createMachine({
      id: 'light',
      initial: 'green',
      states: {
        green: { after: { 3000: 'yellow' }, tags: ['go'] },
        yellow: { after: { 500: 'red' } },
        red: {
          initial: 'walk',
          tags: ['stop'],
          states: {
            walk: { after: { 1000: 'blink' } },
            blink: { after: { 400: 'dontWalk' } },
            dontWalk: { type: 'final' },
          },
          onDone: { target: 'green' },
          after: { 9000: 'broken' },
        },
        broken: {},
      },
      on: { POWER_CUT: { target: '.broken' } },
    }),
  script: [...pass(3_000), ...pass(500), ...pass(999), ...pass(401), ...pass(3_400), send('NO')],
});

users('a stopwatch', {
  make: () =>
    setup({
      types: {
        context: {} as { elapsed: number; laps: readonly number[] },
        events: {} as { type: 'START' | 'STOP' | 'LAP' | 'RESET' },
      },
      delays: { tick: 10 },
    }).createMachine({
      id: 'stopwatch',
      context: { elapsed: 0, laps: [] },
      initial: 'stopped',
      states: {
        stopped: {
          on: {
            START: 'running',
            RESET: { actions: assign({ elapsed: 0, laps: [] }) },
          },
        },
        running: {
          after: {
            tick: {
              target: 'running',
              reenter: true,
              actions: assign({ elapsed: ({ context }) => context.elapsed + 10 }),
            },
          },
          on: {
            STOP: 'stopped',
            LAP: { actions: assign({ laps: ({ context: c }) => [...c.laps, c.elapsed] }) },
          },
        },
      },
    }),
  script: [send('START'), ...pass(25), send('LAP'), ...pass(16), send('STOP'), send('RESET')],
});

interface Form {
  readonly email: string;
  readonly password: string;
  readonly problems: readonly string[];
  readonly checks: number;
}

users('a login form that validates when typing pauses', {
  make: () =>
    setup({
      types: {
        context: {} as Form,
        events: {} as
          | { type: 'TYPE'; field: 'email' | 'password'; text: string }
          | { type: 'VALIDATE' | 'SUBMIT' },
      },
      guards: {
        isLongerThan: ({ context }, { length }: { length: number }) =>
          context.password.length > length,
        hasEmail: ({ context }) => context.email.includes('@'),
      },
    }).createMachine({
      id: 'login',
      type: 'parallel',
      context: { email: '', password: '', problems: [], checks: 0 },
      states: {
        input: {
          on: {
            TYPE: {
              actions: [
                assign(({ event }) => ({ [event.field]: event.text })),
                cancel('debounce'),
                raise({ type: 'VALIDATE' }, { delay: 300, id: 'debounce' }),
              ],
            },
            VALIDATE: {
              actions: assign(({ context }) => ({
                checks: context.checks + 1,
                problems: context.email.includes('@') ? [] : ['email'],
              })),
            },
          },
        },
        form: {
          initial: 'editing',
          states: {
            editing: {
              on: {
                SUBMIT: [
                  {
                    guard: and(['hasEmail', { type: 'isLongerThan', params: { length: 3 } }]),
                    target: 'sent',
                  },
                  { guard: not('hasEmail'), target: 'refused' },
                ],
              },
            },
            refused: { after: { 1000: 'editing' } },
            sent: { always: { guard: stateIn({ input: {} }), target: 'seen' } },
            seen: {},
          },
        },
      },
    }),
  script: [
    send({ type: 'TYPE', field: 'email', text: 'a' }),
    ...pass(200),
    send({ type: 'TYPE', field: 'email', text: 'ada' }),
    ...pass(299),
    send('SUBMIT'),
    ...pass(1),
    send({ type: 'TYPE', field: 'email', text: 'ada@x' }),
    ...pass(700),
    send({ type: 'TYPE', field: 'password', text: 'long enough' }),
    ...pass(299),
    send('SUBMIT'),
    ...pass(2),
  ],
});

users('a rate limiter with a bucket of tokens', {
  make: () =>
    setup({
      types: {
        context: {} as { tokens: number; waiting: readonly string[]; served: readonly string[] },
        events: {} as { type: 'ASK'; id: string } | { type: 'REFILL' },
      },
      guards: { hasToken: ({ context }) => context.tokens > 0 },
      actions: {
        serveNext: assign(({ context: { tokens, waiting, served } }) =>
          waiting.length === 0
            ? { tokens: Math.min(2, tokens + 1) }
            : { waiting: waiting.slice(1), served: [...served, waiting[0]!] },
        ),
      },
    }).createMachine({
      id: 'limiter',
      context: { tokens: 2, waiting: [], served: [] },
      entry: raise({ type: 'REFILL' }, { delay: 100 }),
      on: {
        ASK: [
          {
            guard: 'hasToken',
            actions: assign(({ context, event }) => ({
              tokens: context.tokens - 1,
              served: [...context.served, event.id],
            })),
          },
          { actions: assign({ waiting: ({ context: c, event }) => [...c.waiting, event.id] }) },
        ],
        REFILL: { actions: ['serveNext', raise({ type: 'REFILL' }, { delay: 100 })] },
      },
    }),
  script: [
    ...['a', 'b', 'c', 'd'].map((id) => send({ type: 'ASK', id })),
    ...pass(100),
    send({ type: 'ASK', id: 'e' }),
    ...pass(250),
    ...pass(300),
  ],
});

/** Its delays are computed in every way, in states that are nested and side by side. */
users('a session that warns, then locks', {
  input: { idleMs: 50 },
  make: () =>
    setup({
      types: {
        context: {} as { idleMs: number; warnings: number },
        input: {} as { idleMs: number },
        events: {} as { type: 'TOUCH' | 'UNLOCK' | 'PING' },
      },
      delays: {
        idle: ({ context }) => context.idleMs,
        grace: ({ context }) => Math.max(10, context.idleMs / (context.warnings + 1)),
        fixed: 35,
      },
      guards: { isWarned: stateIn('#warned') },
    }).createMachine({
      id: 'session',
      type: 'parallel',
      context: ({ input }) => ({ idleMs: input.idleMs, warnings: 0 }),
      states: {
        lock: {
          initial: 'open',
          states: {
            open: {
              initial: 'busy',
              on: { TOUCH: { target: '.busy', reenter: true } },
              states: {
                busy: { after: { idle: 'idle' } },
                idle: { after: { fixed: 'warned' } },
                warned: { id: 'warned' },
              },
              after: { 500: 'locked' },
            },
            locked: { on: { UNLOCK: 'open' } },
          },
        },
        banner: {
          initial: 'hidden',
          states: {
            hidden: {
              always: {
                guard: 'isWarned',
                target: 'shown',
                actions: assign({ warnings: ({ context }) => context.warnings + 1 }),
              },
            },
            shown: {
              after: { grace: [{ guard: 'isWarned', target: 'hidden' }, { target: 'off' }] },
            },
            off: { always: { guard: not('isWarned'), target: 'hidden' } },
          },
        },
      },
    }),
  script: [...pass(60), send('TOUCH'), ...pass(85), ...pass(80), send('TOUCH'), ...pass(400)],
});

users('letters to oneself, delayed and taken back', {
  make: () =>
    createMachine({
      id: 'letters',
      types: {} as { context: { got: readonly string[] } },
      context: { got: [] },
      initial: 'on',
      on: {
        '*': {
          actions: assign({ got: ({ context, event }) => [...context.got, event.type] }),
        },
      },
      states: {
        on: {
          entry: [raise({ type: 'later' }, { delay: 30 }), raise({ type: 'now' })],
          on: {
            BOTH: {
              actions: [
                raise({ type: 'unnamed' }, { delay: 20 }),
                raise({ type: 'named' }, { delay: 20, id: 'n' }),
                sendTo(({ self }) => self, { type: 'sent' }, { delay: 20, id: 's' }),
              ],
            },
            TWICE: { actions: raise({ type: 'replaced' }, { delay: 25, id: 'n' }) },
            BACK: { actions: [cancel('n'), cancel('never')] },
            AGAIN: { target: 'on', reenter: true },
            OFF: 'off',
          },
          exit: cancel('s'),
        },
        off: { after: { 5: { actions: raise({ type: 'five' }) } } },
      },
    }),
  script: [
    ...pass(10),
    send('BOTH'),
    send('TWICE'),
    ...pass(24),
    send('BOTH'),
    send('BACK'),
    send('AGAIN'),
    ...pass(21),
    send('BOTH'),
    send('OFF'),
    ...pass(60),
  ],
});
