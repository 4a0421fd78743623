/** Streams the lines of a journal, with its chain checked while they are read. */
import type { EventLog, LogBlock, LogPosition } from '../../actors/ports.ts';
import { checkedBlocks } from './audit.ts';
import { GENESIS_HASH, isChained } from './chain.ts';
import { corrupt } from './damage.ts';
import { noJournal } from './failure.ts';
import type { Folder } from './file-system.ts';
import { folderOf, listSegments, readHead, segmentFile } from './files.ts';
import {
  type HeaderLine,
  type InputLine,
  isHeader,
  isInput,
  isTurn,
  type JournalLine,
  type TurnLine,
} from './format.ts';
import { earlierThan } from './position.ts';
import { boundaryBefore } from './segments.ts';
import type { Batch } from './walk.ts';

/** A line that says what happened; lines of the log itself are checked and left out. */
export type ReadLine = HeaderLine | InputLine | TurnLine;

export interface ReadOptions {
  /**
   * Begins behind this entry, without the header, and opens only the segments that are needed. The
   * chain before is taken as checked. Default: from the beginning.
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

function* linesOf(body: Body): Iterable<JournalLine> {
  const { text } = body;
  const endOfLines = text.lastIndexOf('\n', text.length - 2) + 1;
  for (let start = 0; start < endOfLines; ) {
    const end = text.indexOf('\n', start);
    yield parseLine(text.slice(start, end), body);
    start = end + 1;
  }
}

/** The lines of a block that say what happened behind `afterSeq`; -1 for all of them. */
export function* readLinesOf(body: Body, afterSeq: number): Iterable<ReadLine> {
  for (const line of linesOf(body)) {
    if (isInput(line)) {
      if (line.seq > afterSeq) yield line;
    } else if (isTurn(line)) {
      if (line.turn > afterSeq) yield line;
    } else if (isHeader(line) && afterSeq < 0) yield line;
    // Kinds of lines that a later minor version adds are no business of this reader.
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

/** The first block that holds anything behind an entry. */
export const positionAfter = (afterSeq: number): LogPosition =>
  afterSeq < 0 ? { version: 1 } : { seq: afterSeq + 1 };

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
    const { version, firstSeq } = block;
    const follows =
      before === undefined ||
      (version === before.version + 1 &&
        (firstSeq === before.lastSeq || firstSeq === before.lastSeq + 1) &&
        isChained(before.hash, block));
    if (!follows) throw bodyFault(bodyOf(block), 'it does not follow the block before');
    yield bodyOf(block);
    before = block;
  }
}

/**
 * The header, input and turn lines of a journal in order, streamed: memory does not grow with it.
 * Lines behind the last whole block are not yielded: nobody was told that they are
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
      ? bodiesOfFolder(folderOf(dirOrLog), afterSeq)
      : bodiesOfLog(dirOrLog, afterSeq);
  for await (const body of bodies) yield* readLinesOf(body, afterSeq);
}

/** A block as a log's own writer reads it. */
const bodyOf = ({ version, firstSeq, lastSeq, text }: LogBlock): Body => ({
  ...{ file: 'log', segment: 1, version, firstSeq, lastSeq, text },
});

/** The input and turn lines behind an entry. For the log's writer, as `readLines`. */
export async function* linesAfter(log: EventLog, seq: number): AsyncGenerator<ReadLine> {
  for await (const block of log.read({ seq: seq + 1 })) yield* readLinesOf(bodyOf(block), seq);
}

/**
 * Every line of a log from a position on, block lines left out. For its writer, who has checked the
 * chain when it opened the log.
 */
export async function* readLines(log: EventLog, from: LogPosition): AsyncGenerator<JournalLine> {
  for await (const block of log.read(from)) yield* linesOf(bodyOf(block));
}
