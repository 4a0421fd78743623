/** How numbers and states of actors went along the journal, read from its turns: no replay. */
import { readEntries } from '../export/entries.ts';
import { type JournalEntry, typeOf } from '../export/entry.ts';
import { isSecretName } from '../settings/redact.ts';
import type { JournalSource } from './cursor.ts';
import type { History, HistoryQuery } from './protocol.ts';
import { shown } from './shown.ts';
import { newestOf, thinned } from './thinned.ts';

/** Entries that are read for one answer, the newest ones. */
const LOOK_MAX = 200_000;
/** Dots of a series, and everything else of one kind. */
const DOTS_MAX = 400;
const ITEMS_MAX = 3_000;

type Dots = [seq: number, at: number, value: number][];

/** @param lastSeq the last entry of the journal. */
export async function historyOf(
  source: JournalSource,
  query: HistoryQuery,
  lastSeq: number,
): Promise<History> {
  const until = Math.min(query.until ?? lastSeq, lastSeq);
  const from = Math.max(query.from ?? 1, until - LOOK_MAX + 1);
  const gathered = new Gathered(query);
  if (from <= until) {
    for await (const entry of readEntries(source, { from, until })) gathered.add(entry);
  }
  return { from, until, ...gathered.found() };
}

class Gathered {
  private readonly series: { path: string; name: string; dots: Dots }[];
  private readonly seriesAt: ReadonlyMap<string, { name: string; dots: Dots }[]>;
  private readonly states: ReadonlySet<string>;
  private readonly facts: ReadonlySet<string>;
  private changes: History['changes'] = [];
  private marks: History['marks'] = [];

  constructor({ fields = [], states = [], facts = [] }: HistoryQuery) {
    // A number of a name that means a secret is one.
    const told = fields.filter(({ name }) => !isSecretName(name));
    this.series = told.map(({ path, name }) => ({ path, name, dots: [] }));
    this.seriesAt = Map.groupBy(this.series, ({ path }) => path);
    this.states = new Set(states);
    this.facts = new Set(facts);
  }

  add(entry: JournalEntry): void {
    const { seq, atMs: at, changed, down, facts } = entry;
    for (const { path, to, fields } of changed) {
      for (const { name, dots } of this.seriesAt.get(path) ?? []) {
        const value = (fields as Record<string, unknown> | undefined)?.[name];
        if (typeof value === 'number') dots.push([seq, at, value]);
      }
      if (to !== undefined && this.states.has(path)) {
        this.changes.push({ seq, at, path, to: shown(to) });
      }
    }
    for (const { path } of down) this.marks.push({ seq, at, path, type: 'down' });
    for (const fact of facts) {
      const type = typeOf(fact) ?? 'fact';
      if (this.facts.has(type)) this.marks.push({ seq, at, path: pathOf(fact, entry), type });
    }
    this.trim();
  }

  /** Memory does not grow with the journal. */
  private trim(): void {
    for (const one of this.series) {
      if (one.dots.length >= DOTS_MAX * 4) one.dots = [...thinned(one.dots, DOTS_MAX)];
    }
    if (this.changes.length >= ITEMS_MAX * 2) {
      this.changes = [...newestOf(this.changes, ITEMS_MAX)];
    }
    if (this.marks.length >= ITEMS_MAX * 2) this.marks = this.marks.slice(-ITEMS_MAX);
  }

  found(): Pick<History, 'series' | 'changes' | 'marks'> {
    return {
      series: this.series.map((one) => ({ ...one, dots: [...thinned(one.dots, DOTS_MAX)] })),
      changes: [...newestOf(this.changes, ITEMS_MAX)],
      marks: this.marks.slice(-ITEMS_MAX),
    };
  }
}

const pathOf = (fact: unknown, entry: JournalEntry): string => {
  const { path } = Object(fact) as { path?: unknown };
  return typeof path === 'string' ? path : entry.path;
};
