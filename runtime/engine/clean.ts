/**
 * What a crash leaves behind, cleared away: XState lets the children of a crashed actor run on, and
 * keeps the system ids of those that it made and never started. Both would haunt the successor.
 */
import type { AnyActor } from 'xstate';
import type { Paths } from './paths.ts';
import type { Kernel } from './seam.ts';

/** Stops everything below a crashed actor, last made first. */
export function clean(kernel: Kernel, paths: Paths, crashed: AnyActor): void {
  for (const actor of [...paths.descendants(crashed)].reverse()) {
    if (paths.at(paths.of(actor)) === actor) kernel.halt(actor);
    else kernel.forget(actor);
  }
}
