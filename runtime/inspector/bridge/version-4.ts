/**
 * Machines and states of XState 5 as version 4 writes them: what viewers of `@xstate/inspect` read.
 * They draw with it; its guards cannot be asked.
 */
import {
  type AnyActor,
  type AnyStateNode,
  type AnyTransitionDefinition,
  isMachineSnapshot,
} from 'xstate';
import { shown } from '../shown.ts';

const nameOf = (source: unknown): string => {
  if (typeof source === 'string') return source;
  if (typeof source === 'function') return source.name || 'inline';
  return (source as { readonly type?: string } | undefined)?.type ?? 'inline';
};

const actionsOf = (actions: readonly unknown[] = []) =>
  actions.map((action) => ({ type: nameOf(action) }));

const transitionOf = (transition: AnyTransitionDefinition) => ({
  target: transition.target?.map(({ id }) => `#${id}`),
  actions: actionsOf(transition.actions),
  cond: transition.guard === undefined ? undefined : nameOf(transition.guard),
  internal: !transition.reenter,
});

/** Configuration of a machine or of one of its states. */
export function configOf(state: AnyStateNode): object {
  const on: Record<string, object[]> = {};
  const after: object[] = [];
  for (const [event, transitions] of state.transitions) {
    const delay = /^xstate\.after\.(.+?)\./.exec(event)?.[1];
    for (const transition of transitions) {
      const row = transitionOf(transition);
      if (delay === undefined) on[event] = [...(on[event] ?? []), row];
      else after.push({ delay: Number.isNaN(Number(delay)) ? delay : Number(delay), ...row });
    }
  }
  const states = Object.entries(state.states).map(([key, child]) => [key, configOf(child)]);
  return {
    ...(state.parent ? {} : { predictableActionArguments: true, preserveActionOrder: true }),
    id: state.id,
    key: state.key,
    ...(state.type === 'atomic' || state.type === 'compound' ? {} : { type: state.type }),
    ...(state.history ? { history: state.history } : {}),
    ...(state.initial ? { initial: state.initial.target?.[0]?.key } : {}),
    entry: actionsOf(state.entry),
    exit: actionsOf(state.exit),
    tags: [...state.tags],
    invoke: state.invoke.map(({ id, src }) => ({ id, src: nameOf(src) })),
    on,
    always: (state.always ?? []).map(transitionOf),
    after,
    states: Object.fromEntries(states),
  };
}

/** Logic that is no machine has one state. */
export function machineOf(actor: AnyActor): object {
  const { root } = actor.logic as { readonly root?: AnyStateNode };
  return root ? configOf(root) : { id: actor.id, initial: 'active', states: { active: {} } };
}

export const eventOf = (event: { readonly type: string }, origin?: string) => ({
  name: event.type,
  data: event,
  $$type: 'scxml',
  type: 'external',
  ...(origin !== undefined && { origin }),
});

/** State of an actor; secrets are left out. */
export function stateOf(actor: AnyActor, event: { readonly type: string }, session: string) {
  const snapshot = actor.getSnapshot() as { readonly status: string; readonly context?: unknown };
  const machine = isMachineSnapshot(snapshot) ? snapshot : undefined;
  return {
    value: machine?.value ?? snapshot.status,
    context: shown(snapshot.context ?? {}),
    event,
    _event: eventOf(event),
    _sessionid: session,
    ...{ actions: [], activities: {}, meta: {}, events: [], configuration: [], transitions: [] },
    children: {},
    done: snapshot.status === 'done',
    changed: true,
    tags: machine ? [...machine.tags] : [],
  };
}
