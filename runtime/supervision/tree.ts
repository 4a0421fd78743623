/**
 * The supervision tree: the runtime's own table of who runs under whom.
 *
 * Supervisors are charts that decide; this carries their orders out, inside the turn in which the
 * child went down, so that a replay does the same. The table is ours because XState copies all
 * siblings for every child it spawns.
 */
import type { AnyActor } from 'xstate';
import type { AnySpec, ChildSpec, SupervisorSpec } from '../../actors/child.ts';
import { type SupervisorContext, supervisorMachine } from '../../machines/supervisor.ts';
import type { Engine } from '../engine/engine.ts';
import { errorText } from '../error-text.ts';

export interface Node {
  readonly path: string;
  readonly spec: AnySpec;
  readonly parent: Node | undefined;
  /** In the order of their starts. */
  readonly children: Map<string, Node>;
  actor: AnyActor | undefined;
  incarnation: number;
  restartCount: number;
  startedAtMs: number;
  lastError: string | undefined;
}

/** Id of the machine that a node runs. */
export function machineIdOf(node: Node): string {
  if (node.spec.kind === 'supervisor') return 'supervisor';
  return (node.spec.logic as { id?: string }).id ?? 'logic';
}

/** What the tree needs of the runtime. */
export interface TreeHost {
  seedOf(path: string): number;
  settingsAt(pointer: string | undefined): unknown;
  /** The root gave up: nothing is left that could restart it. */
  gaveUp(root: Node, why: string): void;
  /** An actor started, restarted or ended; for the log. */
  lifecycle(what: 'started' | 'restarted' | 'crashed' | 'stopped' | 'ended', node: Node): void;
}

export class Tree {
  readonly roots = new Map<string, Node>();
  private readonly nodes = new Map<string, Node>();
  /** Starts of children that went with their supervisor: their successors count on from there. */
  private readonly startsBefore = new Map<string, number>();

  private readonly engine: Engine;
  private readonly host: TreeHost;

  constructor(engine: Engine, host: TreeHost) {
    this.engine = engine;
    this.host = host;
  }

  node(path: string): Node | undefined {
    return this.nodes.get(path);
  }

  /** Every node, parents before children, in the order of their starts. */
  *all(): Iterable<Node> {
    const walk = function* (nodes: Iterable<Node>): Iterable<Node> {
      for (const node of nodes) {
        yield node;
        yield* walk(node.children.values());
      }
    };
    yield* walk(this.roots.values());
  }

  incarnationOf(path: string): number {
    return this.nodes.get(path)?.incarnation ?? 0;
  }

