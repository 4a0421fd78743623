/**
 * A tree in which a restart of the process changes nothing: it has timers, crashes with back-off,
 * spawned actors and messages, and asks nothing of the outside.
 */
import { assign, sendTo, setup, spawnChild, stopChild } from 'xstate';
import { type ChildScope, child, supervisor } from '../../actors/child.ts';
import type { Bar } from '../../machines/paper/bar.ts';
import { drawRatio } from '../../machines/policies/random.ts';

export const tapePath = '/app/tape';

type BarEvent = { readonly type: 'BAR'; readonly bar: Bar };

/** Counts ticks that it sets for itself, and ends. */
const stopwatch = setup({
  types: { context: {} as { ticks: number } },
  actions: { tick: assign({ ticks: ({ context }) => context.ticks + 1 }) },
  guards: { isTired: ({ context }) => context.ticks >= 3 },
}).createMachine({
  id: 'stopwatch',
  context: { ticks: 0 },
  initial: 'running',
  states: {
    running: {
      after: { 17000: { target: 'running', reenter: true, actions: 'tick' } },
      always: { guard: 'isTired', target: 'tired' },
    },
    tired: { type: 'final' },
  },
});

/** Takes the bars; wakes and sleeps beside them; remembers where to go on. */
const tape = setup({
  types: {
    context: {} as { bars: number; lastBarAt: number; sum: number; naps: number },
    events: {} as BarEvent,
  },
  actors: { stopwatch },
  delays: { nap: ({ context }) => 20_000 + (context.bars % 7) * 10_000 },
  actions: {
    take: assign(({ context, event }) => ({
      bars: context.bars + 1,
      lastBarAt: event.bar.at,
      sum: context.sum + event.bar.close,
    })),
    pass: sendTo(
      ({ system }) => system.get('/app/meter'),
      ({ event }) => event,
    ),
    countNap: assign({ naps: ({ context }) => context.naps + 1 }),
    watch: spawnChild('stopwatch', { id: 'watch' }),
    unwatch: stopChild('watch'),
  },
}).createMachine({
  id: 'tape',
  type: 'parallel',
  context: { bars: 0, lastBarAt: 0, sum: 0, naps: 0 },
  on: { BAR: { actions: ['take', 'pass'] } },
  states: {
    rest: {
      initial: 'awake',
      states: {
        awake: { entry: 'watch', exit: 'unwatch', after: { nap: 'asleep' } },
        asleep: { entry: 'countNap', after: { 45000: 'awake' } },
      },
    },
  },
});

/** Crashes on some bars, drawn from its seed. */
const meter = setup({
  types: {
    input: {} as { seed: number },
    context: {} as { seed: number; bars: number; highest: number },
    events: {} as BarEvent,
  },
  actions: {
    measure: assign(({ context, event }) => {
      const bars = context.bars + 1;
      if (drawRatio(context.seed, event.bar.at) < 0.02) throw new Error('told to crash');
      return { bars, highest: Math.max(context.highest, event.bar.high) };
    }),
  },
}).createMachine({
  id: 'meter',
  context: ({ input }) => ({ seed: input.seed, bars: 0, highest: 0 }),
  on: { BAR: { actions: 'measure' } },
});

export const plainTree = supervisor({
  id: 'app',
  intensity: 1_000,
  children: [
    child({
      id: 'meter',
      logic: meter,
      memory: 'snapshot',
      backoff: { minMs: 30_000, jitterRatio: 0.5 },
      input: ({ seed }: ChildScope) => ({ seed }),
    }),
    child({ id: 'tape', logic: tape }),
  ],
});
