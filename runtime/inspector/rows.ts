/** Actors and vital signs as the page shows them, read from a core, live or replayed. */
import type { AnyActor, AnyMachineSnapshot } from 'xstate';
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
import { machineIdOf, type Node } from '../supervision/node.ts';
import { hashOf } from './charts.ts';
import type { ActorRow, ChangedRow, Vitals } from './protocol.ts';

type State = Pick<ActorRow, 'status' | 'value' | 'tags' | 'incarnation' | 'restarts' | 'lastError'>;
type Snapshot = Pick<ActorRow, 'status'> & Partial<Pick<AnyMachineSnapshot, 'value' | 'tags'>>;

const none: ReadonlySet<string> = new Set();

/** Of a row, what can change. */
function stateOf(node: Node): State {
  const snapshot = node.actor?.getSnapshot() as Snapshot | undefined;
  const state: State = {
    status: statusOf(node, snapshot),
    tags: [...(snapshot?.tags ?? none)],
    incarnation: node.incarnation,
    restarts: node.restartCount,
  };
  if (snapshot?.tags) state.value = snapshot.value as Json;
  if (node.lastError !== undefined) state.lastError = node.lastError;
  return state;
}

const statusOf = ({ status }: Node, snapshot: Snapshot | undefined): ActorRow['status'] =>
  snapshot?.status ?? (status === 'idle' ? 'idle' : 'down');

/**
 * What differs from the row that was told before, which is brought up to date; all of it when none
 * was. Read for every change that is shown: nothing is copied that is not sent.
 */
export function changedRow(node: Node, told?: ChangedRow): ChangedRow {
  const { path, incarnation, restartCount: restarts, lastError } = node;
  if (!told) return { path, ...stateOf(node) };
  const snapshot = node.actor?.getSnapshot() as Snapshot | undefined;
  const row: ChangedRow = { path };
  const status = statusOf(node, snapshot);
  const tags = snapshot?.tags ?? none;
  if (snapshot?.tags && !isSame(snapshot.value as Json, told.value)) {
    row.value = told.value = snapshot.value as Json;
  }
  if (status !== told.status) row.status = told.status = status;
  if (!areSame(tags, told.tags)) row.tags = told.tags = [...tags];
  if (incarnation !== told.incarnation) row.incarnation = told.incarnation = incarnation;
  if (restarts !== told.restarts) row.restarts = told.restarts = restarts;
  if (lastError !== told.lastError) row.lastError = told.lastError = lastError;
  return row;
}

const isSame = (a: Json, b: Json | undefined): boolean =>
  a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));

const areSame = (tags: ReadonlySet<string>, told: readonly string[] = []): boolean =>
  tags.size === told.length && told.every((tag) => tags.has(tag));

function actorRow(node: Node): ActorRow {
  const { path, spec } = node;
  const hash = hashOf(spec);
  return {
    path,
    ...stateOf(node),
    kind: spec.kind,
    machine: machineIdOf(node),
    ...(hash !== undefined && { hash }),
    ...(spec.kind === 'supervisor' && { strategy: spec.strategy }),
  };
}

/** Every place of the tree, parents before children. */
export const actorRows = (core: Core): ActorRow[] => [...core.nodes()].map(actorRow);

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
