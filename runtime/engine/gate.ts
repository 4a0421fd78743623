/**
 * The gate of all events. Inside a turn they are delivered now; what comes from outside a turn, or
 * from code of the outside, becomes an entry. Constants of the journal's format bound a turn.
 */
import type { AnyActor, AnyActorRef, AnyEventObject } from 'xstate';
import { ACTION_FAILED, EFFECT_FAILED } from './adopt.ts';
import { kindOf } from './kinds.ts';
import type { Paths } from './paths.ts';
import type { Kernel } from './seam.ts';

/** Hops of one cascade after which messages queue, because a stack is not endless. */
const DEPTH_MAX = 200;
/** Messages in one turn after which whoever sends the next one crashes. */
const DELIVERIES_MAX = 100_000;

export interface GateHost {
  readonly kernel: Kernel;
  readonly paths: Paths;
  /** True while a turn runs, and no code of the outside within it. */
  readonly isInside: boolean;
  /** Something comes in from outside the turn. */
  enter(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void;
  touch(actor: AnyActor): void;
  /** A supervised actor ended, or sent something to a parent that it does not have. */
  down(actor: AnyActor, event: AnyEventObject): void;
  dead(path: string, event: AnyEventObject): void;
}

type Message = readonly [AnyActorRef | undefined, AnyActor, AnyEventObject];

export class Gate {
  private depth = 0;
  private deliveries = 0;
  private readonly overflow: Message[] = [];
  /** Crashes to come, in tests: instead of the next event for a path. */
  readonly armed = new Map<string, unknown>();
  private readonly lastEvents = new WeakMap<AnyActor, AnyEventObject>();
  private readonly downs: [AnyActor, AnyEventObject][] = [];
  private readonly host: GateHost;

  constructor(host: GateHost) {
    this.host = host;
  }

  /** A turn begins. */
  begin(): void {
    this.deliveries = 0;
  }

  relay(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void {
    const { host } = this;
    if (!host.isInside || source === undefined) host.enter(source, target, event);
    else if (target === host.kernel.actor) this.downs.push([source as AnyActor, event]);
    else if (this.depth >= DEPTH_MAX) this.overflow.push([source, target, event]);
    else this.deliver(source, target, event);
  }

  /** Delivers now, to the actor itself or to whoever runs under its path by now. */
  deliver(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void {
    const actor = this.successorOf(target);
    if (!actor) {
      this.host.dead(this.host.paths.of(target), event);
      return;
    }
    if (++this.deliveries > DELIVERIES_MAX) this.refuse(source, actor, event);
    else this.hand(source, actor, event);
  }

  /** Delivers what the runtime itself has to say: no bound holds it back. */
  tell(actor: AnyActor, event: AnyEventObject): void {
    const { host } = this;
    if (actor.getSnapshot().status === 'active') this.hand(host.kernel.actor, actor, event);
    else host.dead(host.paths.of(actor), event);
  }

  /** Delivers what waits, and reports who ended, until nothing is left. */
  drain(): void {
    for (;;) {
      const message = this.overflow.shift();
      if (message) this.deliver(...message);
      else if (this.downs.length > 0) this.host.down(...this.downs.shift()!);
      else return;
    }
  }

  /** Delivers after what is being delivered now. */
  later(actor: AnyActor, event: AnyEventObject): void {
    this.overflow.push([undefined, actor, event]);
  }

  lastEventOf(actor: AnyActor): AnyEventObject | undefined {
    return this.lastEvents.get(actor);
  }

  crash(actor: AnyActor, error: unknown): void {
    if (actor.getSnapshot().status === 'active') this.hand(undefined, actor, failure(actor, error));
  }

  crashNext(path: string, error: unknown): void {
    this.armed.set(path, error);
  }

  /** What is handed over in place of an event, in a test that crashes an actor at that point. */
  private instead(actor: AnyActor, event: AnyEventObject): AnyEventObject {
    const path = this.host.paths.of(actor);
    if (!this.armed.has(path)) return event;
    const error = this.armed.get(path);
    this.armed.delete(path);
    return failure(actor, error);
  }

  private successorOf(target: AnyActor): AnyActor | undefined {
    if (target.getSnapshot().status === 'active') return target;
    const actor = this.host.paths.at(this.host.paths.of(target));
    return actor?.getSnapshot().status === 'active' ? actor : undefined;
  }

  private hand(source: AnyActorRef | undefined, actor: AnyActor, event: AnyEventObject): void {
    this.host.touch(actor);
    this.lastEvents.set(actor, event);
    this.depth++;
    try {
      const handed = this.armed.size > 0 ? this.instead(actor, event) : event;
      this.host.kernel.deliver(source, actor, handed);
    } finally {
      this.depth--;
    }
  }

  /**
   * Crashes who goes on for ever: the sender, or the receiver when a child of it reports its own
   * end. The crash is a message, because a throw from here would hit whoever happens to be on the
   * stack.
   */
  private refuse(source: AnyActorRef | undefined, actor: AnyActor, event: AnyEventObject): void {
    const canCrash = (one: AnyActor) =>
      kindOf(one.logic) === 'machine' && one.getSnapshot().status === 'active';
    const culprit = [source as AnyActor | undefined, actor].find((one) => one && canCrash(one));
    this.host.dead(this.host.paths.of(actor), event);
    if (!culprit) return;
    const error = new Error(
      `More than ${DELIVERIES_MAX} messages in one turn: actors answer each other without end.`,
    );
    this.hand(undefined, culprit, { type: ACTION_FAILED, error });
  }
}

/** What crashes an actor when it is handed it: see `adopt`. */
const failure = (actor: AnyActor, error: unknown): AnyEventObject => ({
  type: kindOf(actor.logic) === 'machine' ? ACTION_FAILED : EFFECT_FAILED,
  error,
});
