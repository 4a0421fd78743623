import { describe, expect, it } from 'vitest';
import { type Chart, chartOf } from '../../../runtime/charts/chart.ts';
import { stateTable, transitionTable } from '../../../runtime/charts/table.ts';
import { exampleMachine } from './example.ts';

const chart = chartOf(exampleMachine());

describe('transitionTable', () => {
  const lines = transitionTable(chart).split('\n');

  it('has a row for every edge', () => {
    expect(lines.slice(0, 2)).toEqual([
      '| from | event | guard | to | actions |',
      '|---|---|---|---|---|',
    ]);
    expect(lines).toHaveLength(chart.edges.length + 2);
  });

  it('names states without the machine, and tells what stays and what holds in any state', () => {
    expect(lines).toContain('| idle | COUNT |  | (stays) | assign(count) |');
    expect(lines).toContain('| (any) | STOP |  | done |  |');
    expect(lines).toContain('| work.left.a | always | isFull | work.left.b |  |');
  });

  it('keeps a bar in a name inside its cell', () => {
    const edge = { ...chart.edges[0]!, event: 'A|B' };
    const odd: Chart = { ...chart, edges: [edge] };
    expect(transitionTable(odd)).toContain('A\\|B');
  });
});

describe('stateTable', () => {
  it('tells tags and what a state does', () => {
    expect(stateTable(chart)).toContain(
      '| idle | atomic | admits, calm | entry: note; exit: tell {"minimum":3} |  |',
    );
    expect(stateTable(chart)).not.toContain('| example |');
  });
});
