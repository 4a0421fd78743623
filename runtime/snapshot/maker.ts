/** Makes the actors of a snapshot, without what they hold. */
import { type AnyActor, type AnyStateMachine, createActor, isMachineSnapshot } from 'xstate';
import { supervisorMachine } from '../../machines/supervisor.ts';
import type { Core } from '../core.ts';
import { decode, type Refs } from '../engine/values.ts';
import type { Node } from '../supervision/node.ts';
import type { ActorRow, ChildRow } from './rows.ts';

export class Maker {
  /** All, parents before children. */
  readonly made: { readonly actor: AnyActor; readonly row: ActorRow }[] = [];
  /** Those that have to be started; they start the others. */
  readonly tops: AnyActor[] = [];
  private readonly core: Core;

  constructor(core: Core) {
    this.core = core;
  }

  /** Makes the actor of a place and all below it. */
  makeAt(node: Node, row: ActorRow): void {
    const { engine } = this.core;
    engine.ids.planned = [...sessionsOf(row)];
    const logic = node.spec.kind === 'supervisor' ? supervisorMachine : node.spec.logic;
    const snapshot = persistedOf(row, engine.refs);
    node.actor = engine.kernel.create(logic, { id: node.path, input: undefined, snapshot });
    this.tops.push(node.actor);
    this.note(node.actor, row);
  }

  private note(actor: AnyActor, row: ActorRow): void {
    this.made.push({ actor, row });
    const children = refile(actor, row);
    for (const [key, child] of Object.entries(row.children ?? {})) {
      const made = children[key];
      if (!made) throw this.lost(actor, child);
      this.note(made, child);
    }
    for (const child of row.displaced ?? []) this.makeDisplaced(actor, child);
    if (row.order) this.core.engine.paths.reorder(actor, row.order);
  }

  /** XState has forgotten it, so it has to be made, and started, by hand. */
  private makeDisplaced(parent: AnyActor, row: ChildRow): void {
    const { engine } = this.core;
    const { id, src, systemId, tells: syncSnapshot } = row;
    const logic = (parent.logic as AnyStateMachine).implementations.actors[src];
    if (!logic) throw this.lost(parent, row);
    engine.ids.planned = [...sessionsOf(row)];
    const snapshot = persistedOf(row, engine.refs);
    const options = { id, src, systemId, syncSnapshot, snapshot, parent };
    const actor = createActor(logic as never, options as never) as AnyActor;
    if (row.status === 'active') this.tops.push(actor);
    this.note(actor, row);
  }

  private lost(parent: AnyActor, { id, src }: ChildRow): Error {
    return new Error(
      `'${this.core.engine.paths.of(parent)}' had a child '${id}' that runs '${src}': its ` +
        'machine knows no such actor any more. Continue with the program that wrote the journal.',
    );
  }
}

/** In the order in which XState makes them. */
function* sessionsOf(row: ActorRow): Iterable<string> {
  yield row.session;
  for (const child of Object.values(row.children ?? {})) yield* sessionsOf(child);
}

/** What `createActor({ snapshot })` takes. */
function persistedOf(row: ActorRow, refs: Refs): unknown {
  if (row.custom !== undefined) return decode(row.custom, refs);
  const { status, value, history = {}, children = {} } = row;
  const held = { status, context: {}, output: undefined, error: undefined };
  if (value === undefined) return { ...held, input: undefined };
  const childOf = ({ src, systemId, tells, ...child }: ChildRow) => ({
    src,
    systemId,
    syncSnapshot: tells === true,
    snapshot: persistedOf(child, refs),
  });
  return {
    ...held,
    value,
    historyValue: entries(history, ([id, ids]) => [id, ids.map((state) => ({ id: state }))]),
    // XState gives a child the key as its id.
    children: entries(children, ([, child]) => [child.id, childOf(child)]),
  };
}

const entries = <T, U>(
  record: { readonly [key: string]: T },
  map: (entry: [string, T]) => [string, U],
) => Object.fromEntries(Object.entries(record).map(map));

/** Files children under the keys that they had: not their ids, for those spawned without one. */
function refile(actor: AnyActor, { children = {} }: ActorRow): Record<string, AnyActor> {
  const snapshot = actor.getSnapshot() as { children: Record<string, AnyActor> };
  if (!isMachineSnapshot(snapshot)) return {};
  const made = snapshot.children;
  if (Object.entries(children).some(([key, { id }]) => key !== id)) {
    snapshot.children = entries(children, ([key, { id }]) => [key, made[id]!]);
  }
  return snapshot.children;
}
