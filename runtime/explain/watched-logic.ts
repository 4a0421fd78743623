/**
 * Wraps a machine so that somebody can watch its macrosteps, facts and function actions. What it
 * does stays the same. The wrapping comes before that of the engine, in `Trace.created`.
 */
import type {
  AnyActor,
  AnyActorLogic,
  AnyActorScope,
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
} from 'xstate';

export interface Watcher {
  /** A macrostep begins; `event` and `before` are undefined when the actor is made. */
  begins(
    actor: AnyActor,
    event: AnyEventObject | undefined,
    before: AnyMachineSnapshot | undefined,
  ): void;
  /** It ended; when it crashed, all of it was taken back. */
  ends(actor: AnyActor, crashed: boolean): void;
  fact(actor: AnyActor, fact: AnyEventObject): void;
  /** A function action is asked for; in a replay it does not run. */
  action(actor: AnyActor, type: string): void;
}

const STOP = 'xstate.stop';

/** @param machine what the actor runs: its own machine, or a copy of it. */
export function watchedLogic(
  watcher: Watcher,
  actor: AnyActor,
  machine: AnyStateMachine,
): AnyActorLogic {
  let isHooked = false;
  const hook = (scope: AnyActorScope) => {
    if (isHooked) return;
    isHooked = true;
    const { emit, actionExecutor } = scope;
    scope.emit = (fact) => {
      watcher.fact(actor, fact);
      emit(fact);
    };
    scope.actionExecutor = (action) => {
      const isOwn = action.exec !== undefined && !action.type.startsWith('xstate.');
      if (isOwn) watcher.action(actor, action.type);
      actionExecutor(action);
    };
  };
  const made = <T extends { readonly status: string }>(make: () => T): T => {
    watcher.begins(actor, undefined, undefined);
    const snapshot = make();
    watcher.ends(actor, snapshot.status === 'error');
    return snapshot;
  };
  return Object.create(machine, {
    transition: {
      value: (state: AnyMachineSnapshot, event: AnyEventObject, scope: AnyActorScope) => {
        if (event.type === STOP) return machine.transition(state, event, scope as never);
        watcher.begins(actor, event, state);
        let crashed = true;
        try {
          const next = machine.transition(state, event, scope as never);
          crashed = false;
          return next;
        } finally {
          watcher.ends(actor, crashed);
        }
      },
    },
    getInitialSnapshot: {
      value: (scope: AnyActorScope, input: never) => {
        hook(scope);
        return made(() => machine.getInitialSnapshot(scope as never, input));
      },
    },
    restoreSnapshot: {
      value: (snapshot: never, scope: AnyActorScope) => {
        hook(scope);
        return machine.restoreSnapshot(snapshot, scope as never);
      },
    },
  }) as AnyActorLogic;
}
