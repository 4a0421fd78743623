/** Entries of a journal in pages, the newest or the oldest first. */

import { readEntries } from '../export/entries.ts';
import { type JournalEntry, typeOf } from '../export/entry.ts';
import type { InputLine, Json, TurnLine } from '../journal/format.ts';
import type { JournalSource } from './cursor.ts';
import { type BriefEntry, type EntryPage, type EntryQuery, entryQuerySchema } from './protocol.ts';
import { shown } from './shown.ts';

/** Entries that are looked at for one page; who wants more asks for the next one. */
const LOOK_MAX = 50_000;
/** Entries of the first look backwards. */
const WINDOW = 512;

/** An entry in one line. */
export function briefOf(input: InputLine, line: TurnLine): BriefEntry {
  const { seq, at, kind, path, event, cause } = input;
  return {
    seq,
    at,
    kind,
    path,
    type: typeOf(event) ?? kind,
    ...(cause !== undefined && { cause }),
    facts: line.facts?.map((fact) => typeOf(fact) ?? 'fact') ?? [],
    changed: line.changed?.filter(({ to }) => to !== undefined).map(({ path }) => path) ?? [],
  };
}

function rowOf(entry: JournalEntry): EntryPage['entries'][number] {
  const { seq, atMs, kind, path, type, cause, changed, facts, event, down, effects, dead } = entry;
  return {
    seq,
    at: atMs,
    kind,
    path,
    type,
    ...(cause !== null && { cause }),
    facts: facts.map((fact) => typeOf(fact) ?? 'fact'),
    changed: changed.filter(({ to }) => to !== undefined).map((row) => row.path),
    event: shown(event),
    class: entry.class,
    changes: shown(changed) as never,
    told: shown(facts) as Json[],
    down: [...down],
    effects: shown(effects) as never,
    dead: [...dead],
  };
}

/** @param lastSeq the last entry of the journal. */
export async function entryPage(
  source: JournalSource,
  query: EntryQuery,
  lastSeq: number,
): Promise<EntryPage> {
  const { order, limit, from = 1, until = lastSeq, ...filter } = entryQuerySchema.parse(query);
  const last = Math.min(until, lastSeq);
  const bounds = { from, until: last, limit };
  if (last < from) return { entries: [] };
  return order === 'oldest' ? oldest(source, filter, bounds) : newest(source, filter, bounds);
}

type Filter = Omit<NonNullable<Parameters<typeof readEntries>[1]>, 'from' | 'until' | 'onEntry'>;
interface Bounds {
  readonly from: number;
  readonly until: number;
  readonly limit: number;
}

async function oldest(source: JournalSource, filter: Filter, bounds: Bounds): Promise<EntryPage> {
  const { from, until, limit } = bounds;
  const end = Math.min(until, from + LOOK_MAX - 1);
  const entries: EntryPage['entries'] = [];
  for await (const entry of readEntries(source, { ...filter, from, until: end })) {
    if (entries.length === limit) return { entries, next: entry.seq };
    entries.push(rowOf(entry));
  }
  return end < until ? { entries, next: end + 1 } : { entries };
}

/** Looks backwards through windows that grow while little is found. */
async function newest(source: JournalSource, filter: Filter, bounds: Bounds): Promise<EntryPage> {
  const { from: first, until: last, limit } = bounds;
  const entries: EntryPage['entries'] = [];
  let width = WINDOW;
  for (let until = last; until >= first; until -= width, width *= 4) {
    const from = Math.max(first, until - width + 1);
    const found: JournalEntry[] = [];
    for await (const entry of readEntries(source, { ...filter, from, until })) found.push(entry);
    for (const entry of found.reverse()) {
      if (entries.length === limit) return { entries, next: entry.seq };
      entries.push(rowOf(entry));
    }
    if (from > first && last - from >= LOOK_MAX) return { entries, next: from - 1 };
  }
  return { entries };
}
