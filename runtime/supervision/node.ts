/** One place in the supervision tree: a specification, and who runs there now. */
import type { AnyActor } from 'xstate';
import type { AnySpec } from '../../actors/child.ts';
import type { SupervisorContext } from '../../machines/supervisor.ts';
import type { Memory, Poison } from './memory.ts';

export type NodeStatus =
  | 'up'
  /** A supervisor whose children are being started. */
  | 'starting'
  /** Asked to shut down, and not done yet. */
  | 'stopping'
  /** Ended; a restart is decided, waits, or follows. */
  | 'down'
  /** Ended or stopped for good, until somebody restarts it. */
  | 'idle';

/** Stops or starts that a supervisor ordered and that are being carried out. */
export interface Work {
  readonly kind: 'stop' | 'start';
  readonly ids: readonly string[];
  next: number;
  /** The child whose end, or start, has to come first. */
  waitsFor: Node | undefined;
}

/** Something that a busy supervisor is told later. */
export type Report =
  | {
      readonly kind: 'down';
      readonly node: Node;
      readonly failed: boolean;
      readonly why: string;
      readonly incarnation: number;
    }
  | { readonly kind: 'order'; readonly node: Node; readonly type: 'STOP_CHILD' | 'RESTART_CHILD' };

export class Node {
  /** In the order of their starts. */
  readonly children = new Map<string, Node>();
  readonly path: string;
  /** Of its own random stream. */
  readonly seed: number;
  readonly spec: AnySpec;
  readonly parent: Node | undefined;
  /** What `runtime.spawn` gave to a child of a dynamic supervisor. */
  readonly given: unknown;
  status: NodeStatus = 'down';
  actor: AnyActor | undefined;
  incarnation = 0;
  restartCount = 0;
  startedAtMs = 0;
  lastError: string | undefined;
  /** Restarts since it last ran for long. Count. */
  attempt = 0;
  /** True once it has run: the next start is a restart. */
  hasRun = false;
  /** What the next start begins with, after a crash. */
  memory: Memory | undefined;
  /** The event that crashed it last, and how often. */
  poison: Poison | undefined;
  /** Since when it has been asked to shut down, ms. */
  stoppingAtMs = 0;
  /** A child of it depends on another. */
  hasDependencies = false;
  work: Work | undefined;
  /** The orders that were carried out last. */
  obeyed: SupervisorContext['orders'] | undefined;
  readonly reports: Report[] = [];

  constructor(path: string, seed: number, spec: AnySpec, parent: Node | undefined, given: unknown) {
    this.path = path;
    this.seed = seed;
    this.spec = spec;
    this.parent = parent;
    this.given = given;
  }

  /** A child of a supervisor that makes all its children from one template. */
  get isDynamic(): boolean {
    return this.parent?.isTemplated === true;
  }

  /** A supervisor that makes all its children from one template. */
  get isTemplated(): boolean {
    return this.spec.kind === 'supervisor' && this.spec.template !== undefined;
  }

  get isUp(): boolean {
    return this.status === 'up' || this.status === 'starting' || this.status === 'stopping';
  }

  /** Context of the chart, for supervisors that run. */
  get chart(): SupervisorContext | undefined {
    if (this.spec.kind === 'worker') return undefined;
    return this.actor?.getSnapshot().context as SupervisorContext | undefined;
  }

  /** A tag of the chart: may it be told something? */
  has(tag: 'busy' | 'ready' | 'ending' | 'ended'): boolean {
    return this.actor?.getSnapshot().hasTag(tag) === true;
  }
}

/** Id of the machine that a node runs. */
export function machineIdOf(node: Node): string {
  if (node.spec.kind === 'supervisor') return 'supervisor';
  return (node.spec.logic as { id?: string }).id ?? 'logic';
}
