/** What viewers know of the tree, and what is news to them: told once, and only what differs. */
import type { ActorRow, ChangedRow } from './protocol.ts';
import type { InspectSource } from './source.ts';

interface Place {
  readonly path: string;
  /** Turns that changed it since somebody watches. */
  turnCount: number;
  /** Something happened there that has not been told. */
  isDirty: boolean;
  /** It is in the tree that was told last. */
  isKnown: boolean;
  /** Its row as everybody knows it; absent when they know different ones, or none. */
  told: ChangedRow | undefined;
}

export class Places {
  private readonly source: InspectSource;
  private readonly places = new Map<string, Place>();
  /** In the order in which something happened there. */
  private dirty: Place[] = [];

  constructor(source: InspectSource) {
    this.source = source;
  }

  /** A turn changed it. */
  changed(path: string): void {
    this.touched(path).turnCount++;
  }

  touched(path: string): Place {
    const place = this.at(path);
    if (!place.isDirty) {
      place.isDirty = true;
      this.dirty.push(place);
    }
    return place;
  }

  private at(path: string): Place {
    const known = this.places.get(path);
    if (known) return known;
    const place = { path, turnCount: 0, isDirty: false, isKnown: false, told: undefined };
    this.places.set(path, place);
    return place;
  }

  get hasNews(): boolean {
    return this.dirty.length > 0;
  }

  /** Somebody is in no tree that was told. */
  get hasStrangers(): boolean {
    return this.dirty.some(({ isKnown }) => !isKnown);
  }

  /** Takes what has waited the longest. */
  news(countMax: number): ChangedRow[] {
    return this.dirty.splice(0, countMax).flatMap((place) => this.rowOf(place) ?? []);
  }

  private rowOf(place: Place): ChangedRow | undefined {
    place.isDirty = false;
    const row = this.source.row?.(place.path, place.told);
    if (row && place.turnCount > 0) row.turnCount = place.turnCount;
    if (row) place.told ??= { ...row };
    return row;
  }

  tree(): ActorRow[] {
    const rows = [...this.source.actors()];
    for (const row of rows) {
      const place = this.at(row.path);
      if (place.turnCount > 0) row.turnCount = place.turnCount;
      place.isKnown = true;
      // This tree may be for one viewer: what it says of a dirty place is news to the others.
      place.told = place.isDirty ? undefined : row;
    }
    return rows;
  }

  /** Forgets those that were known and are no more. */
  gone(): string[] {
    const now = new Set(this.source.actors().map(({ path }) => path));
    const gone = [...this.places.keys()].filter((path) => !now.has(path));
    for (const path of gone) this.places.delete(path);
    this.dirty = this.dirty.filter(({ path }) => this.places.has(path));
    return gone;
  }

  clear(): void {
    this.places.clear();
    this.dirty = [];
  }
}
