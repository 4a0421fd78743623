/** Proves a journal whole, or names what is damaged. Takes no lock and parses no entry. */
import { resolve } from 'node:path';
import { type Audit, auditToEnd, type ExpectedHead } from './audit.ts';
import { type Damage, damageOfHead, damageOfKeys, rangeBehind } from './damage.ts';
import { noJournal } from './failure.ts';
import { type FileSystem, type Folder, nodeFileSystem } from './file-system.ts';
import { segmentFile } from './files.ts';
import { type KeyRing, parsePublicKeys, readFolderKeys } from './keys.ts';
import type { Signed } from './signed-part.ts';
import type { LateBytes } from './walk.ts';

/** What `verifyJournal` found. */
export interface JournalReport {
  readonly ok: boolean;
  /** Entries, blocks, bytes and segments that can be trusted; what they end with. */
  readonly entries: number;
  readonly blocks: number;
  readonly bytes: number;
  readonly segments: number;
  readonly lastSeq: number;
  readonly hash: string;
  /** How far signatures reach. Entries behind that are chained only, as after a power failure. */
  readonly signed: Signed;
  readonly damage?: Damage;
  /** Bytes of a commit that a crash cut short: never acknowledged, cut back at the next start. */
  readonly tornBytes?: number;
  /** Bytes that a writer wrote after it was replaced: no part of the journal. */
  readonly late?: readonly LateBytes[];
}

export interface VerifyOptions {
  /**
   * Public keys in PEM that were kept elsewhere: every signature must be of one of them. Default:
   * those in the folder, which show no more than that nobody without them has changed anything.
   */
  readonly publicKey?: string | readonly string[];
  /** An outside copy of where the journal once ended: shows that it was not put back. */
  readonly expectedHead?: ExpectedHead;
  /** The disk; default: that of this machine. */
  readonly fileSystem?: FileSystem;
}

function givenKeys(publicKey: string | readonly string[]): KeyRing {
  const ring = parsePublicKeys([publicKey].flat().join('\n'));
  if (ring !== undefined && ring.size > 0) return ring;
  throw new TypeError('publicKey: expected public Ed25519 keys in PEM.');
}

function damageOfHistory({ dir }: Folder, { end }: Audit, { lastSeq, hash }: ExpectedHead): Damage {
  const isShort = end.lastSeq < lastSeq;
  return {
    kind: 'history',
    file: segmentFile(dir, Math.max(1, end.segment)),
    segment: Math.max(1, end.segment),
    block: isShort ? end.version + 1 : 1,
    ...(isShort ? rangeBehind(end, lastSeq) : { firstSeq: Math.min(1, lastSeq), lastSeq }),
    reason: isShort
      ? `it ends at seq ${end.lastSeq}, but once ended at seq ${lastSeq}: it was put back`
      : `it holds no block that ends at seq ${lastSeq} with the hash ${hash}: it is another one`,
  };
}

/**
 * Checks every byte of a journal.
 *
 * @throws {JournalUnavailableError} when the folder holds no journal or cannot be read.
 * @throws {TypeError} when `publicKey` holds no public Ed25519 key.
 */
export async function verifyJournal(
  dir: string,
  options: VerifyOptions = {},
): Promise<JournalReport> {
  const { publicKey, expectedHead, fileSystem = nodeFileSystem } = options;
  const folder: Folder = { dir: resolve(dir), fs: fileSystem };
  const given = publicKey === undefined ? undefined : givenKeys(publicKey);
  const found = await readFolderKeys(folder);
  const keys = given ?? ('ring' in found ? found.ring : new Map());
  const audit = await auditToEnd(folder, { keys, expected: expectedHead });
  if (audit.head === undefined && audit.damage === undefined) throw noJournal(dir);
  const damage = damageIn(folder, audit, options, 'fault' in found ? found.fault : undefined);
  const { end, torn, late } = audit;
  return {
    ok: damage === undefined,
    entries: end.lastSeq,
    blocks: end.version,
    bytes: audit.bytes,
    segments: end.segment,
    lastSeq: end.lastSeq,
    hash: end.hash,
    signed: audit.signed!,
    ...(damage !== undefined && { damage }),
    ...(torn !== undefined && { tornBytes: torn.bytes }),
    ...(late.length > 0 && { late }),
  };
}

/** A start forgives a slot that a crash has spoiled; an auditor is told of every byte. */
function damageIn(
  folder: Folder,
  audit: Audit,
  { expectedHead }: VerifyOptions,
  keyFault: string | undefined,
): Damage | undefined {
  const { damage, end, isHeadTorn, hasExpected } = audit;
  const isOfKeys = keyFault !== undefined && (damage === undefined || damage.kind === 'signature');
  if (isOfKeys) return damageOfKeys(folder.dir, end, keyFault);
  if (damage !== undefined) return damage;
  if (isHeadTorn) return damageOfHead(folder.dir, end, 'a part of it cannot be read');
  if (expectedHead === undefined || hasExpected) return undefined;
  return damageOfHistory(folder, audit, expectedHead);
}
