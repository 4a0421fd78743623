/** Walks an XState machine into plain rows: states, and what leads from one to the next. */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { actionLabels, afterLabels, eventLabel, guardLabel, invokeLabel } from './label.ts';

export interface ChartNode {
  /** As in `circuitBreaker.open`. */
  readonly id: string;
  /** Last part of the id. */
  readonly name: string;
  /** Absent for the machine itself. */
  readonly parent?: string;
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Where a compound state begins. */
  readonly initial?: string;
  /** How deep a history state remembers. */
  readonly history?: 'shallow' | 'deep';
  readonly tags: readonly string[];
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  /** Names of the actors that live as long as this state. */
  readonly invoke: readonly string[];
  readonly description?: string;
}

export interface ChartEdge {
  readonly from: string;
  /** Where it leads; `from` itself for a transition without a target. */
  readonly to: string;
  /** As in `CALL_FAILED`, `after openDuration`, `always`, `done`. */
  readonly event: string;
  readonly kind: 'event' | 'after' | 'always' | 'done' | 'error';
  /** As in `isLastAllowedFailure`, `and(isOpen, not(isForced))`; absent when it always holds. */
  readonly guard?: string;
  readonly actions: readonly string[];
  /** False for a transition that stays inside without leaving the state. */
  readonly leaves: boolean;
  readonly description?: string;
}

export interface Chart {
  readonly id: string;
  readonly description?: string;
  /** Parents before children, in the order of the machine. */
  readonly nodes: readonly ChartNode[];
  readonly edges: readonly ChartEdge[];
}

/** Reads the chart of a machine. Runs nothing of it. */
export function chartOf(machine: AnyStateMachine): Chart {
  const nodes: ChartNode[] = [];
  const edges: ChartEdge[] = [];
  const walk = (state: AnyStateNode, parent: AnyStateNode | undefined): void => {
    nodes.push(nodeOf(state, parent));
    edges.push(...edgesOf(state));
    for (const child of Object.values(state.states)) walk(child, state);
  };
  walk(machine.root, undefined);
  return { id: machine.root.id, ...described(machine.root.description), nodes, edges };
}

const described = (description: string | undefined): { description?: string } =>
  description === undefined ? {} : { description };

function nodeOf(state: AnyStateNode, parent: AnyStateNode | undefined): ChartNode {
  const initial = state.initial?.target?.[0]?.id;
  return {
    id: state.id,
    name: state.key,
    ...(parent && { parent: parent.id }),
    type: state.type,
    ...(initial !== undefined && { initial }),
    ...(state.type === 'history' && { history: state.history === 'deep' ? 'deep' : 'shallow' }),
    tags: [...state.tags],
    entry: actionLabels(state.entry),
    exit: actionLabels(state.exit),
    invoke: state.invoke.map(({ src }) => invokeLabel(src)),
    ...described(state.description),
  };
}

/** One edge for each target, in the order in which XState tries them. */
function edgesOf(state: AnyStateNode): readonly ChartEdge[] {
  const delays = afterLabels(state);
  const rows = [...state.transitions].flatMap(([event, transitions]) =>
    transitions.map((transition) => ({ ...eventLabel(event, delays), transition })),
  );
  const always = (state.always ?? []).map((transition) => ({
    event: 'always',
    kind: 'always' as const,
    transition,
  }));
  return [...rows, ...always].flatMap(({ event, kind, transition }) => {
    const guard = guardLabel(transition.guard);
    const targets: readonly AnyStateNode[] = transition.target ?? [state];
    return targets.map((target) => ({
      from: state.id,
      to: target.id,
      event,
      kind,
      ...(guard !== undefined && { guard }),
      actions: actionLabels(transition.actions),
      leaves: transition.target !== undefined && (transition.reenter || target !== state),
      ...described(transition.description),
    }));
  });
}
