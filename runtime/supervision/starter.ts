/** Starts who belongs to a place in the tree: anew, or with what it still knew when it crashed. */
import type { AnyActor, AnyActorLogic } from 'xstate';
import type { ChildSpec, SupervisorSpec } from '../../actors/child.ts';
import { supervisorMachine } from '../../machines/supervisor.ts';
import type { Engine } from '../engine/engine.ts';
import { errorText } from '../error-text.ts';
import { type Memory, restoreTimers } from './memory.ts';
import type { Node } from './node.ts';
import type { Runner } from './runner.ts';
import type { Tree, TreeHost } from './tree.ts';

/**
 * How far a start has come: `undoing` is a supervisor whose start failed, and that is not done
 * yet.
 */
export type Started = 'up' | 'undoing' | 'failed';

export class Starter {
  private readonly engine: Engine;
  private readonly host: TreeHost;
  private readonly tree: Tree;
  private readonly runner: Runner;

  constructor(engine: Engine, host: TreeHost, tree: Tree, runner: Runner) {
    this.engine = engine;
    this.host = host;
    this.tree = tree;
    this.runner = runner;
  }

  run(node: Node): Started {
    const isRestart = node.hasRun;
    if (isRestart) {
      node.incarnation++;
      node.restartCount++;
    }
    node.startedAtMs = this.engine.at;
    const outcome =
      node.spec.kind === 'worker'
        ? this.runWorker(node, node.spec)
        : this.runSupervisor(node, node.spec);
    if (outcome !== 'up') return outcome;
    node.hasRun = true;
    this.host.lifecycle(isRestart ? 'restarted' : 'started', node);
    return outcome;
  }

  private runWorker(node: Node, spec: ChildSpec): Started {
    const { memory } = node;
    // A memory serves once: when it cannot be lived with, the next try is a clean one.
    node.memory = undefined;
    const actor = memory?.persisted
      ? this.spawn(node, spec.logic, undefined, memory.persisted)
      : this.spawnAnew(node, spec);
    const { status, error } = actor.getSnapshot();
    if (status === 'error') {
      this.runner.settle(node, 'crashed', errorText(error));
      return 'failed';
    }
    node.status = 'up';
    if (memory) this.takeUp(node, spec, memory, actor);
    return 'up';
  }

  private spawnAnew(node: Node, spec: ChildSpec): AnyActor {
    let input: unknown;
    try {
      input = this.inputOf(node, spec);
    } catch (error) {
      // A factory that throws is a crash of its actor at the start, like any other.
      return this.spawn(node, crashing(error), undefined);
    }
    return this.spawn(node, spec.logic, input);
  }

  /** The timers run on, and the event that crashed it is tried again, or is given up as poison. */
  private takeUp(node: Node, spec: ChildSpec, memory: Memory, actor: AnyActor): void {
    if (memory.persisted !== undefined) restoreTimers(this.engine, memory);
    if (!memory.poison) return;
    const { event, count } = memory.poison;
    if (count < spec.poisonCountMax) this.engine.gate.later(actor, event);
    else this.engine.deadInTurn(node.path, event, 'poison');
  }

  private runSupervisor(node: Node, spec: SupervisorSpec): Started {
    const { strategy, intensity, periodMs, autoShutdown } = spec;
    node.obeyed = undefined;
    this.spawn(node, supervisorMachine, { strategy, intensity, periodMs, autoShutdown });
    node.status = 'starting';
    for (const child of spec.children) this.tree.add(child, node);
    this.runner.tell(node, { type: 'BEGIN', ids: spec.children.map(({ id }) => id) });
    if (node.has('ended')) {
      this.runner.settle(node, 'crashed', node.chart?.why ?? '');
      return 'failed';
    }
    // It undoes what it has started, or a supervisor below it does.
    if (node.has('busy')) return 'undoing';
    node.status = 'up';
    return 'up';
  }

  private spawn(node: Node, logic: AnyActorLogic, input: unknown, snapshot?: unknown): AnyActor {
    const actor = this.engine.kernel.create(logic, { id: node.path, input, snapshot });
    node.actor = actor;
    actor.start();
    return actor;
  }

  private inputOf(node: Node, spec: ChildSpec): unknown {
    if (typeof spec.input !== 'function') return node.given ?? spec.input;
    return spec.input({
      path: node.path,
      seed: node.seed,
      incarnation: node.incarnation,
      settings: this.host.settingsAt(spec.settings),
      at: this.engine.at,
      given: node.given,
    });
  }
}

/** Logic that crashes in its first snapshot. */
const crashing = (error: unknown): AnyActorLogic =>
  ({
    getInitialSnapshot(): never {
      throw error;
    },
    transition: (state: unknown) => state,
    getPersistedSnapshot: (state: unknown) => state,
  }) as unknown as AnyActorLogic;
