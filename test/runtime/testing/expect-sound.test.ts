import { describe, expect, it } from 'vitest';
import { assign, createMachine, setup } from 'xstate';
import { expectSound } from '../../../runtime/testing/expect-sound.ts';

const events = [{ type: 'GO' }, { type: 'END' }];

describe('expectSound', () => {
  it('returns the edges of a machine that keeps all promises', () => {
    const machine = createMachine({
      id: 'sound',
      initial: 'off',
      states: {
        off: { tags: 'dark', on: { GO: 'on' } },
        on: { tags: 'bright', initial: 'low', states: { low: { after: { 5: 'high' } }, high: {} } },
      },
    });
    const edges = expectSound(machine, {
      events,
      exclusiveTags: ['dark', 'bright'],
    });
    expect(edges).toHaveLength(7);
  });

  it('names the states that are never reached', () => {
    const machine = createMachine({
      id: 'lost',
      initial: 'a',
      states: { a: { on: { GO: 'b' } }, b: {}, c: { initial: 'd', states: { d: {} } } },
    });
    expect(() => expectSound(machine, { events })).toThrow("Machine 'lost' never reaches c, c.d.");
    const unreachable = ['c', 'c.d'];
    expect(() => expectSound(machine, { events, unreachable })).not.toThrow();
  });

  it('finds a snapshot with two or none of the exclusive tags', () => {
    const machine = createMachine({
      id: 'tagged',
      initial: 'a',
      states: { a: { tags: 'x', on: { GO: 'b' } }, b: { tags: ['x', 'y'] } },
    });
    const options = { events, exclusiveTags: ['x', 'y'] };
    expect(() => expectSound(machine, options)).toThrow(/exactly one of the tags x, y/);
  });

  it('finds a machine that decides by something outside of its snapshot', () => {
    let outside = 0;
    const machine = setup({
      actions: { read: assign({ seen: () => (outside += 1) }) },
    }).createMachine({ id: 'impure', context: { seen: 0 }, on: { GO: { actions: 'read' } } });
    const key = () => '';
    expect(() => expectSound(machine, { events, key })).toThrow(/goes elsewhere when tried again/);
  });

  it('finds a context that a journal cannot bring back', () => {
    const machine = setup({
      types: { context: {} as { at: Date | string; shown: string } },
      actions: {
        show: assign({ shown: ({ context }) => (context.at instanceof Date ? 'date' : 'text') }),
      },
    }).createMachine({
      id: 'lossy',
      context: { at: new Date(0), shown: '' },
      on: { GO: { actions: 'show' } },
    });
    expect(() => expectSound(machine, { events })).toThrow(
      /goes elsewhere when persisted and restored/,
    );
  });

  it('accepts a final state that nothing leaves', () => {
    const machine = createMachine({
      id: 'ending',
      initial: 'a',
      states: { a: { on: { END: 'z' } }, z: { type: 'final' } },
    });
    expect(() => expectSound(machine, { events })).not.toThrow();
  });

  it('finds an edge that leaves a final state', () => {
    const machine = createMachine({
      id: 'undead',
      initial: 'a',
      on: { GO: '.a' },
      states: { a: { on: { END: 'z' } }, z: { type: 'final' } },
    });
    expect(() => expectSound(machine, { events })).toThrow(/leaves a final state/);
  });
});
