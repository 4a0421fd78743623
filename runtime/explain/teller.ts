/** Watches one actor during a whole replay and writes down what becomes of it. */
import type {
  AnyActor,
  AnyActorRef,
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
} from 'xstate';
import type { Core } from '../core.ts';
import type { Turn } from '../engine/engine.ts';
import { kindOf } from '../engine/kinds.ts';
import type { Step, Trace } from '../engine/seam.ts';
import { errorText } from '../error-text.ts';
import { type InputLine, isInput, type JournalLine, type Json } from '../journal/format.ts';
import { entryView } from './entry-words.ts';
import { judge } from './evidence.ts';
import { machineNameOf, noteName } from './machine-names.ts';
import type { Incident, StoryQuery } from './story.ts';
import { leavesOf, stateOf, timeText, viewOf } from './values.ts';
import { type Watcher, watchedLogic } from './watched-logic.ts';

const LIMIT = 200;

type Writable<T> = T extends object ? { -readonly [K in keyof T]: T[K] } : T;
type Row = Writable<Incident>;

export class Teller implements Trace, Watcher {
  /** Set once somebody runs under the path. */
  machine: string | undefined;
  /** Everyone who ever ran. */
  readonly paths = new Set<string>();
  private rows: Row[] = [];
  private dropped = 0;
  private readonly core: Core;
  private readonly query: StoryQuery;
  private readonly limit: number;
  private input: InputLine | undefined;
  /** Who sent what was not heard yet. */
  private readonly senders = new Map<AnyEventObject, AnyActorRef | undefined>();
  private readonly ended: Extract<Row, { kind: 'ended' }>[] = [];
  /** The macrostep that runs, with its changes: a crash takes them back. */
  private event: AnyEventObject | undefined;
  private before: unknown;
  private state: Json | undefined;
  private changes: Row[] = [];

  constructor(core: Core, query: StoryQuery) {
    this.core = core;
    this.query = query;
    this.limit = query.limit ?? LIMIT;
  }

  /** The last incidents, at most as many as the limit. */
  get told(): readonly Incident[] {
    return this.rows.slice(-this.limit);
  }

  get leftOut(): number {
    return this.dropped + this.rows.length - this.told.length;
  }

  /** Notes each entry that is about to be replayed. */
  async *watching(lines: AsyncIterable<JournalLine>): AsyncGenerator<JournalLine, void> {
    for await (const line of lines) {
      if (isInput(line)) this.input = line;
      yield line;
    }
  }

  /** A turn is over: its record says how those that it stopped went down. */
  turned({ line }: Turn): void {
    const downs = (line.down ?? []).filter(({ path }) => path === this.query.actor);
    for (const [index, row] of this.ended.entries()) {
      const why = downs[index]?.why;
      if (why !== undefined && row.why === undefined && why !== row.how) row.why = why;
    }
    this.ended.length = 0;
    this.senders.clear();
  }

  private isIt(actor: AnyActor): boolean {
    return this.core.engine.paths.of(actor) === this.query.actor;
  }

  private stamp() {
    const { seq, at } = this.input!;
    const incarnation = this.core.tree.incarnationOf(this.query.actor);
    return { seq, at, time: timeText(at), incarnation };
  }

  private tell(row: Row): void {
    if (row.seq < (this.query.from ?? 0)) return;
    this.rows.push(row);
    if (this.rows.length < 2 * this.limit + 1_000) return;
    const kept = this.rows.slice(-this.limit);
    this.dropped += this.rows.length - kept.length;
    this.rows = kept;
  }

  // What the kernel tells.

  created(actor: AnyActor): void {
    noteName(actor);
    if (kindOf(actor.logic) !== 'machine' || !this.isIt(actor)) return;
    actor.logic = watchedLogic(this, actor, actor.logic as AnyStateMachine);
  }

  started(actor: AnyActor): void {
    this.paths.add(this.core.engine.paths.of(actor));
    if (!this.isIt(actor)) return;
    this.machine = machineNameOf(actor);
    const during = entryView(this.input!).what;
    this.tell({ kind: 'started', ...this.stamp(), to: stateOf(actor.getSnapshot()), during });
  }

  stopped(actor: AnyActor): void {
    const { paths } = this.core.engine;
    if (!this.isIt(actor) || paths.at(this.query.actor) !== actor) return;
    const { status, error } = actor.getSnapshot() as { status: string; error: unknown };
    const how = status === 'active' ? 'stopped' : status === 'error' ? 'crashed' : status;
    const why = status === 'error' ? { why: errorText(error) } : {};
    const during = entryView(this.input!).what;
    const row = { kind: 'ended' as const, ...this.stamp(), how, ...why, during };
    this.ended.push(row);
    this.tell(row);
  }

  delivering(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void {
    if (this.isIt(target)) this.senders.set(event, source);
  }

  delivered(): void {}

  stepped(actor: AnyActor, { event, snapshot }: Step): void {
    if (event.type === 'xstate.stop' || !this.isIt(actor)) return;
    const to = stateOf(snapshot);
    const from = this.state;
    this.state = to;
    // While it is made its first state is not settled: that is part of its start.
    if (this.event === undefined || sameState(from, to)) return;
    const source = this.senders.get(event) ?? (this.senders.has(event) ? undefined : actor);
    const by = source ? { by: this.core.engine.paths.of(source) } : {};
    const states = from === undefined ? { to } : { from, to };
    this.changes.push({ kind: 'changed', ...this.stamp(), ...states, on: event.type, ...by });
  }

  // What the machine tells.

  begins(
    _: AnyActor,
    event: AnyEventObject | undefined,
    before: AnyMachineSnapshot | undefined,
  ): void {
    this.event = event;
    this.before = before?.context;
    this.state = before && stateOf(before);
    this.changes = [];
  }

  ends(_: AnyActor, crashed: boolean): void {
    if (!crashed) for (const change of this.changes) this.tell(change);
    this.changes = [];
  }

  fact(actor: AnyActor, fact: AnyEventObject): void {
    const judgement = judge(machineNameOf(actor), {
      fact,
      event: this.event,
      before: this.before,
      after: actor.getSnapshot().context,
    });
    const judged = judgement ? { judgement } : {};
    const view = viewOf(fact, this.core.engine.refs);
    this.tell({ kind: 'fact', ...this.stamp(), fact: view, ...judged });
  }

  action(): void {}
}

const sameState = (a: Json | undefined, b: Json): boolean =>
  a !== undefined && (a === b || String(leavesOf(a)) === String(leavesOf(b)));
