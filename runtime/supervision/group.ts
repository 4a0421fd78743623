/** Who goes down with whom, from the table; the rules are pure functions in `machines/policies`. */
import type { Strategy } from '../../config/supervision.ts';
import { restartGroup } from '../../machines/policies/restart-group.ts';
import type { Trouble } from '../../machines/supervisor-types.ts';
import type { Node } from './node.ts';

export const siblingsOf = (supervisor: Node): Node[] => [...supervisor.children.values()];

/** Ids that are restarted with `id`, in the order of their starts. */
export function groupOf(strategy: Strategy, supervisor: Node, id: string): readonly string[] {
  // Without dependencies a child is alone: no need to look at ten thousand siblings.
  if (strategy === 'one_for_one' && !supervisor.hasDependencies) return [id];
  return restartGroup(
    strategy,
    siblingsOf(supervisor).map((sibling) => sibling.spec),
    id,
  );
}

/** What a supervisor has to know to decide about a child that is down. */
export function troubleOf(supervisor: Node, node: Node, why: string, at: number): Trouble {
  const { seed } = node;
  const { id, backoff } = node.spec;
  const strategy = supervisor.spec.kind === 'supervisor' ? supervisor.spec.strategy : 'one_for_one';
  const attempt = node.attempt++;
  return { id, why, at, group: groupOf(strategy, supervisor, id), backoff, attempt, seed };
}
