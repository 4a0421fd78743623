/**
 * Who is restarted together with a child: OTP's strategies, and the dependants of each of them.
 *
 * @see https://www.erlang.org/doc/system/sup_princ.html#restart-strategy
 */
import type { Strategy } from '../../config/supervision.ts';

/** What has to be known of a sibling. */
export interface Sibling {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/**
 * Ids of the children that go down and come up again with `id`, itself included, in the order of
 * their starts. `siblings` are in that order.
 */
export function restartGroup(
  strategy: Strategy,
  siblings: readonly Sibling[],
  id: string,
): readonly string[] {
  if (strategy === 'one_for_all') return siblings.map((sibling) => sibling.id);
  const group = new Set([id]);
  let isAfter = false;
  // Dependants start after what they depend on: one pass in the order of starts finds them all.
  for (const sibling of siblings) {
    const follows = strategy === 'rest_for_one' && isAfter;
    if (follows || sibling.dependsOn.some((needed) => group.has(needed))) group.add(sibling.id);
    if (sibling.id === id) isAfter = true;
  }
  return siblings.filter((sibling) => group.has(sibling.id)).map((sibling) => sibling.id);
}

/**
 * Children in the order of their starts: as given, but each after those it depends on.
 *
 * @returns the order, or the ids of a cycle in it.
 */
export function startOrder<S extends Sibling>(
  siblings: readonly S[],
): { readonly order: readonly S[] } | { readonly cycle: readonly string[] } {
  const byId = new Map(siblings.map((sibling) => [sibling.id, sibling]));
  const order: S[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (sibling: S): readonly string[] | undefined => {
    if (done.has(sibling.id)) return undefined;
    if (way.includes(sibling.id)) return [...way.slice(way.indexOf(sibling.id)), sibling.id];
    way.push(sibling.id);
    for (const id of sibling.dependsOn) {
      const needed = byId.get(id);
      const cycle = needed && visit(needed);
      if (cycle) return cycle;
    }
    way.pop();
    done.add(sibling.id);
    order.push(sibling);
    return undefined;
  };
  for (const sibling of siblings) {
    const cycle = visit(sibling);
    if (cycle) return { cycle };
  }
  return { order };
}
