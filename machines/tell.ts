/** How a chart sends to others by their path. */
import type { AnyActorRef, AnyEventObject } from 'xstate';

/** What `enqueueActions` gives, as far as it is needed here. */
interface Teller {
  readonly enqueue: { sendTo(target: AnyActorRef, event: never): void };
  readonly system: { get(path: string): unknown };
}

/** Sends an event to each path; where nobody can be found, as under plain XState, to nobody. */
export function tell(
  { enqueue, system }: Teller,
  paths: readonly string[],
  event: AnyEventObject,
): void {
  for (const path of paths) {
    const target = system.get(path) as AnyActorRef | undefined;
    if (target) enqueue.sendTo(target, event as never);
  }
}
