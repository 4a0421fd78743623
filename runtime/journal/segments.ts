/** A look at how a segment begins, which tells where the one before it ends. */
import type { LogPosition } from '../../actors/ports.ts';
import { blockHasher, GENESIS_HASH } from './chain.ts';
import { unreadable } from './failure.ts';
import type { Folder } from './file-system.ts';
import { openSegment, segmentFile } from './files.ts';
import type { BlockLine, SegmentLine } from './format.ts';
import { emptyEnd, type LogEnd } from './log-end.ts';
import { ownLinesOf } from './own-blocks.ts';
import { scanBlocks } from './scan.ts';

/** The first block of a segment, whole in itself; whether it follows the chain is not known. */
export interface SegmentStart {
  readonly line: BlockLine;
  readonly segment: SegmentLine;
}

/** The first block of a segment is shorter than this. */
const START_BYTES = 4 * 1024;

/**
 * Reads the first block of a segment; `undefined` when it is absent or damaged. `end` tells how far
 * the log is known, for the words of an error.
 */
export async function startOf(
  folder: Folder,
  number: number,
  end: LogEnd = emptyEnd,
): Promise<SegmentStart | undefined> {
  await using file = await openSegment(folder, number);
  if (file === undefined) return undefined;
  const scan = scanBlocks(file, { endBytes: START_BYTES, chunkBytes: START_BYTES });
  const { value } = await scan.next().catch((error: unknown) => {
    throw unreadable(segmentFile(folder.dir, number), end, error);
  });
  const raw = value?.[0];
  if (raw?.line === undefined) return undefined;
  const { line, bytes } = raw;
  const { segment } = ownLinesOf(bytes);
  if (segment?.segment !== number) return undefined;
  const { block, hash } = segment.previous ?? { block: 0, hash: GENESIS_HASH };
  const isSound = line.block === block + 1 && blockHasher()(hash, bytes) === line.hash;
  return isSound ? { line, segment } : undefined;
}

/** Where the log ends before a segment. Its first seq and epoch are not told there. */
export function endBefore({ segment }: SegmentStart): LogEnd {
  const { previous } = segment;
  if (previous === undefined) return emptyEnd;
  const { bytes, block: version, last, hash } = previous;
  const number = segment.segment - 1;
  return { segment: number, bytes, version, firstSeq: last, lastSeq: last, hash, epoch: 0 };
}

/** The last segment boundary before a position, told by the starts of the segments alone. */
export async function boundaryBefore(
  folder: Folder,
  from: LogPosition,
  newest: number,
): Promise<LogEnd> {
  for (let number = newest; number > 1; number -= 1) {
    const start = await startOf(folder, number);
    if (start === undefined) continue;
    const end = endBefore(start);
    const isBefore = 'version' in from ? end.version < from.version : end.lastSeq < from.seq;
    if (isBefore) return end;
  }
  return emptyEnd;
}
