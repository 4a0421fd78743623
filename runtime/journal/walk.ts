/**
 * Walks the blocks of a log through its segments, checks the chain, and tells where that ends.
 *
 * Nothing is judged here: what stops a walk may be damage, or what a crash left at the end.
 */
import { blockHasher } from './chain.ts';
import { unreadable } from './failure.ts';
import type { Folder, OpenFile } from './file-system.ts';
import { listSegments, openSegment, segmentFile } from './files.ts';
import type { BlockLine } from './format.ts';
import { emptyEnd, type LogEnd, type NextBlock, type Obstacle } from './log-end.ts';
import { ownLinesOf } from './own-blocks.ts';
import { type RawBlock, scanBlocks } from './scan.ts';
import { type SegmentStart, startOf } from './segments.ts';

export type CheckedBlock = RawBlock & { readonly line: BlockLine };

/** Blocks that stand one behind the other in a segment. */
export interface Batch {
  readonly segment: number;
  readonly blocks: readonly CheckedBlock[];
}

/** Bytes in a segment behind the place at which the next one sealed it: they are no part of it. */
export interface LateBytes {
  readonly file: string;
  readonly bytes: number;
}

export interface Walked {
  readonly end: LogEnd;
  readonly late: readonly LateBytes[];
  /** What stands where the next block is due; absent when the log ends there. */
  readonly obstacle: Obstacle | undefined;
}

export interface WalkOptions {
  /** Where to begin: the chain up to there is taken as checked. Default: the first block. */
  readonly from?: LogEnd | undefined;
  /** How far to read. Default: all there is. */
  readonly to?: Pick<LogEnd, 'segment' | 'bytes'> | undefined;
}

/** A page that never reached the disk reads as zeros; no line of a journal holds any. */
const unwritten = Buffer.alloc(16);

/** What is wrong with the numbers of a block that should follow `end`. */
function numberFault(end: LogEnd, line: BlockLine): string | undefined {
  if (line.block !== end.version + 1) return `block ${line.block} stands where it is due`;
  const holdsEntries = line.first === end.lastSeq + 1 && line.last >= line.first;
  const holdsNone = line.first === end.lastSeq && line.last === end.lastSeq;
  if (!holdsEntries && !holdsNone) return 'its entries do not follow those of the block before';
  if (line.epoch < end.epoch) return 'its epoch is lower than that of the block before';
  return undefined;
}

/** What is wrong with the first block of a segment file. */
function startFault(end: LogEnd, { line, bytes }: CheckedBlock, number: number) {
  const { segment } = ownLinesOf(bytes);
  if (segment === undefined) return 'it begins a segment without saying so';
  if (segment.segment !== number) return `it is the start of segment ${segment.segment}`;
  const {
    bytes: length,
    block,
    last,
    hash,
  } = segment.previous ?? { ...emptyEnd, block: 0, last: 0 };
  const follows =
    block === end.version && last === end.lastSeq && hash === end.hash && length === end.bytes;
  if (!follows || segment.epoch !== line.epoch) return 'it does not seal the segment before';
  return undefined;
}

const endAfter = ({ line, startBytes, bytes }: CheckedBlock, segment: number): LogEnd => ({
  segment,
  version: line.block,
  firstSeq: line.first,
  lastSeq: line.last,
  hash: line.hash,
  epoch: line.epoch,
  bytes: startBytes + bytes.length,
});

/** Where the log ends behind a batch. */
export const endOfBatch = ({ segment, blocks }: Batch): LogEnd => endAfter(blocks.at(-1)!, segment);

/**
 * The last seq before a block, told by its line and, where one entry and none look alike, by the
 * line above: the log's own blocks hold none. The bytes may begin with a damaged block before it.
 */
