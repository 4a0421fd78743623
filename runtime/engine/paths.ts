/** Actors by path. Session ids differ between runs; paths do not. */
import type { AnyActor, AnyActorRef } from 'xstate';
import { type Kernel, parentOf } from './seam.ts';

export class Paths {
  private readonly pathByActor = new WeakMap<AnyActorRef, string>();
  private readonly running = new Map<string, AnyActor>();
  /** Children that an actor made itself, started or not; who is supervised has none above. */
  private readonly made = new WeakMap<AnyActor, Set<AnyActor>>();
  private kernel: Kernel | undefined;

  attach(kernel: Kernel): void {
    this.kernel = kernel;
    this.pathByActor.set(kernel.actor, '');
  }

  /** Path of an actor: a supervised one has it as its id, a child's hangs below its parent's. */
  of(actor: AnyActorRef): string {
    const known = this.pathByActor.get(actor);
    if (known !== undefined) return known;
    const parent = parentOf(actor);
    const above =
      parent === undefined || parent === this.kernel?.actor ? '' : `${this.of(parent)}/`;
    const path = above + actor.id;
    this.pathByActor.set(actor, path);
    return path;
  }

  /** The actor that runs under a path. */
  at(path: string): AnyActor | undefined {
    return this.running.get(path);
  }

  /** The actor that runs under a path, else a reference that leads to whoever runs there later. */
  reference(path: string): AnyActor {
    if (path === '') return this.kernel!.actor;
    const actor = this.running.get(path);
    if (actor) return actor;
    const stub = this.kernel!.stub(path);
    this.pathByActor.set(stub, path);
    return stub;
  }

  /** Notes an actor that was made, and may start. */
  born(actor: AnyActor): void {
    const parent = parentOf(actor);
    if (!parent || parent === this.kernel?.actor) return;
    const children = this.made.get(parent);
    if (children) children.add(actor);
    else this.made.set(parent, new Set([actor]));
  }

  /** Takes the children of an actor for made in the order of these ids, the others before them. */
  reorder(actor: AnyActor, ids: readonly string[]): void {
    const rank = ({ id }: AnyActor) => ids.indexOf(id);
    const children = [...(this.made.get(actor) ?? [])].sort((a, b) => rank(a) - rank(b));
    this.made.set(actor, new Set(children));
  }

  /** Those that an actor made itself and that run, in the order in which they were made. */
  childrenOf(actor: AnyActor): AnyActor[] {
    return [...(this.made.get(actor) ?? [])].filter((child) => this.at(this.of(child)) === child);
  }

  /** Everyone below an actor, parents before children, in the order in which they were made. */
  *descendants(actor: AnyActor): Iterable<AnyActor> {
    for (const child of this.made.get(actor) ?? []) {
      yield child;
      yield* this.descendants(child);
    }
  }

  /**
   * Notes an actor that starts.
   *
   * @throws {TypeError} when its parent has a child with this id already, which would run on for
   * ever
   *   with nobody to stop it.
   */
  add(actor: AnyActor): void {
    const path = this.of(actor);
    const other = this.running.get(path);
    if (other && other !== actor && parentOf(other) === parentOf(actor)) {
      throw new TypeError(
        `'${path}' is running already: stop it before another child takes the id '${actor.id}'.`,
      );
    }
    this.running.set(path, actor);
  }

  /** Forgets an actor; false when it never started: then it may not even have a snapshot. */
  remove(actor: AnyActor): boolean {
    const path = this.of(actor);
    const parent = parentOf(actor);
    if (parent) this.made.get(parent)?.delete(actor);
    return this.running.get(path) === actor && this.running.delete(path);
  }

  entries(): Iterable<[string, AnyActor]> {
    return this.running.entries();
  }
}
