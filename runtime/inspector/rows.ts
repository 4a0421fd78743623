/** Actors and vital signs as the page shows them, read from a core, live or replayed. */
import type { AnyActor } from 'xstate';
import { safeguardPaths as paths } from '../../actors/safeguards.ts';
import type { AlertsContext } from '../../machines/alerts.ts';
import type { DegradationContext } from '../../machines/degradation-types.ts';
import type { HealthMonitorContext } from '../../machines/health-monitor.ts';
import { namesOf } from '../../machines/policies/posture-meet.ts';
import type { PostureContext } from '../../machines/posture.ts';
import type { SafetyContext } from '../../machines/safety.ts';
import type { TradingModeContext } from '../../machines/trading-mode.ts';
import type { Core } from '../core.ts';
import type { Json } from '../journal/format.ts';
import type { Node } from '../supervision/node.ts';
import { actorView } from '../view.ts';
import { hashOf } from './charts.ts';
import type { ActorRow, Vitals } from './protocol.ts';

export function actorRow(core: Core, node: Node): ActorRow {
  const { context: _, value, lastError, ...view } = actorView(core, node);
  const { spec } = node;
  const hash = hashOf(spec);
  return {
    ...view,
    tags: [...view.tags],
    ...(value !== undefined && { value: value as Json }),
    ...(hash !== undefined && { hash }),
    ...(lastError !== undefined && { lastError }),
    ...(spec.kind === 'supervisor' && { strategy: spec.strategy }),
  };
}

/** Every place of the tree, parents before children. */
export const actorRows = (core: Core): ActorRow[] =>
  [...core.nodes()].map((node) => actorRow(core, node));

/** Read from the actors as they are: watching starts no safeguards. */
export function vitalsOf({ engine }: Core): Vitals {
  const snapshotAt = (path: string) =>
    engine.paths.at(path)?.getSnapshot() as ReturnType<AnyActor['getSnapshot']> | undefined;
  const contextAt = <T>(path: string) => snapshotAt(path)?.context as T | undefined;
  const health = contextAt<HealthMonitorContext>(paths.health);
  const degradation = contextAt<DegradationContext>(paths.degradation);
  const tradingMode = contextAt<TradingModeContext>(paths.tradingMode);
  const safety = contextAt<SafetyContext>(paths.safety);
  const plan = snapshotAt(paths.plan) as { readonly tags?: ReadonlySet<string> } | undefined;
  const isEmergency = plan?.tags?.has('acting') || plan?.tags?.has('stopped');
  const posture = contextAt<PostureContext>(paths.posture);
  const alerts = contextAt<AlertsContext>(paths.alerts)?.rows ?? [];
  return {
    ...(health && { score: health.score }),
    ...(degradation && { level: degradation.level }),
    ...(safety && { safety: isEmergency ? 'emergency' : safety.level }),
    ...(tradingMode && { tradingMode: tradingMode.mode }),
    forbidden: posture ? [...new Set(namesOf(posture))].sort() : [],
    alertCount: alerts.filter(({ state }) => state !== 'resolved').length,
  };
}
