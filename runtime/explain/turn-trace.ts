/**
 * Writes down one turn of a replay while it happens: messages, guards, microsteps, starts, ends,
 * facts. Machines run as copies whose guards are noted; their records stay those of the journal,
 * which the replay compares.
 */
import type {
  AnyActor,
  AnyActorRef,
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyTransitionDefinition,
} from 'xstate';
import type { Core } from '../core.ts';
import { kindOf } from '../engine/kinds.ts';
import type { Step, Trace } from '../engine/seam.ts';
import { errorText } from '../error-text.ts';
import type { Json } from '../journal/format.ts';
import { judge } from './evidence.ts';
import type { Happening, TakenTransition } from './explanation.ts';
import { placeOf } from './guard-names.ts';
import { type Evaluation, GuardRecorder } from './guards.ts';
import { machineNameOf, noteName } from './machine-names.ts';
import { stateOf, viewOf } from './values.ts';
import { type Watcher, watchedLogic } from './watched-logic.ts';

/** Happenings that are kept; a turn can hold a hundred thousand messages. */
const HAPPENINGS_MAX = 2_000;

type Writable<T> = T extends object ? { -readonly [K in keyof T]: T[K] } : T;
type Of<K extends Happening['kind']> = Writable<Extract<Happening, { kind: K }>>;

/** What an actor is doing. */
interface Macrostep {
  readonly event: AnyEventObject | undefined;
  /** Context before it. */
  readonly before: unknown;
  /** State after the last microstep. */
  state: Json | undefined;
  orders: unknown;
  readonly steps: Of<'step'>[];
  /** Guards that were asked since the last microstep. */
  asked: { row: Of<'guard'>; transition: AnyTransitionDefinition | undefined }[];
}

export class TurnTrace implements Trace, Watcher {
  readonly happened: Happening[] = [];
  leftOut = 0;
  isOn = false;
  private depth = 0;
  private readonly core: Core;
  private readonly guards = new GuardRecorder((evaluation, transition) =>
    this.evaluated(evaluation, transition),
  );
  /** Actors that compute their next state, the innermost last. */
  private readonly computing: AnyActor[] = [];
  private readonly macrosteps = new Map<AnyActor, Macrostep>();

  constructor(core: Core) {
    this.core = core;
  }

  private add(happening: Happening): void {
    if (this.happened.length < HAPPENINGS_MAX) this.happened.push(happening);
    else this.leftOut++;
  }

  private at(actor: AnyActor): { readonly depth: number; readonly actor: string } {
    return { depth: this.depth, actor: this.core.engine.paths.of(actor) };
  }

  // What the kernel tells.

  created(actor: AnyActor): void {
    noteName(actor);
    if (kindOf(actor.logic) !== 'machine') return;
    const copy = this.guards.copyOf(actor.logic as AnyStateMachine);
    actor.logic = watchedLogic(this, actor, copy);
  }

  started(actor: AnyActor): void {
    if (!this.isOn) return;
    const to = stateOf(actor.getSnapshot());
    this.add({ kind: 'started', ...this.at(actor), machine: machineNameOf(actor), to });
  }

  stopped(actor: AnyActor): void {
    if (!this.isOn) return;
    const { paths } = this.core.engine;
    // One that never started is only forgotten.
    if (paths.at(paths.of(actor)) !== actor) return;
    const { status, error } = actor.getSnapshot() as { status: string; error: unknown };
    const how = status === 'active' ? 'stopped' : status;
    const why = status === 'error' ? { why: errorText(error) } : {};
    this.add({ kind: 'ended', ...this.at(actor), how, ...why });
  }

  delivering(source: AnyActorRef | undefined, target: AnyActor, event: AnyEventObject): void {
    if (this.isOn) {
      const { paths, refs } = this.core.engine;
      const from = source ? { from: paths.of(source) } : {};
      this.add({ kind: 'message', ...this.at(target), ...from, event: viewOf(event, refs) });
    }
    this.depth++;
  }

  delivered(): void {
    this.depth--;
  }

