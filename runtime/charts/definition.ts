/** What a machine is, without the bodies of its functions: what a journal remembers it by. */
import { createHash } from 'node:crypto';
import type { AnyStateMachine } from 'xstate';
import { type Chart, chartOf } from './chart.ts';

/**
 * The chart as canonical JSON: the same machine gives the same text on any computer. The order of
 * transitions is kept, because XState tries them in order; descriptions change nothing and are left
 * out.
 */
export function machineDefinition(machine: AnyStateMachine): string {
  return JSON.stringify(sortKeys(withoutDescriptions(chartOf(machine))));
}

/** SHA-256 of the definition, in hex. A changed body of a guard or an action does not change it. */
export const definitionHash = (machine: AnyStateMachine): string =>
  createHash('sha256').update(machineDefinition(machine)).digest('hex');

const withoutDescriptions = ({ id, nodes, edges }: Chart) => ({
  id,
  nodes: nodes.map(({ description: _, tags, ...node }) => ({ ...node, tags: tags.toSorted() })),
  edges: edges.map(({ description: _, ...edge }) => edge),
});

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
