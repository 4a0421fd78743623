/**
 * Walks a journal folder from its first byte, checks each block, and says where and how it ends.
 *
 * Opening, reading and verifying all go through here, so that they cannot disagree about damage.
 */
import { blockHasher, GENESIS_HASH } from './chain.ts';
import { corrupt, type Damage, damageAtEnd, damageOfBlock, damageOfHead } from './damage.ts';
import { openSegment, readHead } from './files.ts';
import type { BlockLine } from './format.ts';
import type { HeadRecord } from './head-file.ts';
import { type RawBlock, scanBlocks } from './scan.ts';

/** Where the blocks that can be trusted end. */
export interface LogEnd {
  readonly version: number;
  /** First and last seq of the last block. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly hash: string;
  readonly epoch: number;
  /** Length of these blocks in the segment. */
  readonly bytes: number;
}

export interface Audit {
  readonly end: LogEnd;
  readonly entryCount: number;
  /** Newest readable slot of the head; absent when there is no head. */
  readonly head: HeadRecord | undefined;
  /**
   * A slot of the head cannot be read. Without `damage`, a crash in the middle of a commit explains
   * it.
   */
  readonly isHeadTorn: boolean;
  /** Bytes behind the last whole block that a crash left; 0 when there are none. */
  readonly tornBytes: number;
  readonly damage: Damage | undefined;
}

export type CheckedBlock = RawBlock & { readonly line: BlockLine };

/** Where the empty log ends. */
export const emptyEnd: LogEnd = {
  version: 0,
  firstSeq: 0,
  lastSeq: 0,
  hash: GENESIS_HASH,
  epoch: 0,
  bytes: 0,
};

/** A page that never reached the disk reads as zeros; no line of a journal holds any. */
const unwritten = Buffer.alloc(16);

/**
 * What is wrong with the numbers of a block that should follow `end`; `undefined` when nothing is.
 */
function numberFault(end: LogEnd, line: BlockLine): string | undefined {
  if (line.block !== end.version + 1) return `block ${line.block} stands where it is due`;
  const holdsEntries = line.first === end.lastSeq + 1 && line.last >= line.first;
  const holdsNone = line.first === end.lastSeq && line.last === end.lastSeq;
  if (!holdsEntries && !holdsNone) return 'its entries do not follow those of the block before';
  if (line.epoch < end.epoch) return 'its epoch is lower than that of the block before';
  return undefined;
}

function faultOf(
  end: LogEnd,
  raw: RawBlock,
  hashOf: ReturnType<typeof blockHasher>,
): string | undefined {
  if (!raw.closed) return 'it has no block line';
  if (raw.line === undefined) return 'its block line cannot be read';
  const fault = numberFault(end, raw.line);
  if (fault !== undefined) return fault;
  const isWhole = hashOf(end.hash, raw.bytes) === raw.line.hash;
  return isWhole ? undefined : 'its bytes do not give its hash';
}

const endAfter = ({ line, startBytes, bytes }: CheckedBlock): LogEnd => ({
  version: line.block,
  firstSeq: line.first,
  lastSeq: line.last,
  hash: line.hash,
  epoch: line.epoch,
  bytes: startBytes + bytes.length,
});

const isAtHead = (end: LogEnd, head: HeadRecord): boolean =>
  end.hash === head.hash &&
  end.bytes === head.bytes &&
  end.lastSeq === head.last &&
  end.firstSeq === head.first;

/** The next block line that can be read, and whether anything at all follows. */
async function lookAhead(
  rest: readonly RawBlock[],
  scan: AsyncGenerator<readonly RawBlock[], void>,
): Promise<{ next: BlockLine | undefined; isLast: boolean }> {
  let batch = rest;
  let isLast = true;
  for (;;) {
    if (batch.length > 0) isLast = false;
    const next = batch.find((raw) => raw.line !== undefined)?.line;
    if (next !== undefined) return { next, isLast };
    const step = await scan.next();
    if (step.done) return { next: undefined, isLast };
    batch = step.value;
  }
}

/**
 * Yields the blocks that are whole and chained, as they stand in the file, and returns the audit.
 * The bytes of a block are valid until the next step. Damage is returned, never thrown. `endBytes`
 * tells how far to read, and is asked once the head was read.
 *
 * @throws {JournalUnavailableError} when the folder cannot be read.
 */
export async function* auditJournal(
  dir: string,
  endBytes?: () => number,
): AsyncGenerator<readonly CheckedBlock[], Audit> {
  // The head is read before the log: a live writer then only adds blocks that the head does not
  // name.
  const slots = await readHead(dir);
  const head = slots?.newest;
  const hashOf = blockHasher();
  let end = emptyEnd;
  let tornBytes = 0;
  let damage: Damage | undefined;
  await using file = await openSegment(dir);
  const scan = file === undefined ? undefined : scanBlocks(file, endBytes?.());
  for (let step = await scan?.next(); step && !step.done; step = await scan?.next()) {
    const batch = step.value;
    let goodCount = 0;
    let fault: string | undefined;
    for (; goodCount < batch.length; goodCount += 1) {
      fault = faultOf(end, batch[goodCount]!, hashOf);
      if (fault !== undefined) break;
      end = endAfter(batch[goodCount] as CheckedBlock);
      if (end.version === head?.version && !isAtHead(end, head)) {
        damage = damageOfHead(dir, end, 'it does not belong to this log');
      }
    }
    if (goodCount > 0) yield batch.slice(0, goodCount) as readonly CheckedBlock[];
    if (fault === undefined) continue;
    const raw = batch[goodCount]!;
    const hasZeros = raw.bytes.includes(unwritten);
    const { next, isLast } = await lookAhead(batch.slice(goodCount + 1), scan!);
    const isTorn = !raw.closed || (isLast && hasZeros);
    if (isTorn && end.version >= (head?.version ?? 0)) tornBytes = raw.bytes.length;
    else damage ??= damageOfBlock(dir, { end, raw, next, head }, fault);
    break;
  }
  damage ??= damageAtEnd(dir, end, tornBytes, slots);
  const isHeadTorn = (slots?.brokenCount ?? 0) > 0;
  return { end, entryCount: end.lastSeq, head, isHeadTorn, tornBytes, damage };
}

/** Walks a whole folder without keeping anything of it. */
export async function auditToEnd(dir: string): Promise<Audit> {
  const walk = auditJournal(dir);
  for (;;) {
    const step = await walk.next();
    if (step.done) return step.value;
  }
}

/**
 * Yields the blocks of a journal for those who want all of it or an error.
 *
 * @throws {JournalCorruptError} behind the last block that can be trusted.
 * @throws {JournalUnavailableError} when the folder cannot be read.
 */
export async function* checkedBlocks(
  dir: string,
  endBytes?: () => number,
): AsyncGenerator<readonly CheckedBlock[], Audit> {
  const audit = yield* auditJournal(dir, endBytes);
  if (audit.damage !== undefined) throw corrupt(audit.damage);
  return audit;
}
