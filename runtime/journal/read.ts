/** Streams the lines of a journal, with its chain checked while they are read. */
import { resolve } from 'node:path';
import type { EventLog, LogBlock, LogPosition } from '../../actors/ports.ts';
import { checkedBlocks } from './audit.ts';
import { GENESIS_HASH, isChained } from './chain.ts';
import { corrupt } from './damage.ts';
import { noJournal } from './failure.ts';
import { type Folder, nodeFileSystem } from './file-system.ts';
import { listSegments, readHead, segmentFile } from './files.ts';
import {
  type HeaderLine,
  type InputLine,
  isHeader,
  isInput,
  isSnapshot,
  isTurn,
  type JournalLine,
  type SnapshotLine,
  type TurnLine,
} from './format.ts';
import { earlierThan } from './position.ts';
import { boundaryBefore } from './segments.ts';
import type { Batch } from './walk.ts';

/** A line that says what happened; lines of the log itself are checked and left out. */
export type ReadLine = HeaderLine | InputLine | TurnLine | SnapshotLine;

export interface ReadOptions {
  /**
   * Begins behind this entry, and opens only the segments that are needed. The chain before is
   * taken as checked. Snapshot lines may come that were written with this entry or later; the
   * header does not come. Default: from the beginning.
   */
  readonly afterSeq?: number | undefined;
}

/** What the chain says of a block, and the lines that it closes. */
export interface Body {
  readonly file: string;
  readonly segment: number;
  readonly version: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly text: string;
}

/** Seq that a line belongs to; a header comes before all entries. */
function seqOf(line: ReadLine): number {
  if (isInput(line)) return line.seq;
  if (isTurn(line)) return line.turn;
  return isHeader(line) ? 0 : Number.POSITIVE_INFINITY;
}

/** The lines of a block that belong behind `afterSeq`; -1 for all of them. */
export function* linesOf(body: Body, afterSeq: number): Iterable<ReadLine> {
  const { text } = body;
  const endOfLines = text.lastIndexOf('\n', text.length - 2) + 1;
  for (let start = 0; start < endOfLines; ) {
    const end = text.indexOf('\n', start);
    const line = parseLine(text.slice(start, end), body);
    start = end + 1;
    // Kinds of lines that a later minor version adds are no business of this reader.
    const isWanted = isInput(line) || isTurn(line) || isHeader(line) || isSnapshot(line);
    if (isWanted && (afterSeq < 0 || seqOf(line) > afterSeq)) yield line;
  }
}

function parseLine(text: string, body: Body): JournalLine {
  try {
    return JSON.parse(text) as JournalLine;
  } catch {
    throw bodyFault(body, 'it holds a line that is not JSON, and was written so');
  }
}

function bodyFault(body: Omit<Body, 'text'>, reason: string): Error {
  const { file, segment, version: block, firstSeq, lastSeq } = body;
  return corrupt({ kind: 'changed', file, segment, block, firstSeq, lastSeq, reason });
}

/** The bodies of a batch of checked blocks. */
export function* bodiesOf(dir: string, { segment, blocks }: Batch): Iterable<Body> {
  const file = segmentFile(dir, segment);
  for (const { line, bytes } of blocks) {
    const { block: version, first: firstSeq, last: lastSeq } = line;
    yield { file, segment, version, firstSeq, lastSeq, text: bytes.toString('utf8') };
  }
}

/** The first block that may hold anything behind an entry, its snapshot line included. */
export const positionAfter = (afterSeq: number): LogPosition =>
  afterSeq <= 0 ? { version: 1 } : { seq: afterSeq };

async function* bodiesOfFolder(folder: Folder, afterSeq: number): AsyncGenerator<Body> {
  const position = positionAfter(afterSeq);
  const isEarly = earlierThan(position);
  const newest = (await listSegments(folder)).at(-1) ?? 0;
  const from = await boundaryBefore(folder, position, newest);
  for await (const batch of checkedBlocks(folder, { from })) {
    for (const body of bodiesOf(folder.dir, batch)) if (!isEarly(body)) yield body;
  }
  if (newest === 0 && (await readHead(folder)) === undefined) throw noJournal(folder.dir);
}

async function* bodiesOfLog(log: EventLog, afterSeq: number): AsyncGenerator<Body> {
  const position = positionAfter(afterSeq);
  let before: Pick<LogBlock, 'version' | 'lastSeq' | 'hash'> | undefined =
    'seq' in position ? undefined : { version: 0, lastSeq: 0, hash: GENESIS_HASH };
  for await (const block of log.read(position)) {
    const { version, firstSeq, lastSeq, text } = block;
    const body = { file: 'log', segment: 1, version, firstSeq, lastSeq, text };
    const follows =
      before === undefined ||
      (version === before.version + 1 &&
        (firstSeq === before.lastSeq || firstSeq === before.lastSeq + 1) &&
        isChained(before.hash, block));
    if (!follows) throw bodyFault(body, 'it does not follow the block before');
    yield body;
    before = block;
  }
}

/**
 * The header, input, turn and snapshot lines of a journal in order, streamed: memory does not grow
 * with it. Lines behind the last whole block are not yielded: nobody was told that they are
 * durable.
 *
 * @throws {JournalCorruptError} behind the last line that can be trusted.
 * @throws {JournalUnavailableError} when the folder holds no journal or cannot be read.
 */
export async function* readJournal(
  dirOrLog: string | EventLog,
  { afterSeq = -1 }: ReadOptions = {},
): AsyncGenerator<ReadLine, void> {
  const bodies =
    typeof dirOrLog === 'string'
      ? bodiesOfFolder({ dir: resolve(dirOrLog), fs: nodeFileSystem }, afterSeq)
      : bodiesOfLog(dirOrLog, afterSeq);
  for await (const body of bodies) yield* linesOf(body, afterSeq);
}
