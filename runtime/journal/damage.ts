/** Names what is wrong with a log: which block, which entries, and why. */
import { JournalCorruptError } from '../../actors/errors.ts';
import type { LogEnd } from './audit.ts';
import { headFile, segmentFile } from './files.ts';
import type { BlockLine } from './format.ts';
import type { HeadFile, HeadRecord } from './head-file.ts';
import type { RawBlock } from './scan.ts';

/** Where a journal is damaged, and how. */
export interface Damage {
  /**
   * `changed`: the bytes of a block are not those that were written; `missing`: a block, or its
   * block line, is gone from the middle; `cut`: the log ends before its head; `head`: head.json is
   * damaged, gone, or belongs to another log.
   */
  readonly kind: 'changed' | 'missing' | 'cut' | 'head';
  readonly file: string;
  /** The first block that cannot be trusted. */
  readonly block: number;
  /** The entries that it holds, or should hold. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly reason: string;
}

/** The error that stops a start or a read. */
export function corrupt(damage: Damage): JournalCorruptError {
  const { file, block, firstSeq, lastSeq, reason } = damage;
  return new JournalCorruptError(
    `Journal is damaged: ${file}, block ${block} (seq ${firstSeq} to ${lastSeq}): ${reason}. ` +
      'Restore the folder from a backup, or keep it for review and start in another folder ' +
      'with --journal.',
    { file, block, firstSeq, lastSeq },
  );
}

/** What is known around a block that cannot be trusted. */
export interface Surroundings {
  /** Where the trusted blocks before it end. */
  readonly end: LogEnd;
  readonly raw: RawBlock;
  /** The next block line that can be read. */
  readonly next: BlockLine | undefined;
  readonly head: HeadRecord | undefined;
}

/**
 * Whether the block line at hand is whole and belongs to a later block than the one that is due.
 */
function isOfLaterBlock({ end, raw, next, head }: Surroundings): boolean {
  const due = end.version + 1;
  if (raw.line === undefined || raw.line.block <= due) return false;
  return next === undefined ? head?.version !== due : next.block === raw.line.block + 1;
}

/** Last entry of the block that is due, told by its neighbours first: its own line may lie. */
function lastSeqOf(around: Surroundings): number {
  const { end, raw, next, head } = around;
  const due = end.version + 1;
  if (raw.line !== undefined && isOfLaterBlock(around)) return raw.line.first - 1;
  if (next?.block === due + 1) {
    const holdsNone = next.first === next.last && raw.line?.last === next.last;
    return holdsNone ? next.last : next.first - 1;
  }
  if (head?.version === due) return head.last;
  return raw.line?.last ?? due;
}

/** Names the damage of the block that should follow `end`. */
export function damageOfBlock(dir: string, around: Surroundings, reason: string): Damage {
  const { end, raw, head } = around;
  const endBytes = raw.startBytes + raw.bytes.length;
  const isCut = !raw.closed && head !== undefined && endBytes < head.bytes;
  const kind = isCut ? 'cut' : isOfLaterBlock(around) ? 'missing' : 'changed';
  const lastSeq = Math.max(end.lastSeq, lastSeqOf(around));
  return {
    kind,
    file: segmentFile(dir),
    block: end.version + 1,
    firstSeq: Math.min(end.lastSeq + 1, lastSeq),
    lastSeq,
    reason: isCut ? 'the log ends in the middle of it, before its head' : reason,
  };
}

/** Names damage of head.json. */
export const damageOfHead = (dir: string, end: LogEnd, reason: string): Damage => ({
  kind: 'head',
  file: headFile(dir),
  block: end.version,
  firstSeq: end.firstSeq,
  lastSeq: end.lastSeq,
  reason,
});

/** Names the damage that shows only once the end of the log is known. */
export function damageAtEnd(
  dir: string,
  end: LogEnd,
  tornBytes: number,
  slots: HeadFile | undefined,
): Damage | undefined {
  const head = slots?.newest;
  if (head === undefined) {
    const isFresh = end.version === 0 && tornBytes === 0 && slots === undefined;
    return isFresh ? undefined : damageOfHead(dir, end, 'it is missing or cannot be read');
  }
  if (end.version < head.version) {
    return {
      kind: 'cut',
      file: segmentFile(dir),
      block: end.version + 1,
      firstSeq: Math.min(end.lastSeq + 1, head.last),
      lastSeq: head.last,
      reason: `the log ends at block ${end.version}, but its head names block ${head.version}`,
    };
  }
  if (end.epoch > head.epoch) return damageOfHead(dir, end, 'it is older than the last start');
  // A crash can spoil the slot of a newer commit only, and the log was on disk before it.
  const isExplained = slots!.brokenCount === 1 && end.version > head.version;
  if (slots!.brokenCount === 0 || isExplained) return undefined;
  return damageOfHead(dir, end, 'a part of it cannot be read');
}
