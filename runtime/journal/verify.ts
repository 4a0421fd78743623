/** Proves a journal whole, or names what is damaged. Takes no lock and parses no entry. */
import { auditToEnd } from './audit.ts';
import { type Damage, damageOfHead } from './damage.ts';
import { noJournal } from './failure.ts';

/** What `verifyJournal` found. */
export interface JournalReport {
  readonly ok: boolean;
  /** Entries, blocks and bytes that can be trusted; what they end with. */
  readonly entries: number;
  readonly blocks: number;
  readonly bytes: number;
  readonly lastSeq: number;
  readonly hash: string;
  readonly damage?: Damage;
  /** Bytes of a commit that a crash cut short: never acknowledged, cut back at the next start. */
  readonly tornBytes?: number;
}

/**
 * Checks every byte of a journal.
 *
 * @throws {JournalUnavailableError} when the folder holds no journal or cannot be read.
 */
export async function verifyJournal(dir: string): Promise<JournalReport> {
  const audit = await auditToEnd(dir);
  const { end, tornBytes } = audit;
  if (audit.head === undefined && audit.damage === undefined) {
    throw noJournal(dir);
  }
  // A start forgives a slot that a crash has spoiled; an auditor is told of every byte.
  const damage =
    audit.damage ??
    (audit.isHeadTorn ? damageOfHead(dir, end, 'a part of it cannot be read') : undefined);
  return {
    ok: damage === undefined,
    entries: audit.entryCount,
    blocks: end.version,
    bytes: end.bytes,
    lastSeq: end.lastSeq,
    hash: end.hash,
    ...(damage !== undefined && { damage }),
    ...(tornBytes > 0 && { tornBytes }),
  };
}
