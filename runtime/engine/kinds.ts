/** What an actor logic is, told without marks: users bring their logics as they are. */
import {
  type AnyActorLogic,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
} from 'xstate';

export type Kind =
  | 'machine'
  | 'promise'
  | 'callback'
  | 'observable'
  | 'eventObservable'
  /** No effects: `fromTransition`, or a chart compiled to a table. */
  | 'pure'
  | 'custom';

/** Whether it has one outcome; the others are sources of events. */
export const isOnce = (kind: Kind): boolean => kind === 'promise' || kind === 'custom';

type Startable = AnyActorLogic & { start?: unknown };

const bodyOf = (logic: Startable) => `${logic.start}${logic.transition}`;
const never = (() => undefined) as never;

/** XState gives each kind of logic the same function bodies, whatever the user's function. */
const kindByBody = new Map<string, Kind>([
  [bodyOf(fromPromise(never) as Startable), 'promise'],
  [bodyOf(fromCallback(never) as Startable), 'callback'],
  [bodyOf(fromObservable(never) as Startable), 'observable'],
  [bodyOf(fromEventObservable(never) as Startable), 'eventObservable'],
]);

/** Logics are few and their actors are many. */
const known = new WeakMap<AnyActorLogic, Kind>();

/** The kind of a logic. */
export function kindOf(logic: AnyActorLogic): Kind {
  let kind = known.get(logic);
  if (kind === undefined) {
    kind = tell(logic);
    known.set(logic, kind);
  }
  return kind;
}

/** Notes the kind of a logic that was wrapped: its functions are not XState's any more. */
export function keepKind(logic: AnyActorLogic, kind: Kind): void {
  known.set(logic, kind);
}

function tell(logic: AnyActorLogic): Kind {
  if ('__xstatenode' in logic) return 'machine';
  if (typeof (logic as Startable).start !== 'function') return 'pure';
  return kindByBody.get(bodyOf(logic as Startable)) ?? 'custom';
}
