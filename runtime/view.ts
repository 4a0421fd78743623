/** How the tree looks from outside: plain data, never a live actor. */
import { isMachineSnapshot } from 'xstate';
import type { Core } from './core.ts';
import { machineIdOf, type Node } from './supervision/tree.ts';

/** What is known of one actor. */
export interface ActorView {
  readonly path: string;
  readonly kind: 'worker' | 'supervisor';
  /** Id of its machine; kind of logic for others. */
  readonly machine: string;
  /** `down` while nothing runs there; `idle` when it ended or was stopped for good. */
  readonly status: 'active' | 'done' | 'error' | 'stopped' | 'down' | 'idle';
  /** State value of a machine. */
  readonly value: unknown;
  readonly context: unknown;
  readonly tags: readonly string[];
  readonly incarnation: number;
  readonly restarts: number;
  readonly lastError: string | undefined;
  /** Logical time since the last start, ms. */
  readonly uptimeMs: number;
}

export interface TreeView extends ActorView {
  readonly children: readonly TreeView[];
}

export function actorView(core: Core, node: Node): ActorView {
  const snapshot = node.actor?.getSnapshot() as
    | { status: ActorView['status']; context?: unknown }
    | undefined;
  const machine = isMachineSnapshot(snapshot) ? snapshot : undefined;
  return {
    path: node.path,
    kind: node.spec.kind,
    machine: machineIdOf(node),
    status: snapshot?.status ?? (node.status === 'idle' ? 'idle' : 'down'),
    value: machine?.value,
    context: snapshot?.context,
    tags: machine ? [...machine.tags] : [],
    incarnation: node.incarnation,
    restarts: node.restartCount,
    lastError: node.lastError,
    uptimeMs: snapshot ? core.engine.at - node.startedAtMs : 0,
  };
}

export function treeView(core: Core): TreeView[] {
  const view = (node: Node): TreeView => ({
    ...actorView(core, node),
    children: [...node.children.values()].map(view),
  });
  return [...core.tree.roots.values()].map(view);
}

/** The actors of a tree as a list, parents before children. */
export const everyActor = (views: readonly TreeView[]): readonly TreeView[] =>
  views.flatMap((view) => [view, ...everyActor(view.children)]);
