/** Children that a host adds, stops and restarts while the runtime runs. */
import type { AnySpec } from '../actors/child.ts';
import { ActorFailedError } from '../actors/errors.ts';
import { childIdSchema } from '../config/supervision.ts';
import type { ChildOrder, Core } from './core.ts';
import type { Entry } from './engine/ingress.ts';
import type { Node } from './supervision/tree.ts';

/** A child of a dynamic supervisor. Its input goes into the journal. */
export interface DynamicChild {
  readonly id: string;
  readonly input?: unknown;
}

type Start = Extract<ChildOrder, { op: 'start' }>;

export class Children {
  private readonly core: Core;
  private readonly specs: Map<string, AnySpec>;
  private readonly submit: (entry: Entry) => boolean;

  constructor(core: Core, specs: Map<string, AnySpec>, submit: (entry: Entry) => boolean) {
    this.core = core;
    this.specs = specs;
    this.submit = submit;
  }

  /**
   * Starts an actor below a supervisor, or one more child of a dynamic supervisor.
   *
   * @returns its path.
   */
  spawn(parent: string, spec: AnySpec | DynamicChild): string {
    const above = this.core.tree.node(parent);
    if (above?.spec.kind !== 'supervisor') {
      throw new RangeError(`There is no supervisor at '${parent}': it cannot take '${spec.id}'.`);
    }
    const path = `${parent}/${spec.id}`;
    if (this.core.tree.node(path)) throw new RangeError(`There is already an actor at '${path}'.`);
    if (above.has('ending')) throw new RangeError(`Supervisor '${parent}' is ending.`);
    if ('kind' in spec) this.spawnGiven(above, path, spec);
    else this.spawnFromTemplate(above, path, spec);
    if (this.core.tree.node(path)) return path;
    throw new ActorFailedError(path, 'failedToStart', 'the log says why');
  }

  private spawnGiven(above: Node, path: string, spec: AnySpec): void {
    if (above.spec.kind === 'supervisor' && above.spec.template) {
      throw new TypeError(`'${above.path}' makes its children by itself: give it { id, input }.`);
    }
    const missing = spec.dependsOn.find((id) => !above.children.has(id));
    if (missing) throw new TypeError(`'${path}': dependsOn: '${missing}' is no sibling.`);
    this.specs.set(path, spec);
    this.start(path, { id: spec.id, spec: 'given' });
  }

  private spawnFromTemplate(above: Node, path: string, { id, input }: DynamicChild): void {
    if (above.spec.kind !== 'supervisor' || !above.spec.template) {
      throw new TypeError(`'${above.path}' is no dynamic supervisor: give it child({ ... }).`);
    }
    if (!childIdSchema.safeParse(id).success) {
      throw new TypeError(`'${path}': id: ${JSON.stringify(id)} is not allowed in a path.`);
    }
    const given = input === undefined ? {} : { given: input };
    this.start(path, { id, spec: 'template', ...given });
  }

  /** Stops or restarts what is under a path. */
  order(path: string, op: 'stop' | 'restart'): void {
    if (!this.core.tree.node(path)) throw new RangeError(`There is no actor at '${path}'.`);
    this.submit({ kind: 'child', path, event: { op } });
  }

  private start(path: string, start: Omit<Start, 'op'>): void {
    this.submit({ kind: 'child', path, event: { op: 'start', ...start } });
  }
}
