/** What an actor runs, noted when it is made: nobody can tell it from wrapped logic. */
import type { AnyActor } from 'xstate';
import { kindOf } from '../engine/kinds.ts';

const names = new WeakMap<AnyActor, string>();

/** To be called before the engine adopts the actor. */
export function noteName(actor: AnyActor): void {
  const kind = kindOf(actor.logic);
  const { id } = actor.logic as { readonly id?: string };
  names.set(actor, kind === 'machine' && id !== undefined ? id : kind);
}

/** Id of its machine; kind of logic for others. */
export const machineNameOf = (actor: AnyActor): string => names.get(actor) ?? kindOf(actor.logic);
