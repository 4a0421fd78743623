/** A journal as an audit file: NDJSON with a hash chain through its lines. */
import { corrupt } from '../journal/damage.ts';
import { type HeaderLine, isHeader, type Json } from '../journal/format.ts';
import { readJournal } from '../journal/read.ts';
import { type JournalReport, verifyJournal } from '../journal/verify.ts';
import {
  AUDIT_FORMAT,
  type AuditClosing,
  type AuditEntry,
  type AuditOpening,
  GENESIS_HASH,
  sealAudit,
} from './audit-line.ts';
import { readEntries } from './entries.ts';
import type { JournalEntry } from './entry.ts';

export interface AuditExportOptions {
  /** Told of each entry, in order. */
  readonly onEntry?: (entry: JournalEntry) => void;
  /** Told once, before the first line, of what the journal holds. */
  readonly onJournal?: (report: JournalReport) => void;
}

/**
 * The lines of an audit export, each with its line end. The journal is verified first; what is
 * exported is what was there then, so that the closing line can name the journal's own hash.
 * Nothing is read ahead of whoever takes the lines, and memory does not grow with the journal.
 *
 * @param dir folder of the journal; a running writer does not disturb.
 * @throws {JournalCorruptError} behind the last entry that can be trusted: such a file has no
 * closing line, and `verifyAudit` says so.
 * @throws {JournalUnavailableError} when the folder holds no journal or cannot be read.
 */
export async function* exportAudit(
  dir: string,
  { onEntry, onJournal }: AuditExportOptions = {},
): AsyncGenerator<string, void> {
  const report = await verifyJournal(dir);
  onJournal?.(report);
  let hash = GENESIS_HASH;
  const seal = (entry: AuditOpening | AuditEntry | AuditClosing): string => {
    const sealed = sealAudit(entry, hash);
    hash = sealed.hash;
    return sealed.line;
  };
  yield seal(openingOf(await headerOf(dir)));
  let count = 0;
  if (report.lastSeq > 0) {
    for await (const entry of readEntries(dir, { until: report.lastSeq })) {
      onEntry?.(entry);
      yield seal(auditEntryOf(entry));
      count += 1;
    }
  }
  if (report.damage) throw corrupt(report.damage);
  const { lastSeq: last_seq, blocks, hash: journalHash } = report;
  const journal = { last_seq, blocks, hash: journalHash };
  yield seal({ audit: 'closed', count, final_hash: hash, journal });
}

async function headerOf(dir: string): Promise<HeaderLine | undefined> {
  for await (const line of readJournal(dir)) return isHeader(line) ? line : undefined;
  return undefined;
}

const openingOf = ({ id = '', host = '', seed = 0 }: Partial<HeaderLine> = {}): AuditOpening => ({
  audit: 'opened',
  format: AUDIT_FORMAT,
  journal: { id, host, seed },
});

/** Our entry in the words of an audit. */
export function auditEntryOf(entry: JournalEntry): AuditEntry {
  const { seq, at: timestamp, path, kind, type, event, cause } = entry;
  const by = personOf(event);
  const result = resultOf(entry);
  return {
    seq,
    timestamp,
    actor: path === '' ? 'runtime' : path,
    action: type === kind ? kind : `${kind} ${type}`,
    ...(by !== undefined && { by }),
    ...(entry.class === 'safety' && { class: 'safety' }),
    ...(cause !== null && { cause }),
    event,
    ...(result !== undefined && { result }),
  };
}

/** Orders of operators carry who gave them. */
function personOf(event: Json): string | undefined {
  const by = (event as { readonly by?: unknown } | null)?.by;
  return typeof by === 'string' ? by : undefined;
}

function resultOf(entry: JournalEntry): AuditEntry['result'] {
  const { changed, down, facts, effects, dead, timers, threw } = entry;
  const parts = Object.entries({ changed, down, facts, effects, dead, timers, threw }).filter(
    ([, part]) => Object.keys(part).length > 0,
  );
  return parts.length > 0 ? Object.fromEntries(parts) : undefined;
}
