import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { walk } from '../../../runtime/testing/walk.ts';

const counter = setup({
  types: {
    input: {} as { readonly limit: number },
    context: {} as { readonly limit: number; readonly count: number; readonly total: number },
    events: {} as { type: 'ADD' } | { type: 'SKIP' },
  },
  guards: { isBelowLimit: ({ context }) => context.count < context.limit },
  actions: {
    add: assign({
      count: ({ context }) => context.count + 1,
      total: ({ context }) => context.total + 1,
    }),
    clear: assign({ count: 0 }),
  },
}).createMachine({
  id: 'counter',
  context: ({ input }) => ({ limit: input.limit, count: 0, total: 0 }),
  initial: 'counting',
  states: {
    counting: {
      on: { ADD: { guard: 'isBelowLimit', actions: 'add' } },
      after: { 1000: 'pausing' },
    },
    pausing: { on: { ADD: { target: 'counting', actions: 'clear' } } },
  },
});

const events = [{ type: 'ADD' }, { type: 'SKIP' }] as const;
const input = { limit: 2 };
const withoutTotal = (snapshot: { value: unknown; context: { count: number } }) =>
  JSON.stringify([snapshot.value, snapshot.context.count]);

describe('walk', () => {
  it('finds every edge, elapsed delays and events that change nothing included', () => {
    const edges = walk(counter, { input, events, key: withoutTotal });
    const seen = edges.map(
      ({ from, event, to }) =>
        `${from.value} ${from.context.count} ${event.type} ${to.value} ${to.context.count}`,
    );
    expect(seen).toEqual([
      'counting 0 ADD counting 1',
      'counting 0 SKIP counting 0',
      'counting 0 xstate.after.1000.counter.counting pausing 0',
      'counting 1 ADD counting 2',
      'counting 1 SKIP counting 1',
      'counting 1 xstate.after.1000.counter.counting pausing 1',
      'pausing 0 ADD counting 0',
      'pausing 0 SKIP pausing 0',
      'counting 2 ADD counting 2',
      'counting 2 SKIP counting 2',
      'counting 2 xstate.after.1000.counter.counting pausing 2',
      'pausing 1 ADD counting 0',
      'pausing 1 SKIP pausing 1',
      'pausing 2 ADD counting 0',
      'pausing 2 SKIP pausing 2',
    ]);
  });

  it('leaves delays out when asked to', () => {
    const edges = walk(counter, { input, events, key: withoutTotal, delays: false });
    expect(edges.every(({ to }) => to.value === 'counting')).toBe(true);
  });

  it('asks for the events of each snapshot', () => {
    const edges = walk(counter, {
      input,
      key: withoutTotal,
      events: ({ value }) => (value === 'pausing' ? [] : [{ type: 'ADD' as const }]),
    });
    expect(edges.filter(({ from }) => from.value === 'pausing')).toEqual([]);
  });

  it('throws when more snapshots are reachable than allowed', () => {
    expect(() => walk(counter, { input, events, limit: 50 })).toThrow(
      new RangeError("More than 50 snapshots of 'counter' are reachable."),
    );
  });

  it('takes a limit that is exactly reached', () => {
    expect(() => walk(counter, { input, events, key: withoutTotal, limit: 6 })).not.toThrow();
    expect(() => walk(counter, { input, events, key: withoutTotal, limit: 5 })).toThrow(RangeError);
  });
});
