/** Proves an audit export whole, or names the first line that cannot be trusted. */
import { createReadStream } from 'node:fs';
import {
  type AuditClosing,
  type AuditParts,
  auditHash,
  GENESIS_HASH,
  partsOf,
} from './audit-line.ts';
import { byteLines } from './byte-lines.ts';

/** What is wrong with an audit export. */
export interface AuditDamage {
  /** The first line that cannot be trusted, from 1; one behind the last for a file that was cut. */
  readonly line: number;
  readonly reason: string;
  /** The hash or number that has to be there, and the one that is. */
  readonly expected?: string | number;
  readonly actual?: string | number;
}

export interface AuditReport {
  readonly ok: boolean;
  /** Lines that can be trusted, first and last ones included. */
  readonly lines: number;
  /** Entries of the journal among them. */
  readonly entries: number;
  /** Hash of the last of these lines. */
  readonly hash: string;
  /** Where the journal ended at the export; absent when the file is damaged. */
  readonly journal?: { readonly lastSeq: number; readonly blocks: number; readonly hash: string };
  readonly damage?: AuditDamage;
}

/**
 * Checks every byte of an audit export, streamed. The chain has no key: whoever can rewrite the
 * whole file can chain it again, so compare `journal.hash` with `verifyJournal`, or keep `hash`
 * elsewhere.
 *
 * @param source file, or its bytes.
 * @throws the error of the file system when the file cannot be read.
 */
export async function verifyAudit(
  source: string | AsyncIterable<Uint8Array>,
): Promise<AuditReport> {
  const walk = new AuditWalk();
  const chunks = typeof source === 'string' ? createReadStream(source) : source;
  for await (const { bytes, isEnded } of byteLines(chunks)) {
    const damage = walk.take(bytes, isEnded);
    if (damage) return walk.report(damage);
  }
  return walk.report(walk.damageAtEnd());
}

/** The names of an entry that the walk looks at; whatever else is there is hashed only. */
interface Named {
  readonly audit?: unknown;
  readonly format?: unknown;
  readonly seq?: unknown;
}

class AuditWalk {
  #lines = 0;
  #entries = 0;
  #hash = GENESIS_HASH;
  #closing: AuditClosing | undefined;

  /** Takes the next line, or says why it cannot be trusted. */
  take(bytes: Buffer, isEnded: boolean): AuditDamage | undefined {
    if (this.#closing) return this.#damage('it stands behind the closing line');
    const parts = partsOf(bytes);
    if (!parts) return this.#damage(isEnded ? 'it is no line of an audit export' : 'it is cut off');
    const damage = this.#chainDamage(parts) ?? this.#entryDamage(parts.entry);
    if (damage) return damage;
    if (!isEnded) return this.#damage('its line end is missing');
    this.#lines += 1;
    this.#hash = parts.hash;
    return undefined;
  }

  damageAtEnd(): AuditDamage | undefined {
    if (this.#closing) return undefined;
    return this.#damage(
      this.#lines === 0 ? 'the file is empty' : 'the file ends without its closing line',
    );
  }

  report(damage: AuditDamage | undefined): AuditReport {
    const journal = this.#closing?.journal;
    return {
      ok: damage === undefined,
      lines: this.#lines,
      entries: this.#entries,
      hash: this.#hash,
      ...(damage
        ? { damage }
        : journal && {
            journal: { lastSeq: journal.last_seq, blocks: journal.blocks, hash: journal.hash },
          }),
    };
  }

  #chainDamage({ entry, previousHash, hash }: AuditParts): AuditDamage | undefined {
    const due = this.#hash;
    if (previousHash !== due) {
      const reason = 'it does not follow the line before: prev_hash is another';
      return this.#damage(reason, due, previousHash);
    }
    const actual = auditHash(entry, previousHash);
    return actual === hash
      ? undefined
      : this.#damage('its bytes do not give its hash', hash, actual);
  }

  /** A chain can be made anew around a gap: what the entries say has to be whole as well. */
  #entryDamage(bytes: Buffer): AuditDamage | undefined {
    const entry = parse(bytes);
    if (entry === undefined) return this.#damage('its entry is not a JSON object');
    if (this.#lines === 0) {
      if (entry.audit === 'opened' && entry.format === 1) return undefined;
      return this.#damage('it is not the opening line of an audit export of format 1');
    }
    if (entry.audit === 'closed') return this.#closingDamage(entry as unknown as AuditClosing);
    const due = this.#entries + 1;
    if (entry.seq !== due) return this.#damage('its seq does not follow', due, `${entry.seq}`);
    this.#entries = due;
    return undefined;
  }

  #closingDamage(closing: AuditClosing): AuditDamage | undefined {
    const { count, final_hash, journal } = closing;
    if (count !== this.#entries) {
      return this.#damage('it counts other entries', this.#entries, `${count}`);
    }
    if (final_hash !== this.#hash) {
      return this.#damage('it names another final hash', this.#hash, `${final_hash}`);
    }
    if (journal?.last_seq !== this.#entries) {
      return this.#damage('its journal ends elsewhere', this.#entries, `${journal?.last_seq}`);
    }
    this.#closing = closing;
    return undefined;
  }

  #damage(reason: string, expected?: string | number, actual?: string | number): AuditDamage {
    const found = expected === undefined || actual === undefined ? {} : { expected, actual };
    return { line: this.#lines + 1, reason, ...found };
  }
}

function parse(bytes: Buffer): Named | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Named) : undefined;
  } catch {
    return undefined;
  }
}
