/**
 * What a crash leaves behind, cleared away: XState lets the children of a crashed actor run on, and
 * keeps the system ids of those that it made and never started. Both would haunt the successor.
 */
import type { AnyActor } from 'xstate';
import type { Paths } from './paths.ts';
import { type Kernel, parentOf } from './seam.ts';

/** Stops everything below a crashed actor, last started first. */
export function clean(kernel: Kernel, paths: Paths, crashed: AnyActor): void {
  const below = [...paths.below(paths.of(crashed))].filter((actor) => isBelow(actor, crashed));
  for (const actor of below.reverse()) kernel.halt(actor);
  for (const actor of kernel.named()) {
    if (isBelow(actor, crashed) && paths.at(paths.of(actor)) !== actor) kernel.forget(actor);
  }
}

/**
 * True for descendants; those whom a supervisor only looks after have the kernel as their parent.
 */
function isBelow(actor: AnyActor, ancestor: AnyActor): boolean {
  let at = parentOf(actor);
  while (at && at !== ancestor) at = parentOf(at);
  return at === ancestor;
}
