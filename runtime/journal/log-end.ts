/** Places in a log: where its trusted blocks end, and what stands there. */
import { GENESIS_HASH } from './chain.ts';
import type { BlockLine } from './format.ts';

/** Where the blocks that can be trusted end. */
export interface LogEnd {
  /** The segment of the last block, and where the block ends in that file; 0 in an empty log. */
  readonly segment: number;
  readonly bytes: number;
  readonly version: number;
  /** First and last seq of the last block. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly hash: string;
  readonly epoch: number;
}

/** Where the empty log ends. */
export const emptyEnd: LogEnd = {
  segment: 0,
  bytes: 0,
  version: 0,
  firstSeq: 0,
  lastSeq: 0,
  hash: GENESIS_HASH,
  epoch: 0,
};

/** A later block whose line can be read. */
export interface NextBlock {
  readonly block: number;
  /** Last seq of the block before it. */
  readonly lastBefore: number;
}

/** What stands where a block is due, and is not that block. */
export interface Obstacle {
  readonly segment: number;
  /** Why it is not the block. */
  readonly fault: string;
  /** Where it lies in the file; no bytes when there is nothing. */
  readonly startBytes: number;
  readonly bytes: number;
  /** The block line at its end; absent when it cannot be read. */
  readonly line: BlockLine | undefined;
  /** Last seq of the block before the one that the line closes. */
  readonly lastBefore: number | undefined;
  readonly next: NextBlock | undefined;
  /** Something that starts like a block line ends it. */
  readonly isClosed: boolean;
  /** It may be what a crash left at the end of the log. */
  readonly isTorn: boolean;
  /** The file ends in the middle of it, although another segment follows. */
  readonly isCut: boolean;
}
