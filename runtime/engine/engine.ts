/**
 * The turn loop: one entry in, every synchronous consequence run to completion, one record out.
 *
 * Nothing reaches an actor but through here. In replay the entries come from the journal, nothing else
 * enters, and no effect runs.
 */
import type { AnyActor, AnyActorRef, AnyEventObject } from 'xstate';
import type { InputLine, TurnLine } from '../journal/format.ts';
import { adopt, EFFECT_FAILED } from './adopt.ts';
import { Asks } from './asks.ts';
import { Changes } from './changes.ts';
import { Digest } from './digest.ts';
import { Effects } from './effects.ts';
import { type Entry, Ingress, type Overflow } from './ingress.ts';
import { Paths } from './paths.ts';
import { Kernel, type SeamHooks } from './seam.ts';
import { Timers } from './timers.ts';
import { TurnRecord } from './turn-record.ts';
import { decode, encode, type Refs } from './values.ts';

/** Hops of one cascade after which messages queue; a constant of the journal's format. */
const DEPTH_MAX = 200;
/** Deliveries in one turn after which the sender crashes; a constant of the journal's format. */
const DELIVERIES_MAX = 100_000;

export type Mode = 'live' | 'replay';

export interface DeadLetter {
  readonly path: string;
  readonly event: unknown;
  readonly at: number;
  readonly seq: number;
  readonly why: 'noActor' | 'mailboxFull' | 'noParent';
}

/** A finished turn, for those who watch. */
export interface Turn {
  readonly input: InputLine;
  readonly line: TurnLine;
  readonly text: string;
  readonly actors: readonly AnyActor[];
}

