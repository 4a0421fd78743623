/**
 * The only file that knows XState's undocumented names.
 *
 * One kernel actor owns one XState system; every supervised actor is its child. The hooks below are
 * put where XState would otherwise use the clock, chance and direct delivery, so that the turn loop
 * decides. `test/runtime/engine/seam.test.ts` fails by name when XState changes one of them.
 */
import {
  type ActorScope,
  type AnyActor,
  type AnyActorLogic,
  type AnyActorRef,
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyTransitionDefinition,
  createActor,
} from 'xstate';

/** What the turn loop does in place of XState. */
export interface SeamHooks {
  /** Called in the constructor of every actor, before its first snapshot. */
  created(actor: AnyActor): void;
  /** Called when an actor starts and when it stops. */
  registered(actor: AnyActor): void;
  unregistered(actor: AnyActor): void;
  /** Every event passes here: sends, replies of effects, timers, ends of children. */
  relay(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void;
  /** The next session id. */
  nextId(): string;
  /** Runs code of whoever watches the system with `system.inspect`. */
  watch(run: () => void): void;
  /** What `system.get(key)` answers when XState knows no such actor. */
  find(key: string): AnyActorRef | undefined;
  schedule(
    source: AnyActor,
    target: AnyActor,
    event: AnyEventObject,
    delayMs: number,
    id: string | undefined,
  ): void;
  cancel(source: AnyActor, id: string): void;
  cancelAll(source: AnyActor): void;
}

/** One microstep of a machine, with the transitions that XState chose for it. */
export interface Step {
  readonly event: AnyEventObject;
  readonly snapshot: AnyMachineSnapshot;
  readonly transitions: readonly AnyTransitionDefinition[];
}

/** Watches what happens inside turns, to explain one. It may change nothing. */
export interface Trace {
  /** An actor was made; its logic may still be wrapped. */
  created(actor: AnyActor): void;
  started(actor: AnyActor): void;
  stopped(actor: AnyActor): void;
  delivering(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void;
  delivered(): void;
  stepped(actor: AnyActor, step: Step): void;
}

interface InspectionEvent {
  readonly type: string;
  readonly actorRef?: AnyActor;
}

interface MicrostepEvent extends InspectionEvent {
  readonly actorRef: AnyActor;
  readonly event: AnyEventObject;
  readonly snapshot: AnyMachineSnapshot;
  readonly _transitions: readonly AnyTransitionDefinition[];
}

interface HiddenSystem {
  _bookId(): string;
  _register(sessionId: string, actor: AnyActor): string;
  _unregister(actor: AnyActor): void;
  _relay(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void;
  _sendInspectionEvent(event: InspectionEvent): void;
  get(key: string): AnyActorRef | undefined;
  inspect(observer: unknown): unknown;
  getAll(): Record<string, AnyActor>;
  scheduler: {
    schedule(s: AnyActor, t: AnyActor, e: AnyEventObject, delay: number, id?: string): void;
    cancel(source: AnyActor, id: string): void;
    cancelAll(source: AnyActor): void;
  };
}

type Stoppable = { _stop(): void };

const hidden = (actor: AnyActorRef) => actor as unknown as { _parent?: AnyActor };
const nothing = () => {};

/** Names that the seam needs; `missingNames` says which of them this XState lacks. */
const systemNames = [
  '_bookId',
  '_register',
  '_unregister',
  '_relay',
  '_sendInspectionEvent',
] as const;

type Make = (parent?: AnyActor) => AnyActor;

const makeProbe: Make = (parent) =>
  createActor(inert('active'), { id: 'probe', ...(parent ? { parent } : {}) } as never);

/**
 * The undocumented names that the installed XState lacks; empty when the runtime can host actors.
 *
 * @param make how to make actors; a test gives doctored ones.
 */
export function missingNames(make: Make = makeProbe, makeChild: Make = make): string[] {
  const probe = make();
  const system = probe.system as unknown as Record<string, unknown>;
  const scheduler = system['scheduler'] as Record<string, unknown> | undefined;
  const missing: string[] = systemNames.filter((name) => typeof system[name] !== 'function');
  for (const name of ['schedule', 'cancel', 'cancelAll']) {
    if (typeof scheduler?.[name] !== 'function') missing.push(`scheduler.${name}`);
  }
  if (missing.length > 0) return missing;
  const child = makeChild(probe);
  if (!('_syncSnapshot' in child)) missing.push('_syncSnapshot');
  if (hidden(child)._parent !== probe || child.system !== probe.system) missing.push('parent');
  if (typeof (child as unknown as Stoppable)._stop !== 'function') missing.push('_stop');
  return missing;
}

/** Logic that does nothing, for the kernel and for references to actors that are not running. */
function inert(status: 'active' | 'stopped'): AnyActorLogic {
  const snapshot = { status, output: undefined, error: undefined } as never;
  return {
    getInitialSnapshot: () => snapshot,
    transition: (state: never) => state,
    getPersistedSnapshot: (state: never) => state,
  } as unknown as AnyActorLogic;
}

/** One XState system whose every event, timer and id goes through the hooks. */
export class Kernel {
  readonly actor: AnyActor;
  private readonly system: HiddenSystem;
  private readonly direct: HiddenSystem['_relay'];
  private readonly release: HiddenSystem['_unregister'];
  private scope!: ActorScope<never, AnyEventObject>;
  private making: 'actor' | 'stub' = 'stub';
  /** Set by whoever explains a turn; without it nothing is watched. */
  trace: Trace | undefined;