  stepped(actor: AnyActor, { event, snapshot, transitions }: Step): void {
    const macrostep = this.macrosteps.get(actor);
    if (!this.isOn || !macrostep || event.type === 'xstate.stop') return;
    const taken = transitions.map((transition) => takenOf(transition, macrostep));
    for (const { row, transition } of macrostep.asked) {
      row.on = event.type;
      row.taken = transition !== undefined && transitions.includes(transition);
    }
    macrostep.asked = [];
    const to = stateOf(snapshot);
    const from = macrostep.state === undefined ? {} : { from: macrostep.state };
    const orders = this.ordersOf(actor, macrostep, snapshot);
    const row: Of<'step'> = {
      kind: 'step',
      ...this.at(actor),
      on: event.type,
      ...from,
      to,
      transitions: taken,
      undone: false,
      ...(orders === undefined ? {} : { orders }),
    };
    macrostep.state = to;
    macrostep.steps.push(row);
    this.add(row);
  }

  /** What a supervisor's chart asks of the runtime, when the step says something new. */
  private ordersOf(actor: AnyActor, macrostep: Macrostep, snapshot: AnyMachineSnapshot) {
    const { engine, tree } = this.core;
    if (tree.node(engine.paths.of(actor))?.spec.kind !== 'supervisor') return undefined;
    const { orders } = snapshot.context as { orders: readonly unknown[] };
    if (orders === macrostep.orders || orders.length === 0) return undefined;
    macrostep.orders = orders;
    return viewOf(orders, engine.refs);
  }

  // What the machines tell.

  begins(
    actor: AnyActor,
    event: AnyEventObject | undefined,
    before: AnyMachineSnapshot | undefined,
  ): void {
    this.computing.push(actor);
    if (!this.isOn) return;
    this.macrosteps.set(actor, {
      event,
      before: before?.context,
      state: before && stateOf(before),
      orders: before?.context?.orders,
      steps: [],
      asked: [],
    });
  }

  ends(actor: AnyActor, crashed: boolean): void {
    this.guards.settle();
    this.computing.pop();
    const macrostep = this.macrosteps.get(actor);
    if (crashed && macrostep) for (const step of macrostep.steps) step.undone = true;
  }

  fact(actor: AnyActor, fact: AnyEventObject): void {
    if (!this.isOn) return;
    const macrostep = this.macrosteps.get(actor);
    const judgement = judge(machineNameOf(actor), {
      fact,
      event: macrostep?.event,
      before: macrostep?.before,
      after: actor.getSnapshot().context,
    });
    const judged = judgement ? { judgement } : {};
    const view = viewOf(fact, this.core.engine.refs);
    this.add({ kind: 'fact', ...this.at(actor), fact: view, ...judged });
  }

  action(actor: AnyActor, action: string): void {
    if (this.isOn) this.add({ kind: 'action', ...this.at(actor), action });
  }

  private evaluated(evaluation: Evaluation, transition: AnyTransitionDefinition | undefined): void {
    const actor = this.computing.at(-1);
    const macrostep = actor && this.macrosteps.get(actor);
    // Somebody asks what the machine could do: that is no part of what it does.
    if (!this.isOn || !macrostep) return;
    const place = transition && {
      state: transition.source.id,
      place: placeOf(transition.source, transition.eventType),
    };
    const noted = this.viewOfParams(evaluation);
    const on = macrostep.event?.type ?? 'xstate.init';
    const row: Of<'guard'> = {
      kind: 'guard',
      ...this.at(actor),
      on,
      ...place,
      taken: false,
      ...noted,
    };
    macrostep.asked.push({ row, transition });
    this.add(row);
  }

  private viewOfParams({ params, parts, ...rest }: Evaluation): Evaluation {
    const shown = params === undefined ? {} : { params: viewOf(params, this.core.engine.refs) };
    return { ...rest, ...shown, parts: parts.map((part) => this.viewOfParams(part)) };
  }
}

function takenOf(transition: AnyTransitionDefinition, { asked }: Macrostep): TakenTransition {
  const { source, target, eventType } = transition;
  const guard = asked.find((one) => one.transition === transition)?.row.guard;
  return {
    source: source.id,
    place: placeOf(source, eventType),
    targets: (target ?? []).map(({ id }) => id),
    ...(guard === undefined ? {} : { guard }),
  };
}
