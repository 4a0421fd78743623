/**
 * The lines of an audit export, and the chain through them:
 *
 *     {"entry":ENTRY,"prev_hash":"PREV","hash":"HASH"}      HASH = SHA-256(ENTRY + PREV)
 *
 * ENTRY is hashed as it is spelled, byte by byte, so that a verifier in any language needs no JSON.
 * Both hashes have a fixed length and stand at the end: where ENTRY ends is never in doubt.
 */
import { createHash } from 'node:crypto';
import { GENESIS_HASH } from '../journal/chain.ts';
import type { Json } from '../journal/format.ts';

export { GENESIS_HASH };

/** Version of this format. */
export const AUDIT_FORMAT = 1;

/** The first entry: what this file is. */
export interface AuditOpening {
  readonly audit: 'opened';
  readonly format: typeof AUDIT_FORMAT;
  readonly journal: { readonly id: string; readonly host: string; readonly seed: number };
}

/** One entry of the journal, with whatever it did; keys without content are left out. */
export interface AuditEntry {
  readonly seq: number;
  /** Logical time, ISO 8601. */
  readonly timestamp: string;
  /** Path of the actor that was told; `runtime` for the runtime itself. */
  readonly actor: string;
  /** Kind and type, as in `event LOGIN`. */
  readonly action: string;
  /** The person who ordered it, when the event names one. */
  readonly by?: string;
  readonly class?: 'safety';
  readonly cause?: number;
  readonly event: Json;
  readonly result?: { readonly [part: string]: unknown };
}

/** The last entry: nothing is missing between the first and this one. */
export interface AuditClosing {
  readonly audit: 'closed';
  /** Entries of the journal between the first and the last line. */
  readonly count: number;
  /** Hash of the line before. */
  readonly final_hash: string;
  /** Where the journal ended: `kintsugi verify` shows the same numbers. */
  readonly journal: { readonly last_seq: number; readonly blocks: number; readonly hash: string };
}

/** The formula of the chain: SHA-256, in hex, over the entry's JSON and the hash before. */
export const auditHash = (entry: string | Uint8Array, previousHash: string): string =>
  createHash('sha256').update(entry).update(previousHash).digest('hex');

const opening = '{"entry":';
const middle = ',"prev_hash":"';
const between = '","hash":"';
const ending = '"}';
const HASH_LENGTH = 64;
const SEAL_LENGTH = middle.length + HASH_LENGTH + between.length + HASH_LENGTH + ending.length;

/** Line with its line end, and its hash. */
export function sealAudit(
  entry: AuditOpening | AuditEntry | AuditClosing,
  previousHash: string,
): { readonly line: string; readonly hash: string } {
  const json = JSON.stringify(entry);
  const hash = auditHash(json, previousHash);
  return { line: `${opening}${json}${middle}${previousHash}${between}${hash}${ending}\n`, hash };
}

export interface AuditParts {
  /** The entry as it is spelled. */
  readonly entry: Buffer;
  readonly previousHash: string;
  readonly hash: string;
}

/**
 * Takes a line without its line end apart; `undefined` unless every byte of its frame is right.
 * Whether the hashes are right, or hashes at all, shows when they are compared.
 */
export function partsOf(line: Buffer): AuditParts | undefined {
  const sealAt = line.length - SEAL_LENGTH;
  if (sealAt <= opening.length) return undefined;
  const seal = line.toString('latin1', sealAt);
  const hashAt = SEAL_LENGTH - ending.length - HASH_LENGTH;
  const previousHash = seal.slice(middle.length, middle.length + HASH_LENGTH);
  const hash = seal.slice(hashAt, hashAt + HASH_LENGTH);
  const isFramed =
    line.toString('latin1', 0, opening.length) === opening &&
    seal === `${middle}${previousHash}${between}${hash}${ending}`;
  return isFramed
    ? { entry: line.subarray(opening.length, sealAt), previousHash, hash }
    : undefined;
}
