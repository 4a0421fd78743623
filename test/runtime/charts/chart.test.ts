import { describe, expect, it } from 'vitest';
import { fromPromise, setup } from 'xstate';
import { chartOf } from '../../../runtime/charts/chart.ts';
import { exampleMachine } from './example.ts';

const chart = chartOf(exampleMachine({ description: 'An example.' }));
const node = (id: string) => chart.nodes.find((candidate) => candidate.id === id);
const edges = (from: string) =>
  chart.edges
    .filter((edge) => edge.from === from)
    .map(({ event, guard, to, actions, leaves, kind }) => ({
      event,
      guard,
      to,
      actions,
      leaves,
      kind,
    }));

describe('chartOf', () => {
  it('tells every state, parents before children', () => {
    expect(chart.nodes.map(({ id, type }) => `${id} ${type}`)).toEqual([
      'example compound',
      'example.idle atomic',
      'example.work parallel',
      'example.work.left compound',
      'example.work.left.a atomic',
      'example.work.left.b final',
      'example.work.right compound',
      'example.work.right.a atomic',
      'example.work.right.back history',
      'example.done final',
    ]);
  });

  it('tells tags, entry and exit actions, and where states begin', () => {
    expect(node('example')).toMatchObject({ initial: 'example.idle', description: 'An example.' });
    expect(node('example.idle')).toEqual({
      id: 'example.idle',
      name: 'idle',
      parent: 'example',
      type: 'atomic',
      tags: ['admits', 'calm'],
      entry: ['note'],
      exit: ['tell {"minimum":3}'],
      invoke: [],
    });
    expect(node('example.work.right.back')).toMatchObject({ history: 'deep' });
  });

  it('tells events, guards, actions and delays in the order of the machine', () => {
    expect(edges('example.idle')).toEqual([
      {
        event: 'GO',
        kind: 'event',
        guard: 'isFull',
        to: 'example.done',
        actions: [],
        leaves: true,
      },
      {
        event: 'GO',
        kind: 'event',
        guard: 'isOver {"minimum":3}',
        to: 'example.work',
        actions: [],
        leaves: true,
      },
      {
        event: 'COUNT',
        kind: 'event',
        guard: undefined,
        to: 'example.idle',
        actions: ['assign(count)'],
        leaves: false,
      },
      {
        event: 'AGAIN',
        kind: 'event',
        guard: undefined,
        to: 'example.idle',
        actions: ['raise(GO)'],
        leaves: true,
      },
      {
        event: 'any other',
        kind: 'event',
        guard: 'and(isFull, not(stateIn))',
        to: 'example.work',
        actions: [],
        leaves: true,
      },
      {
        event: 'after 500 ms',
        kind: 'after',
        guard: 'isFull',
        to: 'example.done',
        actions: [],
        leaves: true,
      },
      {
        event: 'after patience',
        kind: 'after',
        guard: undefined,
        to: 'example.work',
        actions: [],
        leaves: true,
      },
    ]);
  });

  it('tells always and done', () => {
    expect(edges('example.work.left.a')).toMatchObject([
      { event: 'always', kind: 'always', guard: 'isFull' },
    ]);
    expect(edges('example.work')).toMatchObject([
      { event: 'done', kind: 'done', to: 'example.done' },
    ]);
  });

  it('tells what a state invokes, and what comes of it', () => {
    const machine = setup({ actors: { load: fromPromise(async () => 1) } }).createMachine({
      id: 'm',
      initial: 'a',
      states: {
        a: { invoke: { id: 'loading', src: 'load', onDone: 'b', onError: { actions: () => {} } } },
        b: {},
      },
    });
    const { nodes, edges: rows } = chartOf(machine);
    expect(nodes[1]?.invoke).toEqual(['load']);
    expect(rows.map(({ event, kind, actions }) => [event, kind, actions])).toEqual([
      ['done loading', 'done', []],
      ['error loading', 'error', ['inline']],
    ]);
  });
});
