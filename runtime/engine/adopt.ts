/**
 * Wraps the logic of every new actor, before its first snapshot, so that its effects wait for the
 * commit of their turn and never run in replay. Users' machines stay as they are.
 */
import type {
  AnyActor,
  AnyActorLogic,
  AnyActorScope,
  AnyEventObject,
  AnyStateMachine,
} from 'xstate';
import { type Kind, keepKind, kindOf } from './kinds.ts';
import { keepSubscription } from './seam.ts';

/** Tells a machine that one of its function actions threw after the turn. */
export const ACTION_FAILED = 'kintsugi.action.failed';
/** Tells an effect that it could not start, or was interrupted by the end of the process. */
export const EFFECT_FAILED = 'kintsugi.effect.failed';

/** What an effect emitted, as an entry of its own: its turn holds the fact. */
export const EFFECT_EMITTED = 'kintsugi.effect.emitted';

const STOP = 'xstate.stop';
/** Bound on the eventless transitions of one macrostep; part of the journal's format. */
const ITERATIONS_MAX = 1_000;

export interface CustomAction {
  readonly type: string;
  readonly run: () => void;
}

/** What adopted actors ask of the turn loop. */
export interface AdoptHost {
  action(actor: AnyActor, action: CustomAction): void;
  fact(actor: AnyActor, fact: AnyEventObject): void;
  /** An effect emitted something, outside of any turn. */
  emitted(actor: AnyActor, fact: AnyEventObject): void;
  /** Files an effect; it is started after the commit. */
  ask(actor: AnyActor, kind: Kind, start: () => void): void;
  /** Runs code that belongs to the outside: what it sends enters through ingress. */
  outside<T>(run: () => T): T;
  /** False in replay: whoever is sent something there has had it in its own time. */
  readonly isLive: boolean;
  /** An effect failed to start. */
  failed(actor: AnyActor, error: unknown): void;
}

type Logic = AnyActorLogic & { start?: (state: never, scope: never) => void };

export function adopt(host: AdoptHost, actor: AnyActor): void {
  const logic = actor.logic as Logic;
  const kind = kindOf(logic);
  if (kind === 'machine') actor.logic = adoptMachine(host, actor, logic as AnyStateMachine);
  else if (kind === 'pure') actor.logic = adoptPure(host, actor, logic);
  else actor.logic = adoptEffect(host, actor, logic, kind);
  keepKind(actor.logic, kind);
}

/** It has no effects: only what it emits, and a crash that somebody asks for, pass here. */
function adoptPure(host: AdoptHost, actor: AnyActor, logic: Logic): AnyActorLogic {
  const emit = (fact: AnyEventObject) => host.fact(actor, fact);
  const transition = (state: never, event: AnyEventObject, scope: AnyActorScope) => {
    if (event.type === EFFECT_FAILED) throw event['error'];
    scope.emit = emit;
    const next = logic.transition(state, event, scope) as EffectState;
    // XState leaves it active: what it is sent later would not reach its successor.
    return event.type === STOP ? { ...next, status: 'stopped' } : next;
  };
  return Object.create(logic, { transition: { value: transition } }) as AnyActorLogic;
}

function adoptMachine(host: AdoptHost, actor: AnyActor, machine: AnyStateMachine): AnyActorLogic {
  const options = machine.options as { maxIterations?: number } | undefined;
  if (options && !Number.isFinite(options.maxIterations ?? Number.POSITIVE_INFINITY)) {
    options.maxIterations = ITERATIONS_MAX;
  }
  let hooked = false;
  const hook = (scope: AnyActorScope) => {
    if (hooked) return;
    hooked = true;
    hookScope(host, actor, scope);
  };
  return Object.create(machine, {
    transition: {
      value: (state: never, event: AnyEventObject, scope: never) => {
        if (event.type === ACTION_FAILED) throw event['error'];
        return machine.transition(state, event, scope);
      },
    },
    getInitialSnapshot: {
      value: (scope: AnyActorScope, input: never) => {
        hook(scope);
        return machine.getInitialSnapshot(scope as never, input);
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

function hookScope(host: AdoptHost, actor: AnyActor, scope: AnyActorScope): void {
  const execute = scope.actionExecutor;
  scope.actionExecutor = (action) => {
    const { exec } = action;
    if (!exec || action.type.startsWith('xstate.')) return execute(action);
    const run = () => exec(action.info as never, action.params as never);
    execute({ ...action, exec: () => host.action(actor, { type: action.type, run }) });
  };
  scope.emit = (fact) => host.fact(actor, fact);
}

type EffectState = { status: string };

function adoptEffect(host: AdoptHost, actor: AnyActor, logic: Logic, kind: Kind): AnyActorLogic {
  let phase: 'asked' | 'starting' | 'running' = 'asked';
  /** What a callback was sent before it had started. */
  const early: (() => unknown)[] = [];
  /** Ends what runs at the edge; what it throws on its way out changes nothing any more. */
  const release = (state: EffectState, scope: never) => {
    try {
      host.outside(() => logic.transition(state as never, { type: STOP } as never, scope));
    } catch (error) {
      host.failed(actor, error);
    }
  };
  const start = (scope: AnyActorScope) => {
    phase = 'starting';
    scope.emit = (fact) => host.emitted(actor, fact);
    const first = actor.getSnapshot() as EffectState;
    try {
      // The current snapshot, not the one at the time of asking: others may have come since.
      host.outside(() => logic.start!(first as never, scope as never));
    } catch (error) {
      host.failed(actor, error);
      return;
    }
    // As in XState, it hears nothing before it has started, and then all in order.
    while (early.length > 0 && actor.getSnapshot().status === 'active') {
      receive(host, actor, early.shift()!);
    }
    phase = 'running';
    const now = actor.getSnapshot() as EffectState;
    // Values that came at once have replaced the snapshot in which the subscription was put.
    keepSubscription(first, now);
    // It was stopped, or failed, by what it sent while it started.
    if (now.status === 'stopped' || now.status === 'error') release(now, scope as never);
  };
  return {
    ...logic,
    start(state: EffectState, scope: AnyActorScope) {
      if (state.status === 'active') host.ask(actor, kind, () => start(scope));
    },
    transition(state: never, event: AnyEventObject, scope: never) {
      if (event.type === EFFECT_FAILED) {
        if (phase === 'running') release(state, scope);
        throw event['error'];
      }
      if (event.type === EFFECT_EMITTED) {
        host.fact(actor, event['fact']);
        return state;
      }
      if (event.type === STOP) {
        if (phase === 'running') release(state, scope);
        return { ...(state as EffectState), status: 'stopped', input: undefined };
      }
      if (kind !== 'callback')
        return host.outside(() => logic.transition(state, event as never, scope));
      const listeners = () => logic.transition(state, event as never, scope);
      if (phase === 'running') receive(host, actor, listeners);
      else if (host.isLive) early.push(listeners);
      return state;
    },
  } as AnyActorLogic;
}

/**
 * A listener of a callback is outside code: what it throws is an outcome, never part of the turn.
 */
function receive(host: AdoptHost, actor: AnyActor, listeners: () => unknown): void {
  try {
    host.outside(listeners);
  } catch (error) {
    host.failed(actor, error);
  }
}
