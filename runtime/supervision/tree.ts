/**
 * The supervision tree: the runtime's own table of who runs under whom, and the hands of its
 * charts.
 *
 * Supervisors are charts that decide; their orders are carried out here, inside the turn in which
 * they are given, so that a replay does the same. The table is ours because XState copies all
 * siblings for every child it spawns.
 */
import type { AnyActor } from 'xstate';
import type { AnySpec, ChildSpec } from '../../actors/child.ts';
import type {
  SupervisorContext,
  SupervisorEnding,
  SupervisorEvent,
} from '../../machines/supervisor.ts';
import type { Engine } from '../engine/engine.ts';
import { errorText } from '../error-text.ts';
import { groupOf, siblingsOf, troubleOf } from './group.ts';
import { remember } from './memory.ts';
import { Node, type Report } from './node.ts';
import { Runner } from './runner.ts';

export { machineIdOf, Node } from './node.ts';

export type Lifecycle = 'started' | 'restarted' | 'crashed' | 'stopped' | 'killed' | 'ended';

/** What the tree needs of the runtime. */
export interface TreeHost {
  seedOf(path: string): number;
  settingsAt(pointer: string | undefined): unknown;
  /** A root ended: nothing is left that could restart it. */
  ended(root: Node, ending: SupervisorEnding | 'crashed' | 'done', why: string): void;
  /** An actor started, restarted or ended; for the log. */
  lifecycle(what: Lifecycle, node: Node): void;
}

export class Tree {
  readonly roots = new Map<string, Node>();
  private readonly nodes = new Map<string, Node>();
  /** Starts at places that went with their supervisor: who comes after counts on from there. */
  readonly startsBefore = new Map<string, number>();
  private readonly engine: Engine;
  private readonly host: TreeHost;
  private readonly runner: Runner;

  constructor(engine: Engine, host: TreeHost) {
    this.engine = engine;
    this.host = host;
    this.runner = new Runner(engine, host, this);
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

  /** Specification of the child that a path belongs to: itself, or who made what runs there. */
  workerAt(path: string): ChildSpec | undefined {
    for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
      const spec = this.nodes.get(at)?.spec;
      if (spec) return spec.kind === 'worker' ? spec : undefined;
    }
    return undefined;
  }

  // The table.

  /** Adds a place below `parent` (undefined: a new root) without starting anything. */
  add(spec: AnySpec, parent: Node | undefined, given?: unknown): Node {
    const path = `${parent?.path ?? ''}/${spec.id}`;
    const node = new Node(path, this.host.seedOf(path), spec, parent, given);
    node.incarnation = this.startsBefore.get(path) ?? 0;
    (parent?.children ?? this.roots).set(spec.id, node);
    this.nodes.set(node.path, node);
    if (parent && spec.dependsOn.length > 0) parent.hasDependencies = true;
    return node;
  }

  /** Forgets a place and all below it. Who runs there must have ended. */
  forget(node: Node): void {
    for (const child of node.children.values()) this.forget(child);
    node.children.clear();
    const isOneOfMany = node.parent?.spec.kind === 'supervisor' && node.parent.spec.template;
    if (node.hasRun && !isOneOfMany) this.startsBefore.set(node.path, node.incarnation + 1);
    if (this.nodes.get(node.path) === node) this.nodes.delete(node.path);
    const siblings = node.parent?.children ?? this.roots;
    if (siblings.get(node.spec.id) === node) siblings.delete(node.spec.id);
  }

  // What the runtime asks for. Inside a turn only.

  /** Adds a child and starts it; a child that fails to start is forgotten. */
  start(spec: AnySpec, parent: Node | undefined, given?: unknown): Node {
    const node = this.add(spec, parent, given);
    if (this.runner.starter.run(node) === 'failed') {
      this.forget(node);
      if (!parent) this.host.ended(node, 'failedToStart', node.lastError ?? '');
    }
    return node;
  }

  /** Stops a child and those that depend on it. */
  stop(node: Node): void {
    this.orderChild(node, 'STOP_CHILD');
  }

