/** The supervision tree as rows to draw. */
import { mainState, type Tone, toneOf, worst } from './tone.ts';
import type { Actor } from './wire.ts';

export interface TreeRow {
  readonly actor: Actor;
  readonly name: string;
  readonly depth: number;
  readonly hasChildren: boolean;
  readonly isShut: boolean;
  /** Of a shut supervisor: the worst below it. */
  readonly tone: Tone;
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** @param filter part of a path or of a state; with one, what is shut shows as well. */
export function treeRows(
  actors: readonly Actor[],
  shut: ReadonlySet<string>,
  filter: string,
): readonly TreeRow[] {
  const children = Map.groupBy(actors, ({ path }) => parentOf(path));
  const known = new Set(actors.map(({ path }) => path));
  const query = filter.trim().toLowerCase();
  const rows: TreeRow[] = [];
  const toneBelow = (actor: Actor): Tone =>
    worst([toneOf(actor), ...(children.get(actor.path) ?? []).map(toneBelow)]);
  const walk = (actor: Actor, depth: number): void => {
    const below = children.get(actor.path) ?? [];
    const isShut = shut.has(actor.path) && query === '';
    const name = actor.path.slice(actor.path.lastIndexOf('/') + 1);
    const tone = isShut ? toneBelow(actor) : toneOf(actor);
    if (`${actor.path} ${mainState(actor)}`.toLowerCase().includes(query)) {
      rows.push({ actor, name, depth, hasChildren: below.length > 0, isShut, tone });
    }
    if (!isShut) for (const child of below) walk(child, depth + 1);
  };
  for (const actor of actors) if (!known.has(parentOf(actor.path))) walk(actor, 0);
  return rows;
}

/** How many workers are how well. */
export function toneCounts(actors: readonly Actor[]): Readonly<Record<Tone, number>> {
  const counts = { ok: 0, probe: 0, warn: 0, bad: 0, off: 0 };
  for (const actor of actors) if (actor.kind === 'worker') counts[toneOf(actor)] += 1;
  return counts;
}

/** What of a long list can be seen; lengths are pixels. */
export interface Sight {
  readonly scroll: number;
  readonly room: number;
  readonly height: number;
}

/** Drawn beyond what can be seen, so that scrolling finds something there. */
const spareCount = 8;

/** Indexes of the rows to draw: those that can be seen, and the chosen one, which has the focus. */
export function drawnRows(count: number, chosen: number, sight: Sight): readonly number[] {
  const { scroll, room, height } = sight;
  const first = Math.max(0, Math.floor(scroll / height) - spareCount);
  const last = Math.min(count, Math.ceil((scroll + room) / height) + spareCount);
  const drawn = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at);
  if (chosen < 0 || chosen >= count || drawn.includes(chosen)) return drawn;
  return chosen < first ? [chosen, ...drawn] : [...drawn, chosen];
}

/** Where to scroll so that a row is seen, as little as possible. */
export function scrolledTo(index: number, { scroll, room, height }: Sight): number {
  const top = index * height;
  if (top < scroll) return top;
  return Math.max(scroll, top + height - room);
}
