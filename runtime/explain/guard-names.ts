/** What a guard is called: by its name, by its parts, or by its place in the chart. */
import type { AnyTransitionDefinition } from 'xstate';
import { textOf } from './values.ts';

type Node = AnyTransitionDefinition['source'];

/** A guard as it stands in a chart: a name, a name with parameters, or a function. */
export type ChartGuard =
  | string
  | { readonly type: string; readonly params?: unknown }
  | GuardFunction;

/** XState's `and`, `or`, `not` and `stateIn` are functions that hold their parts. */
export interface GuardFunction {
  (args: unknown, params: unknown): unknown;
  readonly check?: (snapshot: unknown, args: unknown, self: GuardFunction) => unknown;
  readonly guards?: readonly ChartGuard[];
  readonly stateValue?: unknown;
}

/** Where the transitions of a descriptor stand, as in `on.TICK`, `after.1000`, `onDone of job`. */
export function placeOf(node: Node, descriptor: string): string {
  const after = 'xstate.after.';
  if (descriptor === '') return 'always';
  if (descriptor.startsWith(after) && descriptor.endsWith(`.${node.id}`)) {
    return `after.${descriptor.slice(after.length, -node.id.length - 1)}`;
  }
  if (descriptor === `xstate.done.state.${node.id}`) return 'onDone';
  const [, what, id] = /^xstate\.(done\.actor|error\.actor|snapshot)\.(.*)$/.exec(descriptor) ?? [];
  if (what === undefined) return `on.${descriptor}`;
  const key = { 'done.actor': 'onDone', 'error.actor': 'onError', snapshot: 'onSnapshot' }[what];
  return `${key} of ${id}`;
}

/** The name of a guard; `place` names one that has none, as in `guard 1 of on.TICK`. */
export function guardName(guard: ChartGuard, place: string): string {
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'object') return guard.type;
  if (guard.guards) {
    const parts = guard.guards.map((part, index) => guardName(part, `part ${index + 1}`));
    return `${guard.name}(${parts.join(', ')})`;
  }
  if (guard.stateValue !== undefined) return `stateIn(${textOf(guard.stateValue)})`;
  // A function that stands in the chart itself is called after the key it stands under.
  return guard.name === '' || guard.name === 'guard' ? place : guard.name;
}