  /** Stops a child, if it runs, and starts it anew with those that depend on it. */
  restart(node: Node): void {
    this.orderChild(node, 'RESTART_CHILD');
  }

  private orderChild(node: Node, type: 'STOP_CHILD' | 'RESTART_CHILD'): void {
    const { parent } = node;
    if (parent) {
      this.hear(parent, { kind: 'order', node, type });
      return;
    }
    this.runner.kill(node);
    if (type === 'RESTART_CHILD') this.runner.starter.run(node);
    else this.forget(node);
  }

  /** Ends everything at once, last started first. */
  end(): void {
    for (const root of [...this.roots.values()].reverse()) {
      this.runner.kill(root);
      this.forget(root);
    }
  }

  // What actors do.

  /** An actor is crashing: its children still run and its timers are still set. */
  crashing(actor: AnyActor): void {
    const node = this.nodes.get(this.engine.paths.of(actor));
    if (node?.actor !== actor || node.spec.kind !== 'worker') return;
    if (node.spec.memory !== 'snapshot' || node.status !== 'up') return;
    node.memory = remember(this.engine, actor, node.poison);
    node.poison = node.memory?.poison;
  }

  /** An entry was delivered: a supervisor may have orders to give. */
  delivered(path: string): void {
    const node = this.nodes.get(path);
    if (node?.spec.kind !== 'supervisor') return;
    this.runner.obey(node);
    this.attend(node);
  }

  /** A supervised actor ended; called by the engine, inside the turn. */
  down(actor: AnyActor, path: string, failed: boolean, error: unknown): void {
    const node = this.nodes.get(path);
    if (node?.actor !== actor) return;
    const ending = node.chart?.ending;
    const why = failed ? errorText(error) : node.chart ? endOf(node.chart) : 'done';
    const wasStopping = node.status === 'stopping';
    const crashed = failed || ending === 'failedToStart';
    this.runner.settle(node, crashed ? 'crashed' : wasStopping ? 'stopped' : 'ended', why);
    const { parent } = node;
    if (!parent) {
      this.host.ended(node, failed ? 'crashed' : (ending ?? 'done'), why);
    } else if (parent.work?.waitsFor === node) {
      this.runner.resume(parent);
      this.attend(parent);
    } else if (!node.hasRun) {
      // It was added at run time, and has undone its failed start: as if it had never been there.
      this.forget(node);
    } else if (!wasStopping) {
      this.hear(parent, { kind: 'down', node, failed, why, incarnation: node.incarnation });
    }
  }

  /** A supervisor hears of something: now, or when it has finished what it is doing. */
  private hear(supervisor: Node, report: Report): void {
    supervisor.reports.push(report);
    this.attend(supervisor);
  }

  /** Lets a supervisor attend to what it was told, one thing after the other. */
  attend(supervisor: Node): void {
    while (supervisor.has('ready') && supervisor.reports.length > 0) {
      const report = supervisor.reports.shift()!;
      const event = this.eventOf(supervisor, report);
      if (event) this.runner.tell(supervisor, event);
    }
  }

  private eventOf(supervisor: Node, report: Report): SupervisorEvent | undefined {
    const { node } = report;
    if (supervisor.children.get(node.spec.id) !== node) return undefined;
    if (report.kind === 'order') {
      const group = groupOf('one_for_one', supervisor, node.spec.id);
      return { type: report.type, id: node.spec.id, group };
    }
    // It came up again meanwhile, with another child that was restarted.
    if (node.status !== 'down' || node.incarnation !== report.incarnation) return undefined;
    const { restart, significant } = node.spec;
    const isLastSignificant =
      significant && !siblingsOf(supervisor).some((other) => other !== node && mayEndYet(other));
    return {
      type: 'CHILD_DOWN',
      restart,
      failed: report.failed,
      significant,
      isLastSignificant,
      ...troubleOf(supervisor, node, report.why, this.engine.at),
    };
  }
}

/** One that is down will be restarted, or its own end is still to be heard of. */
const mayEndYet = ({ spec, status }: Node) => spec.significant && status !== 'idle';

const endOf = ({ ending, why }: SupervisorContext) =>
  ending === 'failedToStart' ? why : `${ending}: ${why}`;
