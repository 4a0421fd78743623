import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { chartOf } from '../../../../runtime/charts/chart.ts';
import type { Explanation } from '../../../../runtime/explain/explanation.ts';
import { activeIds, passageOf } from '../../../../runtime/inspector/page/chart-state.ts';

const chart = chartOf(
  createMachine({
    id: 'm',
    type: 'parallel',
    states: {
      circuit: {
        initial: 'closed',
        states: {
          closed: { on: { FAIL: [{ guard: 'isLast', target: 'open' }, { target: 'closed' }] } },
          open: { after: { wait: 'half' } },
          shut: { on: { TRY: [{ guard: 'isDue', target: 'open' }, { target: 'open' }] } },
          half: { initial: 'probing', states: { probing: { always: '#m.circuit.closed' } } },
        },
      },
      backoff: { initial: 'base', states: { base: {} } },
    },
  }),
);

const step = (given: object) => ({
  ...{ kind: 'step', actor: '/a', depth: 0, undone: false, transitions: [], on: 'FAIL' },
  ...given,
});
const told = (...happened: object[]) => ({ happened }) as unknown as Explanation;
const taken = { source: 'm.circuit.closed', place: 'on.FAIL', targets: ['m.circuit.open'] };
const edgeOf = (event: string, to: string) =>
  chart.edges.findIndex((edge) => edge.event === event && edge.to === to);

describe('active states', () => {
  it('are those of every region, with their parents', () => {
    const value = { circuit: { half: 'probing' }, backoff: 'base' };
    expect([...activeIds(chart, value)]).toEqual([
      ...['m', 'm.circuit', 'm.circuit.half', 'm.circuit.half.probing'],
      ...['m.backoff', 'm.backoff.base'],
    ]);
  });

  it('are the machine alone where nothing is known, and leave out what it does not have', () => {
    expect([...activeIds(chart, undefined)]).toEqual(['m']);
    expect([...activeIds(chart, null)]).toEqual(['m']);
    expect([...activeIds(chart, { other: 'x' })]).toEqual(['m']);
  });
});

describe('the passage of a turn', () => {
  const before = { circuit: 'closed', backoff: 'base' };
  const after = { circuit: 'open', backoff: 'base' };

  it('is the transition that was taken and the states that were left', () => {
    const passage = passageOf(
      chart,
      '/a',
      told(step({ from: before, to: after, transitions: [{ ...taken, guard: 'isLast' }] })),
    );
    expect([...passage.hot]).toEqual([edgeOf('FAIL', 'm.circuit.open')]);
    expect([...passage.left]).toEqual(['m.circuit.closed']);
    expect(passage.ignored).toBeUndefined();
  });

  it('holds every microstep, and transitions without an event', () => {
    const always = {
      source: 'm.circuit.half.probing',
      place: 'always',
      targets: ['m.circuit.closed'],
    };
    const passage = passageOf(
      chart,
      '/a',
      told(
        step({ from: before, to: after, transitions: [{ ...taken, guard: 'isLast' }] }),
        step({ on: 'FAIL', to: before, transitions: [always] }),
      ),
    );
    expect(passage.hot.size).toBe(2);
    expect(passage.hot.has(edgeOf('always', 'm.circuit.closed'))).toBe(true);
  });

  it('tells transitions to the same state apart by their guards', () => {
    const one = { source: 'm.circuit.shut', place: 'on.TRY', targets: ['m.circuit.open'] };
    for (const guard of ['isDue', undefined]) {
      const transitions = [{ ...one, ...(guard !== undefined && { guard }) }];
      const { hot } = passageOf(chart, '/a', told(step({ on: 'TRY', to: after, transitions })));
      expect([...hot].map((index) => chart.edges[index]?.guard)).toEqual([guard]);
    }
  });

  it('names the event that nothing took', () => {
    const passage = passageOf(chart, '/a', told(step({ on: 'LATE', from: before, to: before })));
    expect(passage.ignored).toBe('LATE');
    expect(passage.hot.size).toBe(0);
  });

  it('leaves out other actors, and what a crash took back', () => {
    const transitions = [{ ...taken, guard: 'isLast' }];
    for (const other of [{ actor: '/b' }, { undone: true }]) {
      const passage = passageOf(
        chart,
        '/a',
        told(step({ from: before, to: after, transitions, ...other })),
      );
      expect(passage.hot.size).toBe(0);
      expect(passage.left.size).toBe(0);
    }
    expect(passageOf(chart, '/a', undefined).hot.size).toBe(0);
  });
});
