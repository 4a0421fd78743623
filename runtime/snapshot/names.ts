/** Names of logics that a machine gave inline: only what has a name comes back after a restart. */
import type { AnyActor, AnyActorLogic, AnyStateMachine } from 'xstate';
import { parentOf } from '../engine/seam.ts';

/**
 * Name under which the machine that made a child can find its logic again.
 *
 * @throws {TypeError} when there is none; the words tell the cure.
 */
export function sourceOf(parent: AnyActor, child: AnyActor, path: string): string {
  const { src } = child as { readonly src: string | AnyActorLogic };
  if (typeof src === 'string') return src;
  const { implementations } = parent.logic as AnyStateMachine;
  const named = Object.entries(implementations?.actors ?? {}).find(([, logic]) => logic === src);
  if (named) return named[0];
  throw new TypeError(
    `'${path}' runs logic that was spawned inline, without a name: after a restart of the ` +
      'process nobody could find it. Name it with setup({ actors: { name: logic } }), and spawn ' +
      'it by name.',
  );
}

/**
 * Refuses an actor that has no name to come back by.
 *
 * @throws {TypeError} as `sourceOf`.
 */
export function nameable(actor: AnyActor, path: string): void {
  const parent = parentOf(actor);
  // Who is supervised has its specification; the kernel made it.
  if (parent && '__xstatenode' in parent.logic) sourceOf(parent, actor, path);
}
