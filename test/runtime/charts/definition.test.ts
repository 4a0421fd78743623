import { describe, expect, it } from 'vitest';
import { definitionHash, machineDefinition } from '../../../runtime/charts/definition.ts';
import { exampleMachine } from './example.ts';

const hash = (variation = {}) => definitionHash(exampleMachine(variation));

describe('definitionHash', () => {
  it('is the same for the same chart', () => {
    expect(hash()).toBe(hash());
    expect(hash()).toMatch(/^[0-9a-f]{64}$/);
  });

  it('does not change with a description, nor with the body of an action', () => {
    expect(hash({ description: 'Other words.' })).toBe(hash());
    const provided = exampleMachine().provide({ actions: { note: () => 1 } });
    expect(definitionHash(provided)).toBe(hash());
  });

  it('changes with a delay, a parameter, or the order in which transitions are tried', () => {
    const hashes = [
      hash(),
      hash({ delayMs: 501 }),
      hash({ minimum: 4 }),
      hash({ isSwapped: true }),
    ];
    expect(new Set(hashes).size).toBe(4);
  });
});

describe('machineDefinition', () => {
  it('is JSON with sorted keys and no bodies', () => {
    const text = machineDefinition(exampleMachine());
    const { nodes, edges } = JSON.parse(text);
    expect(Object.keys(nodes[0])).toEqual(Object.keys(nodes[0]).toSorted());
    expect(edges.length).toBeGreaterThan(5);
    expect(text).not.toContain('=>');
  });
});
