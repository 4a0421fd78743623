/** Remembers which actors a journal names, to help those who misspell one. */
import { nearest } from '../settings/nearest.ts';
import type { JournalEntry } from './entry.ts';
import { actorsOf, pathMatcher } from './filter.ts';

/** Names beyond these are not remembered: a journal may start an actor for each order. */
const countMax = 10_000;
const namedCountMax = 5;

export class SeenActors {
  readonly #paths = new Set<string>();
  readonly #isMeant: (path: string) => boolean;
  /** As it was asked for. */
  readonly actor: string;
  #isSeen = false;

  constructor(actor: string) {
    this.actor = actor;
    this.#isMeant = pathMatcher(actor);
  }

  /** Whether the actor was named by any entry. */
  get isSeen(): boolean {
    return this.#isSeen;
  }

  add(entry: JournalEntry): void {
    if (this.#isSeen) return;
    const paths = actorsOf(entry);
    this.#isSeen = paths.some(this.#isMeant);
    for (const path of paths) if (this.#paths.size < countMax) this.#paths.add(path);
  }

  /** What to say to whoever asked for an actor that no entry names. */
  get advice(): string {
    const wanted = this.actor.replace(/\/\*$/, '');
    const ending = `/${wanted.replace(/^\/+/, '')}`;
    const same = [...this.#paths].filter((path) => path.endsWith(ending));
    const near = same.length > 0 ? same : [nearest(wanted, this.#paths)];
    const meant = near.filter((path) => path !== undefined).slice(0, namedCountMax);
    if (meant.length > 0) return `Did you mean ${list(meant, ' or ')}?`;
    if (this.#paths.size === 0) return 'It names none at all.';
    return `It names ${list([...this.#paths].slice(0, namedCountMax), ', ')} and others.`;
  }
}

const list = (paths: readonly string[], between: string): string =>
  paths.map((path) => `'${path}'`).join(between);
