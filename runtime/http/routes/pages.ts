/** Pages of a journal, from its end or its beginning. No page reads more than a bounded part. */
import type { EventLog } from '../../../actors/ports.ts';
import { readEntries } from '../../export/entries.ts';
import type { JournalEntry } from '../../export/entry.ts';
import type { EntryPage, EntryQuery } from './journal.ts';

/** Entries that are looked at for one page. */
const scanCountMax = 20_000;
/** Entries that are read at a time on the way back. */
const stepCount = 1_000;

/** @param head last seq of the journal. */
export function pageOf(log: EventLog, head: number, query: EntryQuery): Promise<EntryPage> {
  return query.order === 'newest' ? newest(log, head, query) : oldest(log, head, query);
}

async function between(log: EventLog, from: number, until: number, query: EntryQuery) {
  const { since: sinceMs, before: beforeMs, actor, type: types, kind: kinds, limit } = query;
  const found: JournalEntry[] = [];
  const filter = { from, until, sinceMs, beforeMs, actor, types, kinds };
  const isEnough = () => query.order === 'oldest' && found.length > limit;
  for await (const entry of readEntries(log, filter)) {
    found.push(entry);
    if (isEnough()) break;
  }
  return found;
}

async function oldest(log: EventLog, head: number, query: EntryQuery): Promise<EntryPage> {
  const { from = 1, until = head, limit } = query;
  const last = Math.min(until, head, from + scanCountMax - 1);
  const found = last < from ? [] : await between(log, from, last, query);
  const further = found[limit];
  const next = further?.seq ?? last + 1;
  const isLast = next > Math.min(until, head);
  return { entries: found.slice(0, limit), next: isLast ? null : { from: next } };
}

async function newest(log: EventLog, head: number, query: EntryQuery): Promise<EntryPage> {
  const { from = 1, until = head, limit } = query;
  const first = Math.max(from, Math.min(until, head) - scanCountMax + 1);
  let entries: JournalEntry[] = [];
  let last = Math.min(until, head);
  while (last >= first && entries.length < limit) {
    const start = Math.max(first, last - stepCount + 1);
    const found = (await between(log, start, last, query)).reverse();
    entries = [...entries, ...found];
    last = start - 1;
  }
  const cut = entries.slice(0, limit);
  const below = entries.length > limit ? cut.at(-1)!.seq - 1 : last;
  return { entries: cut, next: below < from ? null : { until: below } };
}
