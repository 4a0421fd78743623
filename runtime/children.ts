/** Children that a host adds, stops and restarts while the runtime runs. */
import type { AnySpec, ChildSpec } from '../actors/child.ts';
import type { ChildOrder, Core } from './core.ts';
import type { Entry } from './engine/ingress.ts';

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
   * Starts an actor below a supervisor.
   *
   * @returns its path.
   */
  spawn(parent: string, spec: ChildSpec): string {
    const above = this.core.tree.node(parent);
    if (above?.spec.kind !== 'supervisor') {
      throw new RangeError(`There is no supervisor at '${parent}': it cannot take '${spec.id}'.`);
    }
    const path = `${parent}/${spec.id}`;
    if (this.core.tree.node(path)) throw new RangeError(`There is already an actor at '${path}'.`);
    this.specs.set(path, spec);
    this.give(path, { op: 'start', id: spec.id, spec: 'given' });
    return path;
  }

  /** Stops or restarts what is under a path. */
  order(path: string, op: 'stop' | 'restart'): void {
    if (!this.core.tree.node(path)) throw new RangeError(`There is no actor at '${path}'.`);
    this.give(path, { op });
  }

  private give(path: string, event: ChildOrder): void {
    this.submit({ kind: 'child', path, event });
  }
}
