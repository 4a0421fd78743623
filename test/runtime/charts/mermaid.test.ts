import { describe, expect, it } from 'vitest';
import { chartOf } from '../../../runtime/charts/chart.ts';
import { mermaidOf } from '../../../runtime/charts/mermaid.ts';
import { exampleMachine } from './example.ts';

describe('mermaidOf', () => {
  const lines = mermaidOf(chartOf(exampleMachine())).split('\n');

  it('begins as a state diagram and where the machine begins', () => {
    expect(lines.slice(0, 2)).toEqual(['stateDiagram-v2', '  [*] --> example__idle']);
  });

  it('nests states, splits regions and ends in final states', () => {
    expect(lines).toContain('  state example__work {');
    expect(lines.filter((line) => line.trim() === '--')).toHaveLength(1);
    expect(lines).toContain('  example__done --> [*]');
    expect(lines.filter((line) => line.endsWith('{'))).toHaveLength(
      lines.filter((line) => line.trim() === '}').length,
    );
  });

  it('labels edges with event, guard and actions', () => {
    expect(lines).toContain('  example__idle --> example__idle: AGAIN / raise(GO)');
    expect(lines).toContain('  example__idle --> example__done: after 500 ms [isFull]');
  });

  it('escapes what Mermaid takes for its own', () => {
    const text = lines.find((line) => line.includes('isOver'));
    expect(text).toContain('[isOver {#34;minimum#34;#58;3}]');
    expect(lines).toContain('  state "idle #35;admits #35;calm" as example__idle');
  });

  it('tells events of the whole machine in a note', () => {
    expect(lines.slice(-4)).toEqual([
      '  note right of example__idle',
      '    any state, STOP -> done',
      '    any state, NOTE / note',
      '  end note',
    ]);
  });
});
