/**
 * The turn loop: one entry in, every synchronous consequence run to completion, one record out.
 *
 * Nothing reaches an actor but through here. In replay the entries come from the journal, nothing
 * else enters, and no effect runs.
 */
import type { AnyActor, AnyActorRef, AnyEventObject } from 'xstate';
import type { InputLine, TurnLine } from '../journal/format.ts';
import { EFFECT_FAILED } from './adopt.ts';
import { Asks } from './asks.ts';
import { Changes } from './changes.ts';
import { Digest } from './digest.ts';
import { Effects, failureOf } from './effects.ts';
import { Gate } from './gate.ts';
import type { DeadLetter, EngineHooks, Turn } from './hooks.ts';
import { Ids } from './ids.ts';
import { type Entry, Ingress, type Overflow } from './ingress.ts';
import { Paths } from './paths.ts';
import { Kernel } from './seam.ts';
import { type Timer, Timers } from './timers.ts';
import { TurnRecord } from './turn-record.ts';
import { decode, encode, flawOf, type Refs } from './values.ts';
import { seamHooksOf } from './wiring.ts';

export type { DeadLetter, EngineHooks, Turn } from './hooks.ts';
/** `closed`: the runtime has failed or ended; nothing enters and no effect starts any more. */
export type Mode = 'live' | 'replay' | 'closed';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class Engine {
  mode: Mode = 'live';
  seq = 0;
  /** Logical time of the current turn, or of the last one. */
  at = 0;
  /** Logical time of the turn before. */
  lastAt = 0;
  /** Name of the journal: keys of effects begin with it. */
  journalId = '';
  readonly paths = new Paths();
  readonly kernel: Kernel;
  readonly timers = new Timers();
  readonly effects = new Effects();
  readonly digest = new Digest();
  readonly ids = new Ids();
  readonly ingress: Ingress;
  readonly record = new TurnRecord();
  readonly refs: Refs = {
    pathOf: (actor: AnyActorRef) => this.paths.of(actor),
    actorAt: (path: string) => this.paths.reference(path),
  };
  private inTurn = false;
  private notifying = false;
  private pumping = false;
  readonly changes: Changes;
  readonly asks: Asks;
  /** Where the runtime itself hands messages over, inside a turn. */
  readonly gate: Gate;
  private readonly hooks: EngineHooks;

  constructor(hooks: EngineHooks, mailbox: { countMax: number; overflow: Overflow }) {
    this.hooks = hooks;
    this.ingress = new Ingress(mailbox.countMax, mailbox.overflow, (entry) =>
      this.dead(entry.path, entry.event, 'mailboxFull'),
    );
    this.changes = new Changes(this.refs, this.refs.pathOf, (path) => hooks.incarnationOf(path));
    this.asks = new Asks(this, hooks);
    this.kernel = new Kernel(seamHooksOf(this, hooks));
    this.paths.attach(this.kernel);
    this.gate = this.makeGate();
  }

  private makeGate(): Gate {
    const engine = this;
    return new Gate({
      kernel: this.kernel,
      paths: this.paths,
      get isInside() {
        return engine.inTurn && !engine.asks.isOutside;
      },
      enter: (source, target, event) => this.enter(source, target, event),
      touch: (actor) => this.changes.touch(actor),
      down: (actor, event) => this.down(actor, event),
      dead: (path, event) => this.deadInTurn(path, event, 'noActor'),
    });
  }

  private enter(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void {
    if (this.mode !== 'live') return;
    if (target === this.kernel.actor) {
      if (source) this.dead(this.paths.of(source), event, 'noParent');
      return;
    }
    const own = source !== undefined && source === target;
    const path = this.paths.of(target);
    const cause = own ? this.effects.causeOf(target) : undefined;
    const entry = { kind: own ? 'outcome' : 'event', path, event, cause } as const;
    const why = own || !source ? undefined : flawOf(event, this.refs);
    // An effect that sends what no journal holds fails: its own code awaits no throw from here.
    if (why) this.outcome(source as AnyActor, { type: EFFECT_FAILED, error: why });
    else this.submit(own ? { ...entry, actor: target } : entry);
  }

  /** Sets a timer that did not come from an actor's own asking. */
  setTimer(timer: Omit<Timer, 'order' | 'live'>): void {
    const due = this.timers.next()?.deadlineMs ?? Number.POSITIVE_INFINITY;
    this.timers.schedule(timer);
    if (timer.deadlineMs < due) this.hooks.timerSet(timer.deadlineMs);
  }

  /** A message of the turn itself that nobody takes: it is part of the record. */
  deadInTurn(path: string, event: AnyEventObject, why: DeadLetter['why']): void {
    this.record.dead(path, event.type, why);
    this.dead(path, event, why);
  }

  /** Something from outside that nobody takes, which a replay will not see. */
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
    const why = flawOf(entry.event, this.refs);
    if (why) {
      if (entry.kind !== 'outcome') throw why;
      checked = { ...entry, event: failureOf(entry.event as AnyEventObject, why, this.refs) };
    }
    if (!this.ingress.push(checked)) return false;
    if (!this.isBusy) this.pump();
    return true;
  }

  /** A turn runs, or somebody is told of one: what comes in now waits. */
  get isBusy(): boolean {
    return this.inTurn || this.notifying;
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
        if (this.mode !== 'live') break;
        const work = this.effects.shift();
        if (!work) break;
        work();
      }
    } finally {
      this.pumping = false;
    }
  }

  private drainIngress(): void {
    while (this.mode === 'live') {
      const entry = this.ingress.shift();
      if (!entry) return;
      this.take(entry);
    }
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
    this.hooks.commit(turn, this.effects.takeWait() || entry.safety === true);
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
    this.lastAt = this.at;
    this.at = input.at;
    this.gate.begin();
    this.timers.begin();
    this.record.begin(input.seq, threw);
    this.inTurn = true;
    try {
      this.asks.inside(() => this.guarded(() => this.run(entry)));
    } finally {
      this.inTurn = false;
    }
    const { rows, actors } = this.collect();
    const line = this.record.end(rows);
    const text = `${JSON.stringify(input)}\n${JSON.stringify(line)}\n`;
    this.digest.add(text);
    return { input, line, text, actors };
  }

  /** What changed since it was last looked at; frozen, in test mode. */
  collect(): ReturnType<Changes['collect']> {
    const found = this.changes.collect();
    const { freeze } = this.hooks;
    if (freeze) for (const actor of found.actors) freeze(actor.getSnapshot().context);
    return found;
  }

  private guarded(run: () => void): void {
    const { around } = this.hooks;
    if (around) around(run, () => this.asks.isOutside);
    else run();
  }

  private run(entry: Entry): void {
    const { kind, path } = entry;
    this.hooks.freeze?.(entry.event);
    const actor = this.paths.at(path);
    if (kind === 'event' || kind === 'outcome') {
      const source = kind === 'outcome' ? actor : undefined;
      if (actor) this.gate.deliver(source, actor, entry.event as AnyEventObject);
    } else if (kind === 'timer') {
      const timer = actor && this.timers.take(actor, entry.event as string);
      if (timer) this.gate.deliver(timer.source, timer.target, timer.event);
    } else {
      this.hooks.apply(entry);
    }
    this.gate.drain();
    // A supervisor whose own timer came, or that was sent something, has orders to give.
    this.hooks.delivered(path);
    this.gate.drain();
  }

  private down(actor: AnyActor, event: AnyEventObject): void {
    const path = this.paths.of(actor);
    const failed = event.type.startsWith('xstate.error.actor.');
    if (!failed && !event.type.startsWith('xstate.done.actor.')) {
      this.deadInTurn(path, event, 'noParent');
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
