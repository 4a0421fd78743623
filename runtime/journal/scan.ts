/**
 * Cuts the bytes of a segment into blocks, without judging them and without parsing entries.
 *
 * A chunk is read at a time and its buffer is used again, so memory does not grow with the segment.
 */
import { BLOCK_BYTES_LIMIT, BLOCK_MARK, parseBlockLine } from './chain.ts';
import type { OpenFile } from './file-system.ts';
import type { BlockLine } from './format.ts';

const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 10;
/** Shorter than the mark on purpose: a needle of up to six bytes is searched three times faster. */
const needle = '\n{"b';

/** Bytes up to and including the next line that starts like a block line. */
export interface RawBlock {
  /** Offset of the first byte in the file. */
  readonly startBytes: number;
  /** Valid until the next step of the scan only. */
  readonly bytes: Buffer;
  /** The block line at the end; absent when it cannot be read. */
  readonly line: BlockLine | undefined;
  /** False when the file ends before such a line has ended. */
  readonly closed: boolean;
}

/** Offset of the next line that starts like a block line, or -1. */
function findMark(data: Buffer, from: number, searchFrom: number): number {
  if (
    searchFrom <= from &&
    data.toString('latin1', from, from + BLOCK_MARK.length) === BLOCK_MARK
  ) {
    return from;
  }
  let at = data.indexOf(needle, searchFrom, 'latin1');
  while (at >= 0 && data.toString('latin1', at + 1, at + 1 + BLOCK_MARK.length) !== BLOCK_MARK) {
    at = data.indexOf(needle, at + 1, 'latin1');
  }
  return at < 0 ? -1 : at + 1;
}

interface Cut {
  readonly blocks: readonly RawBlock[];
  /** Where the block that is not yet complete starts in `data`. */
  readonly rest: number;
  /** Where the search for its block line goes on once more bytes are there. */
  readonly search: number;
}

function cutBlocks(data: Buffer, baseBytes: number, searchFrom: number): Cut {
  const blocks: RawBlock[] = [];
  let from = 0;
  let search = searchFrom;
  for (;;) {
    const mark = findMark(data, from, search);
    const end = mark < 0 ? -1 : data.indexOf(NEWLINE, mark);
    if (end < 0) {
      // A mark without the end of its line is found again; one may also stand across the end.
      const seen = mark < 0 ? data.length - BLOCK_MARK.length : mark - 1;
      return { blocks, rest: from, search: Math.max(from, seen) };
    }
    const bytes = data.subarray(from, end + 1);
    const line = parseBlockLine(data.toString('latin1', mark, end + 1));
    blocks.push({ startBytes: baseBytes + from, bytes, line, closed: true });
    from = end + 1;
    search = from;
  }
}

export interface ScanOptions {
  /** Where to begin; a block must start there. */
  readonly startBytes?: number | undefined;
  /** Where to stop, whatever follows. */
  readonly endBytes?: number | undefined;
  readonly chunkBytes?: number;
}

/** Streams the blocks of a file; what is left at the end comes as not `closed`. */
export async function* scanBlocks(
  file: OpenFile,
  {
    startBytes = 0,
    endBytes = Number.MAX_SAFE_INTEGER,
    chunkBytes = CHUNK_BYTES,
  }: ScanOptions = {},
): AsyncGenerator<readonly RawBlock[], void> {
  let buffer = Buffer.allocUnsafe(chunkBytes);
  let filled = 0;
  let baseBytes = startBytes;
  let searchFrom = 0;
  for (;;) {
    if (filled === buffer.length) {
      const larger = Buffer.allocUnsafe(buffer.length * 2);
      buffer.copy(larger, 0, 0, filled);
      buffer = larger;
    }
    const room = Math.min(buffer.length - filled, endBytes - baseBytes - filled);
    const read = room > 0 ? await file.read(buffer, filled, room, baseBytes + filled) : 0;
    filled += read;
    const cut = cutBlocks(buffer.subarray(0, filled), baseBytes, searchFrom);
    if (cut.blocks.length > 0) yield cut.blocks;
    const left = filled - cut.rest;
    if (read === 0 || left > BLOCK_BYTES_LIMIT) {
      const bytes = buffer.subarray(cut.rest, filled);
      if (left > 0) {
        yield [{ startBytes: baseBytes + cut.rest, bytes, line: undefined, closed: false }];
      }
      return;
    }
    buffer.copyWithin(0, cut.rest, filled);
    baseBytes += cut.rest;
    filled = left;
    searchFrom = cut.search - cut.rest;
  }
}