  constructor(hooks: SeamHooks) {
    const logic = inert('active');
    this.actor = createActor(
      {
        ...logic,
        getInitialSnapshot: (scope: AnyActorScope) => {
          this.scope = scope as never;
          return logic.getInitialSnapshot(scope, undefined);
        },
      } as AnyActorLogic,
      { id: '', clock: refusingClock, logger: nothing },
    ).start();
    // XState numbers it by a counter of the whole process, which no replay could repeat.
    this.actor.sessionId = 'kernel';
    this.scope.sessionId = 'kernel';
    this.system = this.actor.system as unknown as HiddenSystem;
    this.direct = this.system._relay;
    this.release = this.system._unregister;
    this.making = 'actor';
    this.install(hooks);
  }

  private install(hooks: SeamHooks): void {
    const { system } = this;
    const { _register: register, get, inspect, _sendInspectionEvent: tell } = system;
    let isWatched = false;
    system.inspect = (observer) => {
      isWatched = true;
      return inspect(observer);
    };
    system._bookId = () => (this.making === 'stub' ? 'stub' : hooks.nextId());
    system._sendInspectionEvent = (event) => {
      if (event.type === '@xstate.actor' && this.making === 'actor') {
        this.trace?.created(event.actorRef!);
        hooks.created(event.actorRef!);
      } else if (this.trace && event.type === '@xstate.microstep') {
        const { actorRef, event: cause, snapshot, _transitions } = event as MicrostepEvent;
        this.trace.stepped(actorRef, { event: cause, snapshot, transitions: _transitions });
      }
      if (isWatched) hooks.watch(() => tell(event));
    };
    system._register = (sessionId, actor) => {
      hooks.registered(actor);
      this.trace?.started(actor);
      return register(sessionId, actor);
    };
    system._unregister = (actor) => {
      this.trace?.stopped(actor);
      hooks.unregistered(actor);
      this.release(actor);
    };
    system._relay = (source, target, event) => hooks.relay(source, target, event);
    system.get = (key) => get(key) ?? hooks.find(key);
    system.scheduler = {
      schedule: (source, target, event, delay, id) =>
        hooks.schedule(source, target, event, delay, id),
      cancel: (source, id) => hooks.cancel(source, id),
      cancelAll: (source) => hooks.cancelAll(source),
    };
  }

  /** Makes a supervised actor; it runs once its `start` is called. */
  create(
    logic: AnyActorLogic,
    options: { id: string; input: unknown; snapshot?: unknown },
  ): AnyActor {
    return createActor(logic, { ...options, systemId: options.id, parent: this.actor } as never);
  }

  /** A reference to an actor that is not running: messages to it become dead letters. */
  stub(path: string): AnyActor {
    this.making = 'stub';
    try {
      return createActor(inert('stopped'), { id: path, parent: this.actor } as never);
    } finally {
      this.making = 'actor';
    }
  }

  /** Hands an event to an actor now, past the gate. */
  deliver(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void {
    if (this.trace) this.watched(this.trace, source, target, event);
    else this.direct.call(this.system, source, target, event);
  }

  private watched(
    trace: Trace,
    source: AnyActorRef | undefined,
    target: AnyActor,
    event: AnyEventObject,
  ): void {
    trace.delivering(source, target, event);
    try {
      this.direct.call(this.system, source, target, event);
    } finally {
      trace.delivered();
    }
  }

  /** Stops a supervised actor. */
  stop(actor: AnyActor): void {
    this.scope.stopChild(actor);
  }

  /** Stops an actor at any depth; its parent need not be alive. */
  halt(actor: AnyActor): void {
    (actor as unknown as Stoppable)._stop();
  }

  /** Forgets an actor that never started, or that a crash left registered. */
  forget(actor: AnyActor): void {
    this.system._unregister(actor);
  }

  /** Every actor that holds a system id. */
  named(): AnyActor[] {
    return Object.values(this.system.getAll());
  }
}

/** The actor that made this one; the kernel for supervised actors. */
export function parentOf(actor: AnyActorRef): AnyActor | undefined {
  return hidden(actor)._parent;
}

/** Whether a child tells its parent of each of its snapshots. */
export function tellsParent(actor: AnyActor): boolean {
  return (actor as unknown as { _syncSnapshot?: boolean })._syncSnapshot === true;
}

/** Observables put their subscription into the snapshot that they start with; hands it on. */
export function keepSubscription(first: object, now: object): void {
  if (now === first || !('_subscription' in first)) return;
  (now as { _subscription: unknown })._subscription = first._subscription;
}

/** Every delay goes through the scheduler, so that a clock is never asked. */
const refusingClock = {
  setTimeout(): never {
    throw new Error('An actor asked the XState clock for time instead of the scheduler.');
  },
  clearTimeout: nothing,
};
