/** Streams the lines of a journal, with its chain checked while they are read. */
import { resolve } from 'node:path';
import type { EventLog, LogBlock, LogPosition } from '../../actors/ports.ts';
import { checkedBlocks } from './audit.ts';
import { GENESIS_HASH, isChained } from './chain.ts';
import { corrupt } from './damage.ts';
import { noJournal } from './failure.ts';
import { readHead, segmentFile } from './files.ts';
import {
  type HeaderLine,
  type InputLine,
  isHeader,
  isInput,
  isTurn,
  type JournalLine,
  type TurnLine,
} from './format.ts';

/** A line that says what happened; block lines are checked and left out. */
export type ReadLine = HeaderLine | InputLine | TurnLine;

/** What the chain says of a block, and the lines that it closes. */
interface Body {
  readonly file: string;
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

function parseLine(text: string, body: Body): JournalLine {
  try {
    return JSON.parse(text) as JournalLine;
  } catch {
    const { file, version, firstSeq, lastSeq } = body;
    const reason = 'it holds a line that is not JSON, and was written so';
    throw corrupt({ kind: 'changed', file, block: version, firstSeq, lastSeq, reason });
  }
}

async function* bodiesOfFolder(dir: string): AsyncGenerator<Body> {
  const file = segmentFile(dir);
  let isEmpty = true;
  for await (const batch of checkedBlocks(dir)) {
    isEmpty = false;
    for (const { line, bytes } of batch) {
      const { block: version, first: firstSeq, last: lastSeq } = line;
      yield { file, version, firstSeq, lastSeq, text: bytes.toString('utf8') };
    }
  }
  if (isEmpty && (await readHead(dir)) === undefined) throw noJournal(dir);
}

async function* bodiesOfLog(log: EventLog): AsyncGenerator<Body> {
  const file = 'log';
  let before: Pick<LogBlock, 'version' | 'lastSeq' | 'hash'> = {
    version: 0,
    lastSeq: 0,
    hash: GENESIS_HASH,
  };
  for await (const block of log.read()) {
    const { version, firstSeq, lastSeq, text } = block;
    const follows =
      version === before.version + 1 &&
      (firstSeq === before.lastSeq || firstSeq === before.lastSeq + 1);
    if (!follows || !isChained(before.hash, block)) {
      const reason = 'it does not follow the block before';
      throw corrupt({ kind: 'changed', file, block: version, firstSeq, lastSeq, reason });
    }
    yield { file, version, firstSeq, lastSeq, text };
    before = block;
  }
}

/**
 * The header, input and turn lines of a journal in order, streamed: memory does not grow with it.
 * Lines behind the last whole block are not yielded: nobody was told that they are durable.
 *
 * @throws {JournalCorruptError} behind the last line that can be trusted.
 * @throws {JournalUnavailableError} when the folder holds no journal or cannot be read.
 */
export async function* readJournal(dirOrLog: string | EventLog): AsyncGenerator<ReadLine, void> {
  const bodies =
    typeof dirOrLog === 'string' ? bodiesOfFolder(resolve(dirOrLog)) : bodiesOfLog(dirOrLog);
  for await (const body of bodies) {
    for (const line of linesOf(body)) {
      // Kinds of lines that a later minor version adds are no business of this reader.
      if (isInput(line) || isTurn(line) || isHeader(line)) yield line;
    }
  }
}

/** The input and turn lines behind an entry. For the log's writer, as `readLines`. */
export async function* linesAfter(log: EventLog, seq: number): AsyncGenerator<ReadLine> {
  for await (const line of readLines(log, { seq: seq + 1 })) {
    const isLater = isInput(line) ? line.seq > seq : isTurn(line) && line.turn > seq;
    if (isLater) yield line as ReadLine;
  }
}

/**
 * Every line of a log from a position on, block lines left out. For its writer, who has checked the
 * chain when it opened the log.
 */
export async function* readLines(log: EventLog, from: LogPosition): AsyncGenerator<JournalLine> {
  for await (const { version, firstSeq, lastSeq, text } of log.read(from)) {
    yield* linesOf({ file: 'log', version, firstSeq, lastSeq, text });
  }
}
