/** What is seen of an actor and all below it, alike under plain XState and under the runtime. */
import { type AnyActorRef, isMachineSnapshot } from 'xstate';
import { encode } from '../../runtime/engine/values.ts';

/** Unnamed actors are numbered by a counter of the process in plain XState. */
export const named = (id: string) => id.replace(/x:\d+/g, 'x:?');
export const refs = {
  pathOf: (actor: AnyActorRef) => named(actor.id),
  actorAt: () => undefined as never,
};
const numeric = new Intl.Collator('en', { numeric: true });

/** An actor to its leaves: all that its user could look at. */
export function view(actor: AnyActorRef): unknown {
  const snapshot = actor.getSnapshot() as Record<string, unknown> & { status: string };
  const machine = isMachineSnapshot(snapshot) ? snapshot : undefined;
  const history = Object.entries(machine?.historyValue ?? {});
  return {
    status: snapshot.status,
    context: encode(snapshot['context'], refs),
    output: encode(snapshot['output'], refs),
    error: encode(snapshot['error'], refs),
    ...(machine && {
      value: machine.value,
      tags: [...machine.tags].sort(),
      meta: machine.getMeta(),
      history: history.map(([id, nodes]) => [id, nodes.map((node) => node.id)]),
      children: Object.keys(machine.children)
        .sort(numeric.compare)
        .map((id) => [named(id), view(machine.children[id]!)]),
    }),
  };
}

export const pathOf = (actor: AnyActorRef): string => {
  const above = (actor as unknown as { _parent?: AnyActorRef })._parent;
  return named(above ? `${pathOf(above)}/${actor.id}` : actor.id);
};
