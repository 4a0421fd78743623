/** Which entries of a journal somebody wants to see. All conditions hold together. */
import type { InputKind } from '../journal/format.ts';
import { type JournalEntry, typeOf } from './entry.ts';

export interface EntryFilter {
  /**
   * Path of an actor: entries that went to it, changed or ended it, or in which it told a fact or
   * did not take a message. `/a/b/*` is `/a/b` and everything below.
   */
  readonly actor?: string | undefined;
  /** The type is one of these, or that of a fact is. */
  readonly types?: readonly string[] | undefined;
  readonly kinds?: readonly InputKind[] | undefined;
  /** First and last seq, both included. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  /** Logical time, ms: not before `sinceMs`, and before `beforeMs`. */
  readonly sinceMs?: number | undefined;
  readonly beforeMs?: number | undefined;
}

export interface ReadyFilter {
  passes(entry: JournalEntry): boolean;
  /** Neither this entry nor any later one can pass. */
  isPast(entry: JournalEntry): boolean;
}

export const inputKinds: readonly InputKind[] = [
  'event',
  'timer',
  'outcome',
  'settings',
  'child',
  'command',
  'resume',
];

/** @throws {RangeError} when a bound is no number of its kind, or a kind is unknown. */
export function entryFilter(filter: EntryFilter): ReadyFilter {
  check(filter);
  const { from = 1, until = Number.POSITIVE_INFINITY } = filter;
  const { sinceMs = Number.NEGATIVE_INFINITY, beforeMs = Number.POSITIVE_INFINITY } = filter;
  const types = filter.types && new Set(filter.types);
  const kinds = filter.kinds && new Set(filter.kinds);
  const isMeant = filter.actor === undefined ? undefined : pathMatcher(filter.actor);
  return {
    passes: (entry) =>
      entry.seq >= from &&
      entry.seq <= until &&
      entry.atMs >= sinceMs &&
      entry.atMs < beforeMs &&
      (kinds?.has(entry.kind) ?? true) &&
      (types === undefined || hasType(entry, types)) &&
      (isMeant === undefined || actorsOf(entry).some(isMeant)),
    // Logical time never goes back, so that the time tells the end just as the seq does.
    isPast: (entry) => entry.seq > until || entry.atMs >= beforeMs,
  };
}

/** Tells whether a path is the one that is meant, or below it. */
export function pathMatcher(actor: string): (path: string) => boolean {
  if (!actor.endsWith('/*')) return (path) => path === actor;
  const parent = actor.slice(0, -2);
  return (path) => path === parent || path.startsWith(`${parent}/`);
}

/** Paths of all actors that an entry says something about; some stand there twice. */
export function actorsOf({ path, changed, down, dead, facts, timers }: JournalEntry): string[] {
  const paths = path === '' ? [] : [path];
  for (const rows of [changed, down, dead, timers]) for (const row of rows) paths.push(row.path);
  for (const fact of facts) {
    const teller = (fact as { readonly path?: unknown } | null)?.path;
    if (typeof teller === 'string') paths.push(teller);
  }
  return paths;
}

const hasType = ({ type, facts }: JournalEntry, types: ReadonlySet<string>): boolean =>
  types.has(type) || facts.some((fact) => types.has(typeOf(fact) ?? ''));

function check({ from, until, sinceMs, beforeMs, kinds }: EntryFilter): void {
  for (const [name, seq] of Object.entries({ from, until })) {
    if (seq === undefined || (Number.isSafeInteger(seq) && seq >= 1)) continue;
    throw new RangeError(`Filter '${name}' must be a seq, a whole number from 1, got ${seq}.`);
  }
  for (const [name, ms] of Object.entries({ sinceMs, beforeMs })) {
    if (ms === undefined || Number.isFinite(ms)) continue;
    throw new RangeError(`Filter '${name}' must be a time in milliseconds, got ${ms}.`);
  }
  const unknown = kinds?.find((kind) => !inputKinds.includes(kind));
  if (unknown === undefined) return;
  throw new RangeError(`Filter 'kinds' must hold only ${inputKinds.join(', ')}, got '${unknown}'.`);
}
