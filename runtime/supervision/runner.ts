/**
 * Carries out what supervisors order: starts, shutdowns, kills.
 *
 * A shutdown is a protocol: the actor is sent `SHUTDOWN`; one that does not react is stopped at
 * once, one that does has its time to reach a final state, then it is killed and named.
 */
import { type AnyActor, isMachineSnapshot } from 'xstate';
import type { SupervisorEvent, SupervisorOrder } from '../../machines/supervisor.ts';
import type { Engine } from '../engine/engine.ts';
import { errorText } from '../error-text.ts';
import { groupOf, siblingsOf, troubleOf } from './group.ts';
import type { Node } from './node.ts';
import { Starter } from './starter.ts';
import type { Lifecycle, Tree, TreeHost } from './tree.ts';

export class Runner {
  private readonly engine: Engine;
  private readonly host: TreeHost;
  private readonly tree: Tree;
  readonly starter: Starter;

  constructor(engine: Engine, host: TreeHost, tree: Tree) {
    this.engine = engine;
    this.host = host;
    this.tree = tree;
    this.starter = new Starter(engine, host, tree, this);
  }

  // Ending.

  /** Notes that nobody runs at a place any more. */
  settle(node: Node, how: Lifecycle, why: string): void {
    node.actor = undefined;
    node.status = 'down';
    node.work = undefined;
    node.reports.length = 0;
    for (const child of siblingsOf(node).reverse()) {
      this.kill(child);
      this.tree.forget(child);
    }
    if (how === 'crashed') node.lastError = why;
    if (this.engine.at - node.startedAtMs >= node.spec.backoff.resetAfterMs) node.attempt = 0;
    this.engine.record.down(node.path, why);
    this.host.lifecycle(how, node);
  }

  /** Ends a place and all below it at once. */
  kill(node: Node, how: Lifecycle = 'stopped'): void {
    const { actor } = node;
    if (!actor) return;
    for (const child of siblingsOf(node).reverse()) this.kill(child, how);
    this.engine.kernel.stop(actor);
    this.settle(node, how, how);
  }

  /** Asks a child to end. True when it has; else its end is still to come. */
  private shutDown(node: Node): boolean {
    const { actor, spec } = node;
    if (!actor) return true;
    if (spec.shutdownMs === 0) {
      this.kill(node, 'killed');
      return true;
    }
    // A supervisor that is ending already has no use for the event, but needs its time.
    const reacts = spec.kind === 'supervisor' || reactsToShutdown(actor);
    node.status = 'stopping';
    node.stoppingAtMs = this.engine.at;
    if (spec.kind === 'supervisor') this.tell(node, { type: 'SHUTDOWN' });
    else this.engine.gate.tell(actor, { type: 'SHUTDOWN' });
    const after = actor.getSnapshot();
    if (after.status === 'active' && reacts) return false;
    if (after.status === 'active') this.engine.kernel.stop(actor);
    const crashed = after.status === 'error';
    this.settle(
      node,
      crashed ? 'crashed' : 'stopped',
      crashed ? errorText(after.error) : 'stopped',
    );
    return true;
  }

  // Orders.

  /** Tells a supervisor something and does what it orders, until it orders nothing more. */
  tell(supervisor: Node, event: SupervisorEvent): void {
    const { actor } = supervisor;
    if (actor?.getSnapshot().status !== 'active') return;
    this.engine.gate.tell(actor, event);
    this.obey(supervisor);
  }

  /** A timer of the supervisor's own chart may have made it order something. */
  obey(supervisor: Node): void {
    const { chart } = supervisor;
    if (!chart || chart.orders === supervisor.obeyed) return;
    supervisor.obeyed = chart.orders;
    for (const order of chart.orders) this.carryOut(supervisor, order);
  }

  private carryOut(supervisor: Node, order: SupervisorOrder): void {
    const { children } = supervisor;
    if (order.order === 'start' || order.order === 'stop' || order.order === 'stopAll') {
      const kind = order.order === 'start' ? 'start' : 'stop';
      const ids = order.order === 'stopAll' ? [...children.keys()].reverse() : order.ids;
      supervisor.work = { kind, ids, next: 0, waitsFor: undefined };
      this.resume(supervisor);
    } else {
      this.carryOutOne(supervisor, order);
    }
  }