function lastBefore({ line, bytes }: RawBlock): number {
  const { first, last } = line!;
  if (first !== last) return first - 1;
  const text = bytes.toString('latin1').split('\n');
  const isOwn = /^\{"format":1,"(segment|checkpoint)":/.test(text.at(-3) ?? '');
  const holdsEntry = !isOwn && text.some((above) => above.startsWith('{"seq":'));
  return holdsEntry ? first - 1 : last;
}

/** The next block line that can be read, and whether anything at all follows. */
async function lookAhead(
  rest: readonly RawBlock[],
  more: () => Promise<IteratorResult<readonly RawBlock[], void>>,
): Promise<{ next: NextBlock | undefined; isLast: boolean }> {
  let batch = rest;
  let isLast = true;
  for (;;) {
    if (batch.length > 0) isLast = false;
    const raw = batch.find(({ line }) => line !== undefined);
    if (raw !== undefined) {
      return { next: { block: raw.line!.block, lastBefore: lastBefore(raw) }, isLast };
    }
    const step = await more();
    if (step.done) return { next: undefined, isLast };
    batch = step.value;
  }
}

const nextOf = (start: SegmentStart | undefined): NextBlock | undefined =>
  start && { block: start.line.block, lastBefore: start.line.last };

interface Bounds {
  /** No other segment follows. */
  readonly isLast: boolean;
  readonly endBytes: number | undefined;
  /** Absent also when the start of the next segment is damaged. */
  readonly seal: SegmentStart | undefined;
}

class Walk {
  readonly #folder: Folder;
  readonly #hashOf = blockHasher();
  end: LogEnd;
  obstacle: Obstacle | undefined;
  readonly late: LateBytes[] = [];

  constructor(folder: Folder, from: LogEnd) {
    this.#folder = folder;
    this.end = from;
  }

  #faultOf(raw: RawBlock, segment: number): string | undefined {
    if (!raw.closed) return 'it has no block line';
    if (raw.line === undefined) return 'its block line cannot be read';
    const fault = numberFault(this.end, raw.line);
    if (fault !== undefined) return fault;
    if (this.#hashOf(this.end.hash, raw.bytes) !== raw.line.hash) {
      return 'its bytes do not give its hash';
    }
    return raw.startBytes === 0 ? startFault(this.end, raw as CheckedBlock, segment) : undefined;
  }

  /** Walks one file up to `endBytes`; `seal` is the start of the next, which tells its length. */
  async *segment(
    file: OpenFile,
    segment: number,
    { isLast, endBytes, seal }: Bounds,
  ): AsyncGenerator<Batch, void> {
    const startBytes = segment === this.end.segment ? this.end.bytes : 0;
    const scan = scanBlocks(file, { startBytes, endBytes });
    for (;;) {
      const step = await this.#next(scan, segment);
      if (step.done) break;
      const batch = step.value;
      let goodCount = 0;
      let fault: string | undefined;
      for (; goodCount < batch.length; goodCount += 1) {
        fault = this.#faultOf(batch[goodCount]!, segment);
        if (fault !== undefined) break;
        this.end = endAfter(batch[goodCount] as CheckedBlock, segment);
      }
      const blocks = batch.slice(0, goodCount) as readonly RawBlock[] as readonly CheckedBlock[];
      if (goodCount > 0) yield { segment, blocks };
      if (fault === undefined) continue;
      const raw = batch[goodCount]!;
      const hasZeros = raw.bytes.includes(unwritten);
      const before = raw.line && lastBefore(raw);
      const ahead = await lookAhead(batch.slice(goodCount + 1), () => this.#next(scan, segment));
      this.obstacle = {
        ...{ segment, fault, startBytes: raw.startBytes, bytes: raw.bytes.length },
        ...{ line: raw.line, isClosed: raw.closed, next: ahead.next ?? nextOf(seal) },
        lastBefore: before,
        isTorn: isLast && (!raw.closed || (ahead.isLast && hasZeros)),
        isCut: !raw.closed && seal !== undefined && file.stat().size < endBytes!,
      };
      return;
    }
    if (seal !== undefined) this.#checkSeal(file, segment, endBytes!, seal);
    else if (this.end.segment < segment) {
      this.obstacle = { ...this.#nothing(segment), fault: 'the file is empty', isTorn: isLast };
    }
  }

  /** A file that cannot be read is no damage, but nobody gets past it. */
  async #next<T>(scan: AsyncGenerator<T, void>, segment: number): Promise<IteratorResult<T, void>> {
    try {
      return await scan.next();
    } catch (error) {
      const file = segmentFile(this.#folder.dir, segment);
      throw unreadable(file, this.end, error);
    }
  }

  #checkSeal(file: OpenFile, segment: number, endBytes: number, seal: SegmentStart): void {
    const { size } = file.stat();
    if (size > endBytes) {
      this.late.push({ file: segmentFile(this.#folder.dir, segment), bytes: size - endBytes });
    }
    if (this.end.version >= seal.line.block - 1 && size >= endBytes) return;
    const fault = 'its segment ends before it';
    this.obstacle = { ...this.#nothing(segment), fault, next: nextOf(seal) };
  }

  #nothing(segment: number): Omit<Obstacle, 'fault'> {
    const nothing = { segment, startBytes: 0, bytes: 0, line: undefined, next: undefined };
    return { ...nothing, lastBefore: undefined, isClosed: false, isTorn: false, isCut: false };
  }

  /** A file is missing, but there are later ones. */
  async missing(segment: number, newest: number): Promise<void> {
    let next: NextBlock | undefined;
    for (let number = segment + 1; number <= newest && next === undefined; number += 1) {
      next = nextOf(await startOf(this.#folder, number, this.end));
    }
    this.obstacle = { ...this.#nothing(segment), fault: 'the file is missing', next };
  }
}

/**
 * Yields the blocks that are whole and chained, as they stand in the files, and tells how the walk
 * ended. The bytes of a block are valid until the next step.
 *
 * @throws {JournalUnavailableError} when the folder cannot be read.
 */
export async function* walkBlocks(
  folder: Folder,
  { from = emptyEnd, to }: WalkOptions = {},
): AsyncGenerator<Batch, Walked> {
  const walk = new Walk(folder, from);
  const newest = to?.segment ?? (await listSegments(folder)).at(-1) ?? 0;
  for (let segment = Math.max(1, from.segment); segment <= newest; segment += 1) {
    const isLast = segment === newest;
    const seal = isLast ? undefined : await startOf(folder, segment + 1, walk.end);
    const endBytes = isLast ? to?.bytes : seal?.segment.previous?.bytes;
    // A walk that begins behind a segment does not open it.
    if (segment === from.segment && endBytes === from.bytes) continue;
    await using file = await openSegment(folder, segment);
    if (file === undefined) await walk.missing(segment, newest);
    else yield* walk.segment(file, segment, { isLast, endBytes, seal });
    if (walk.obstacle !== undefined) break;
  }
  const { end, late, obstacle } = walk;
  return { end, late, obstacle };
}