  actionsOf(path: string): 'afterTurn' | 'inTurn' {
    for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
      const spec = this.nodes.get(at)?.spec;
      if (spec?.kind === 'worker') return spec.actions;
    }
    return 'afterTurn';
  }

  /** Adds a child below `parent` (undefined: a new root) and starts it. Inside a turn only. */
  start(spec: AnySpec, parent: Node | undefined): Node {
    const path = `${parent?.path ?? ''}/${spec.id}`;
    const node: Node = {
      path,
      spec,
      parent,
      children: new Map(),
      actor: undefined,
      incarnation: this.startsBefore.get(path) ?? 0,
      restartCount: 0,
      startedAtMs: 0,
      lastError: undefined,
    };
    (parent?.children ?? this.roots).set(spec.id, node);
    this.nodes.set(path, node);
    this.run(node);
    this.host.lifecycle('started', node);
    return node;
  }

  private run(node: Node): void {
    node.startedAtMs = this.engine.at;
    if (node.spec.kind === 'worker') {
      this.runWorker(node, node.spec);
      return;
    }
    const { intensity, periodMs, children } = node.spec;
    this.spawn(node, supervisorMachine, { intensity, periodMs });
    for (const spec of children) this.start(spec, node);
    this.tell(node, { type: 'CHILDREN_STARTED' });
  }

  private runWorker(node: Node, spec: ChildSpec): void {
    let input: unknown;
    let { logic } = spec;
    try {
      input = this.inputOf(node, spec);
    } catch (error) {
      // A factory that throws is a crash of its actor at the start, like any other.
      logic = crashing(error);
    }
    this.spawn(node, logic, input);
  }

  private spawn(node: Node, logic: ChildSpec['logic'], input: unknown): void {
    node.actor = this.engine.kernel.create(logic, { id: node.path, input });
    node.actor.start();
  }

  private inputOf(node: Node, spec: ChildSpec): unknown {
    if (typeof spec.input !== 'function') return spec.input;
    return spec.input({
      path: node.path,
      seed: this.host.seedOf(node.path),
      incarnation: node.incarnation,
      settings: this.host.settingsAt(spec.settings),
      at: this.engine.at,
    });
  }

  private tell(node: Node, event: { type: string; [key: string]: unknown }): void {
    if (node.actor) this.engine.tell(node.actor, event);
  }

  /** A supervised actor ended; called by the engine, inside the turn. */
  down(actor: AnyActor, path: string, failed: boolean, error: unknown): void {
    const node = this.nodes.get(path);
    if (node?.actor !== actor) return;
    const why = failed ? errorText(error) : 'done';
    node.actor = undefined;
    // A supervisor that was ended from outside leaves nobody behind.
    this.removeChildren(node);
    node.lastError = failed ? why : node.lastError;
    this.engine.record.down(path, why);
    this.host.lifecycle(failed ? 'crashed' : 'ended', node);
    this.report(node, failed, why);
  }

  private report(node: Node, failed: boolean, why: string): void {
    const { parent } = node;
    if (!parent) {
      this.host.gaveUp(node, why);
      return;
    }
    this.tell(parent, {
      type: 'CHILD_DOWN',
      id: node.spec.id,
      restart: node.spec.restart,
      failed,
      why,
      at: this.engine.at,
    });
    const snapshot = parent.actor?.getSnapshot();
    if (!snapshot) return;
    if (snapshot.status === 'done') {
      // Giving up ends the supervisor itself; its own end follows as the next down of this turn.
      this.removeChildren(parent);
      return;
    }
    this.carryOut(parent, snapshot.context as SupervisorContext);
  }

  private carryOut(parent: Node, { orders }: SupervisorContext): void {
    for (const { order, id } of orders) {
      const child = parent.children.get(id);
      if (!child) continue;
      if (order === 'remove') this.remove(child);
      else this.restart(child);
    }
  }

  /** Starts a node anew, after its actor has ended or been stopped. */
  restart(node: Node): void {
    this.halt(node);
    node.incarnation++;
    node.restartCount++;
    this.run(node);
    this.host.lifecycle('restarted', node);
  }

  /** Stops a node and what is below it, last started first, and forgets it. */
  remove(node: Node): void {
    this.halt(node);
    this.nodes.delete(node.path);
    (node.parent?.children ?? this.roots).delete(node.spec.id);
  }

  private removeChildren(node: Node): void {
    for (const child of [...node.children.values()].reverse()) {
      this.remove(child);
      this.startsBefore.set(child.path, child.incarnation + 1);
    }
  }

  private halt(node: Node): void {
    this.removeChildren(node);
    const { actor } = node;
    node.actor = undefined;
    if (!actor) return;
    this.engine.kernel.stop(actor);
    this.host.lifecycle('stopped', node);
  }
}

/** Logic that crashes in its first snapshot. */
const crashing = (error: unknown): ChildSpec['logic'] =>
  ({
    getInitialSnapshot(): never {
      throw error;
    },
    transition: (state: unknown) => state,
    getPersistedSnapshot: (state: unknown) => state,
  }) as unknown as ChildSpec['logic'];

export const isSupervisor = (spec: AnySpec): spec is SupervisorSpec => spec.kind === 'supervisor';
