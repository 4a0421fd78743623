/**
 * Clocks with twelve timers each: of every policy one delayed transition, one delayed `raise` and
 * one delayed `sendTo`. What is armed again begins anew.
 */
import { assign, enqueueActions, setup } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import type { TimerPolicy } from '../../config/supervision.ts';

const policies = ['deadline', 'remaining', 'restart', 'drop'] as const;
const kinds = ['after', 'raise', 'send'] as const;

/** How a timer is set, and its policy, as in `raise-restart`. */
export type TimerName = `${(typeof kinds)[number]}-${TimerPolicy}`;

export const timerNames: readonly TimerName[] = kinds.flatMap((kind) =>
  policies.map((policy) => `${kind}-${policy}` as const),
);

export const policyOf = (name: TimerName): TimerPolicy =>
  name.slice(name.indexOf('-') + 1) as TimerPolicy;

export type Rings = Readonly<Record<string, number>>;
type Context = { readonly delays: Readonly<Record<string, number>>; readonly rings: Rings };
export type ArmEvent = {
  readonly type: 'ARM';
  readonly timer: TimerName;
  readonly delayMs: number;
};
type RingEvent = { readonly type: 'RING'; readonly timer: string };

const ringOf = (rings: Rings, timer: string): Rings => ({
  ...rings,
  [timer]: (rings[timer] ?? 0) + 1,
});

export const bellPath = '/app/bell';

/** Counts what is sent to it, by who sent it. */
const bell = setup({
  types: { context: {} as { rings: Rings }, events: {} as RingEvent },
  actions: {
    ring: assign({ rings: ({ context, event }) => ringOf(context.rings, event.timer) }),
  },
}).createMachine({
  id: 'bell',
  context: { rings: {} },
  on: { RING: { actions: 'ring' } },
});

const clockSetup = setup({
  types: {
    input: {} as { name: string },
    context: {} as Context & { name: string },
    events: {} as ArmEvent | RingEvent,
  },
  guards: {
    isFor: ({ event }, { timer }: { timer: string }) => event.timer === timer,
  },
  actions: {
    noteDelay: assign({
      delays: ({ context, event }) =>
        event.type === 'ARM' ? { ...context.delays, [event.timer]: event.delayMs } : context.delays,
    }),
    ring: assign({
      rings: ({ context }, { timer }: { timer: string }) => ringOf(context.rings, timer),
    }),
    set: enqueueActions(({ context, event, enqueue, system }) => {
      if (event.type !== 'ARM') return;
      const { timer, delayMs: delay } = event;
      // As in XState, one that has the same id would still come.
      enqueue.cancel(timer);
      if (timer.startsWith('raise-')) enqueue.raise({ type: 'RING', timer }, { id: timer, delay });
      if (!timer.startsWith('send-')) return;
      const ring = { type: 'RING', timer: `${context.name} ${timer}` };
      enqueue.sendTo(system.get(bellPath), ring, { id: timer, delay });
    }),
  },
  delays: Object.fromEntries(
    policies.map((policy) => [
      `after-${policy}`,
      ({ context }: { context: Context }) => context.delays[`after-${policy}`]!,
    ]),
  ),
});

/** One region for each delayed transition. */
const region = (timer: TimerName) => ({
  initial: 'idle',
  on: {
    ARM: {
      guard: { type: 'isFor', params: { timer } },
      target: '.waiting',
      actions: 'noteDelay',
    },
  },
  states: {
    idle: {},
    waiting: {
      after: { [timer]: { target: 'idle', actions: { type: 'ring', params: { timer } } } },
    },
  },
});

const clock = clockSetup.createMachine({
  id: 'clock',
  type: 'parallel',
  context: ({ input }) => ({ name: input.name, delays: {}, rings: {} }),
  states: {
    ...Object.fromEntries(policies.map((policy) => [policy, region(`after-${policy}`)])),
    others: {
      on: {
        ARM: { actions: 'set' },
        RING: {
          actions: { type: 'ring', params: ({ event }) => ({ timer: event.timer }) },
        },
      },
    },
  },
} as Parameters<typeof clockSetup.createMachine>[0]);

export const clockNames: readonly string[] = policies.map((policy) => `clock-${policy}`);
export const clockPath = (name: string): string => `/app/${name}`;

/** Each clock leaves one policy to the word for all others. */
const timersOf = (rest: TimerPolicy): Record<string, TimerPolicy> => ({
  ...Object.fromEntries(
    timerNames.map((name) => [name, policyOf(name)]).filter(([, policy]) => policy !== rest),
  ),
  '*': rest,
});

export const clockworkTree = supervisor({
  id: 'app',
  children: [
    child({ id: 'bell', logic: bell }),
    ...policies.map((policy) => {
      const name = `clock-${policy}`;
      return child({ id: name, logic: clock, input: { name }, timers: timersOf(policy) });
    }),
  ],
});
