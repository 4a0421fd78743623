/** Where the specification of a place comes from, and how a restored place finds it. */
import type { AnySpec, SupervisorSpec } from '../../actors/child.ts';
import { doorsPaths } from '../../actors/doors.ts';
import { FAILOVER } from '../../actors/failover-pair.ts';
import { protectSpecNameAt } from '../../actors/protect-children.ts';
import { RECOVERIES } from '../../actors/recovery.ts';
import { safeguardPaths } from '../../actors/safeguards.ts';
import { secrPaths } from '../../actors/secr.ts';
import { tensorPaths } from '../../actors/tensor.ts';
import { BREAKERS, type Core } from '../core.ts';
import type { Node } from '../supervision/node.ts';
import type { Origin } from './rows.ts';

/** Children are looked up by id, and there may be ten thousand. */
const byId = new WeakMap<SupervisorSpec, Map<string, AnySpec>>();

function ownChild(supervisor: AnySpec, id: string): AnySpec | undefined {
  if (supervisor.kind !== 'supervisor') return undefined;
  let children = byId.get(supervisor);
  if (!children) {
    children = new Map(supervisor.children.map((spec) => [spec.id, spec]));
    byId.set(supervisor, children);
  }
  return children.get(id);
}

export function originOf({ path, spec, parent }: Node): Origin {
  if (path === BREAKERS && !parent) return 'breakers';
  if (path === FAILOVER && !parent) return 'failover';
  const layer = protectSpecNameAt(path);
  if (layer) return layer;
  if (path === safeguardPaths.root && !parent) return 'safeguards';
  if (path === secrPaths.root && !parent) return 'secr';
  if (path === doorsPaths.root && !parent) return 'doors';
  if (path === RECOVERIES && !parent) return 'recoveries';
  if (path === tensorPaths.root && !parent) return 'tensor';
  if (!parent || ownChild(parent.spec, spec.id) === spec) return 'tree';
  if (parent.path === BREAKERS && !parent.parent) return 'breaker';
  if (parent.path === safeguardPaths.signals) return 'signal';
  if (parent.path === FAILOVER && !parent.parent) return 'failoverPair';
  return parent.isTemplated ? 'template' : 'given';
}

/**
 * The specification that this program has for a place of a snapshot.
 *
 * @throws {Error} when it has none: the words say what to give.
 */
export function specAt(
  core: Core,
  path: string,
  origin: Origin,
  parent: Node | undefined,
): AnySpec {
  const id = path.slice(path.lastIndexOf('/') + 1);
  if (origin !== 'tree') return core.specFor(path, { op: 'start', id, spec: origin }, parent);
  const spec = parent ? ownChild(parent.spec, id) : core.rootSpec(id);
  if (spec) return spec;
  throw new Error(`The journal has an actor at '${path}' that the tree of this program lacks.`);
}
