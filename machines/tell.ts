/** How a chart sends to others by their path. */
import type { AnyActorRef, AnyEventObject } from 'xstate';
import type { AlertCause } from '../config/alerts.ts';

/** What `enqueueActions` gives, as far as it is needed here. */
export interface Teller {
  readonly enqueue: { sendTo(target: AnyActorRef, event: never): void };
  readonly system: { get(path: string): unknown };
}

/** Where the book of alerts lives; without one nobody is told. */
export const alertsPath = '/safeguards/alerts';

/** What the runtime tells people of itself; how severe it is, settings say. */
export type OwnAlert = {
  readonly at: number;
  /** One alert for each key. */
  readonly key: string;
  readonly cause: AlertCause;
  readonly text: string;
  /** The actor that it is about. */
  readonly path: string;
};

export const raiseAlert = (teller: Teller, alert: OwnAlert): void =>
  ask(teller, [alertsPath], { type: 'RAISE', ...alert });

export const resolveAlert = (teller: Teller, at: number, key: string): void =>
  ask(teller, [alertsPath], { type: 'RESOLVE', at, key });

/** As `tell`, but only those who run now: it is no loss when others do not hear it. */
export function ask(teller: Teller, paths: readonly string[], event: AnyEventObject): void {
  const isThere = (path: string) => {
    const actor = teller.system.get(path) as AnyActorRef | undefined;
    return actor?.getSnapshot().status === 'active';
  };
  tell(teller, paths.filter(isThere), event);
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