export interface EngineHooks {
  /** Logical time, ms. */
  now(): number;
  /** Does what an entry for the runtime itself asks: start, stop, patch, resume. */
  apply(entry: Entry): void;
  /** A supervised actor ended in this turn. */
  down(actor: AnyActor, path: string, failed: boolean, error: unknown): void;
  /** Hands the turn to the journal; live only. */
  commit(turn: Turn, safety: boolean): void;
  /** Tells watchers, after the commit. What they send waits for its own turn. */
  notify(turn: Turn): void;
  deadLetter(letter: DeadLetter): void;
  /** When function actions of an actor run. */
  actionsOf(path: string): 'afterTurn' | 'inTurn';
  incarnationOf(path: string): number;
  /** A timer was set that is due earlier than any other. */
  timerSet(deadlineMs: number): void;
  /** Runs a turn under guard, in test mode. */
  around?: (run: () => void) => void;
  /** Freezes events and contexts, in test mode: in-place mutation is found. */
  freeze?: (value: unknown) => void;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class Engine {
  mode: Mode = 'live';
  seq = 0;
  /** Logical time of the current turn, or of the last one. */
  at = 0;
  readonly paths = new Paths();
  readonly kernel: Kernel;
  readonly timers = new Timers();
  readonly effects = new Effects();
  readonly digest = new Digest();
  readonly ingress: Ingress;
  /** Effects wait while this is set: a safety entry is not on disk yet. */
  barrier: Promise<void> | undefined;
  readonly record = new TurnRecord();
  readonly refs: Refs = {
    pathOf: (actor: AnyActorRef) => this.paths.of(actor),
    actorAt: (path: string) => this.paths.reference(path),
  };
  private ids = 0;
  private inTurn = false;
  private notifying = false;
  private pumping = false;
  private depth = 0;
  private deliveries = 0;
  private readonly changes: Changes;
  private readonly asks: Asks;
  private readonly overflow: [AnyActorRef | undefined, AnyActor, AnyEventObject][] = [];
  private readonly downs: [AnyActor, AnyEventObject][] = [];

  private readonly hooks: EngineHooks;

  constructor(hooks: EngineHooks, mailbox: { countMax: number; overflow: Overflow }) {
    this.hooks = hooks;
    this.ingress = new Ingress(mailbox.countMax, mailbox.overflow, (entry) =>
      this.dead(entry.path, entry.event, 'mailboxFull'),
    );
    this.changes = new Changes(this.refs, this.refs.pathOf, (path) => hooks.incarnationOf(path));
    this.asks = new Asks(this, (path) => hooks.actionsOf(path));
    this.kernel = new Kernel(this.seamHooks());
    this.paths.attach(this.kernel);
  }

  private seamHooks(): SeamHooks {
    return {
      created: (actor) => adopt(this.asks, actor),
      registered: (actor) => {
        this.paths.add(actor);
        this.changes.touch(actor);
      },
      unregistered: (actor) => {
        this.paths.remove(actor);
        this.effects.forget(actor);
        this.changes.touch(actor);
      },
      relay: (source, target, event) => this.relay(source, target, event),
      nextId: () => `x:${this.ids++}`,
      find: (key) => (key.startsWith('/') ? this.paths.reference(key) : undefined),
      schedule: (source, target, event, delayMs, id) => {
        const deadlineMs = this.at + delayMs;
        const due = this.timers.next()?.deadlineMs ?? Number.POSITIVE_INFINITY;
        const timer = { source, target, event, deadlineMs, cause: this.seq };
        this.timers.schedule({ ...timer, id: id ?? `timer:${this.ids++}` });
        if (deadlineMs < due) this.hooks.timerSet(deadlineMs);
      },
      cancel: (source, id) => this.timers.cancel(source, id),
      cancelAll: (source) => this.timers.cancelAll(source),
    };
  }

  // The gate: not in a turn, or outside code is running -> ingress; else deliver now.
  private relay(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void {
    if (!this.inTurn || this.asks.isOutside || source === undefined) {
      this.enter(source, target, event);
      return;
    }
    if (target === this.kernel.actor) {
      this.downs.push([source as AnyActor, event]);
      return;
    }
    if (this.depth >= DEPTH_MAX) this.overflow.push([source, target, event]);
    else this.deliver(source, target, event);
  }

  private enter(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void {
    if (this.mode !== 'live') return;
    const own = source !== undefined && source === target;
    const path = this.paths.of(target);
    const cause = own ? this.effects.causeOf(target) : undefined;
    const entry = { kind: own ? 'outcome' : 'event', path, event, cause } as const;
    this.submit(own ? { ...entry, actor: target } : entry);
  }

  /** Delivers now, to the actor itself or to whoever runs under its path by now. */
  deliver(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void {
    let actor: AnyActor | undefined = target;
    if (target.getSnapshot().status !== 'active') actor = this.paths.at(this.paths.of(target));
    if (actor?.getSnapshot().status !== 'active') {
      this.dead(this.paths.of(target), event, 'noActor');
      return;
    }
    if (++this.deliveries > DELIVERIES_MAX) {
      throw new Error(
        `More than ${DELIVERIES_MAX} messages in one turn: actors answer each other.`,
      );
    }
    this.changes.touch(actor);
    this.depth++;
    try {
      this.kernel.deliver(source, actor, event);
    } finally {
      this.depth--;
    }
  }

  dead(path: string, event: unknown, why: DeadLetter['why']): void {
    this.hooks.deadLetter({ path, event, at: this.at, seq: this.seq, why });
  }

  /**
   * Takes something in: at once when no turn runs, else after the current one.
   *
   * @throws {TypeError} when the event holds what the journal cannot keep.
   */
  submit(entry: Entry): boolean {
    if (this.mode !== 'live') return false;
    let checked = entry;
    try {
      encode(entry.event, this.refs);
    } catch (error) {
      if (entry.kind !== 'outcome') throw error;
      checked = { ...entry, event: { type: EFFECT_FAILED, error } };
    }
    if (!this.ingress.push(checked)) return false;
    if (!this.inTurn && !this.notifying) this.pump();
    return true;
  }

  /** Runs what waits: entries first, then effects, until nothing is left. */
  pump(): void {
    if (this.pumping) {
      this.drainIngress();
      return;
    }
    this.pumping = true;
    try {
      for (;;) {
        this.drainIngress();
        const work = this.barrier ? undefined : this.effects.shift();
        if (!work) break;
        work();
      }
    } finally {
      this.pumping = false;
    }
  }

  private drainIngress(): void {
    for (let entry = this.ingress.shift(); entry; entry = this.ingress.shift()) this.take(entry);
  }

  private take(entry: Entry): void {
    const needsActor = entry.kind === 'event' || entry.kind === 'outcome';
    const actor = needsActor ? this.paths.at(entry.path) : undefined;
    if (needsActor && (!actor || (entry.actor && entry.actor !== actor))) {
      this.dead(entry.path, entry.event, 'noActor');
      return;
    }
    const json = encode(entry.event, this.refs);
    const event = json === entry.event ? entry.event : decode(json, this.refs);
    const now = this.hooks.now();
    const input: Writable<InputLine> = {
      seq: this.seq + 1,
      at: now > this.at ? now : this.at,
      kind: entry.kind,
      path: entry.path,
      event: json,
    };
    if (entry.cause !== undefined) input.cause = entry.cause;
    if (entry.safety) input.class = 'safety';
    const turn = this.turn(input, { ...entry, event });
    this.hooks.commit(turn, entry.safety === true);
    this.notifying = true;
    try {
      this.hooks.notify(turn);
    } finally {
      this.notifying = false;
    }
  }

  /** Replays one entry of the journal; the record is for comparing. */
  replay(input: InputLine, expected: TurnLine): Turn {
    const event = decode(input.event, this.refs);
    const { kind, path, cause } = input;
    return this.turn(input, { kind, path, event, cause }, expected.threw);
  }

  private turn(input: InputLine, entry: Entry, threw?: TurnLine['threw']): Turn {
    this.seq = input.seq;
    this.at = input.at;
    this.deliveries = 0;
    this.record.begin(input.seq, threw);
    this.inTurn = true;
    try {
      if (this.hooks.around) this.hooks.around(() => this.run(entry));
      else this.run(entry);
    } finally {
      this.inTurn = false;
    }
    const { rows, actors } = this.changes.collect();
    if (this.hooks.freeze)
      for (const actor of actors) this.hooks.freeze(actor.getSnapshot().context);
    const line = this.record.end(rows);
    const text = `${JSON.stringify(input)}\n${JSON.stringify(line)}\n`;
    this.digest.add(text);
    return { input, line, text, actors };
  }

  private run(entry: Entry): void {
    const { kind, path } = entry;
    this.hooks.freeze?.(entry.event);
    const actor = this.paths.at(path);
    if (kind === 'event' || kind === 'outcome') {
      if (actor) this.deliver(kind === 'outcome' ? actor : undefined, actor, entry.event as never);
    } else if (kind === 'timer') {
      const timer = actor && this.timers.take(actor, entry.event as string);
      if (timer) this.deliver(timer.source, timer.target, timer.event);
    } else {
      this.hooks.apply(entry);
    }
    for (;;) {
      const waiting = this.overflow.shift();
      if (waiting) this.deliver(...waiting);
      else if (this.downs.length > 0) this.down(...this.downs.shift()!);
      else break;
    }
  }

  private down(actor: AnyActor, event: AnyEventObject): void {
    const path = this.paths.of(actor);
    const failed = event.type.startsWith('xstate.error.actor.');
    if (!failed && !event.type.startsWith('xstate.done.actor.')) {
      this.dead(path, event, 'noParent');
      return;
    }
    this.hooks.down(actor, path, failed, event['error']);
  }

  /** What an effect or a function action of an actor came to. */
  outcome(actor: AnyActor, event: AnyEventObject): void {
    const cause = this.effects.causeOf(actor);
    this.submit({ kind: 'outcome', path: this.paths.of(actor), event, cause, actor });
  }
}
