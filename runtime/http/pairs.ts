/** Failover pairs of a runtime, as routes and metrics tell of them. */
import { FAILOVER } from '../../actors/failover-pair.ts';
import type { FailoverPairContext } from '../../machines/failover-pair-types.ts';
import type { Runtime } from '../runtime.ts';
import { everyActor, type TreeView } from '../view.ts';

/** @param actors of the runtime, where they are known already. */
export const pairsOf = (
  runtime: Runtime,
  actors: readonly TreeView[] = everyActor(runtime.tree()),
) => actors.filter(({ path }) => path.startsWith(`${FAILOVER}/`)).map((view) => of(runtime, view));

/** While its actor is down nobody knows more than its name. */
function of(runtime: Runtime, { path, context }: TreeView) {
  const name = path.slice(FAILOVER.length + 1);
  const { state, active, isActive, epoch, suspension, lagMs } = runtime.failover(name);
  const known = context as FailoverPairContext | undefined;
  const unknown = { passes: false, missedCount: 0, why: null };
  return {
    ...{ name, state, active, isActive, epoch, suspension, lagMs },
    policy: known?.settings.policy ?? runtime.settings.current.failover[name]?.policy ?? 'unknown',
    sides: known?.beats ?? { primary: unknown, backup: unknown },
    move: moveOf(known),
    moveCount: known?.moveCount ?? 0,
    failureCount: known?.failureCount ?? 0,
    refusal: known?.refusal ?? null,
  };
}

function moveOf(known: FailoverPairContext | undefined) {
  if (!known?.move) return null;
  const { from, to, cause, why, beganAtMs } = known.move;
  return { from, to, cause, why, beganAtMs };
}