  private carryOutOne(
    supervisor: Node,
    { order, id }: Extract<SupervisorOrder, { readonly id: string }>,
  ): void {
    const child = supervisor.children.get(id);
    if (!child) return;
    if (order === 'remove') this.tree.forget(child);
    else if (order === 'idle') this.retire(child);
    else if (child.status === 'stopping') {
      this.kill(child, 'killed');
      this.resume(supervisor);
    }
  }

  /** Goes on with what a supervisor ordered, as far as it can be done now. */
  resume(supervisor: Node): void {
    const { work } = supervisor;
    if (work?.kind === 'stop') this.stopNext(supervisor);
    else if (work?.kind === 'start') this.startNext(supervisor);
  }

  private stopNext(supervisor: Node): void {
    const work = supervisor.work!;
    work.waitsFor = undefined;
    while (work.next < work.ids.length) {
      const child = supervisor.children.get(work.ids[work.next]!);
      if (child?.isUp) {
        // One that was stopping before, in a job that this one has replaced, gets the rest of its
        // time.
        if (child.status === 'stopping' || !this.shutDown(child)) {
          work.waitsFor = child;
          const { shutdownMs: wholeMs, id } = child.spec;
          const shutdownMs = Math.max(0, child.stoppingAtMs + wholeMs - this.engine.at);
          this.tell(supervisor, { type: 'CHILD_STOPPING', id, shutdownMs });
          return;
        }
      }
      work.next++;
    }
    supervisor.work = undefined;
    this.afterStop(supervisor, work.ids);
    this.tell(supervisor, { type: 'CHILDREN_STOPPED', at: this.engine.at });
  }

  /** Who was stopped for an operator stays idle; temporary children are never seen again. */
  private afterStop(supervisor: Node, ids: readonly string[]): void {
    const isHalting = supervisor.actor?.getSnapshot().matches('halting') === true;
    const ordered = supervisor.chart?.childId;
    for (const id of ids) {
      const child = supervisor.children.get(id);
      if (!child || child.isUp) continue;
      if (isHalting) this.retire(child);
      // A temporary child is started again only by an operator who names it.
      else if (child.spec.restart === 'temporary' && id !== ordered) this.tree.forget(child);
    }
  }

  /** Keeps the specification of a child that ended for good, where somebody may need it again. */
  private retire(child: Node): void {
    if (child.spec.restart === 'temporary' || child.isDynamic) this.tree.forget(child);
    else child.status = 'idle';
    child.attempt = 0;
  }

  private startNext(supervisor: Node): void {
    const work = supervisor.work!;
    const awaited = work.waitsFor;
    work.waitsFor = undefined;
    if (awaited) {
      work.next++;
      if (awaited.status === 'down') {
        this.startFailed(supervisor, awaited);
        return;
      }
    }
    for (; work.next < work.ids.length; work.next++) {
      const child = supervisor.children.get(work.ids[work.next]!);
      if (!child || child.isUp) continue;
      const outcome = this.starter.run(child);
      if (outcome === 'undoing') {
        work.waitsFor = child;
        return;
      }
      if (outcome === 'failed') {
        work.next++;
        this.startFailed(supervisor, child);
        return;
      }
    }
    supervisor.work = undefined;
    this.tell(supervisor, { type: 'CHILDREN_STARTED', at: this.engine.at });
  }

  private startFailed(supervisor: Node, child: Node): void {
    const { ids, next } = supervisor.work!;
    supervisor.work = undefined;
    const why = child.lastError ?? '';
    const trouble = troubleOf(supervisor, child, why, this.engine.at);
    const strategy =
      supervisor.spec.kind === 'supervisor' ? supervisor.spec.strategy : 'one_for_one';
    const group = groupOf(strategy, supervisor, child.spec.id);
    const left = ids.slice(next).filter((id) => !group.includes(id));
    this.tell(supervisor, { type: 'START_FAILED', ...trouble, left });
  }
}

/** Whether `SHUTDOWN` leads to anything, if only to an action. */
function reactsToShutdown(actor: AnyActor): boolean {
  const snapshot = actor.getSnapshot();
  return isMachineSnapshot(snapshot) && snapshot.can({ type: 'SHUTDOWN' } as never);
}
