/** Names what is wrong with a log: which segment, which block, which entries, and why. */
import { JournalCorruptError } from '../../actors/errors.ts';
import { headFile, publicKeyFile, segmentFile } from './files.ts';
import type { HeadFile, HeadRecord } from './head-file.ts';
import type { LogEnd, Obstacle } from './log-end.ts';

/** Where a journal is damaged, and how. */
export interface Damage {
  /**
   * `changed`: the bytes of a block are not those that were written; `missing`: a block, its block
   * line, or a segment is gone from the middle; `cut`: the log ends before its head; `added`:
   * something stands behind the end of a journal that was closed; `head`: head.json is damaged,
   * gone, or belongs to another log; `signature`: a part is not signed as it should be; `keys`: the
   * public keys in the folder are damaged or gone; `history`: it is not the log that an outside
   * copy of the head was taken from.
   */
  readonly kind:
    | 'changed'
    | 'missing'
    | 'cut'
    | 'added'
    | 'head'
    | 'signature'
    | 'keys'
    | 'history';
  readonly file: string;
  /** The segment that the block lies in, or should lie in. */
  readonly segment: number;
  /** The first block that cannot be trusted. */
  readonly block: number;
  /** The entries that it holds, or should hold; all that are in doubt, where it is not alone. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly reason: string;
}

/** The error that stops a start or a read. */
export function corrupt(damage: Damage): JournalCorruptError {
  const { file, block, firstSeq, lastSeq, reason } = damage;
  return new JournalCorruptError(
    `Journal is damaged: ${file}, block ${block} (seq ${firstSeq} to ${lastSeq}): ${reason}. ` +
      `${wayOut(damage)}.`,
    { file, block, firstSeq, lastSeq },
  );
}

const backup =
  'Restore the folder from a backup, or keep it for review and start in another folder with ' +
  '--journal';

function wayOut({ kind, file }: Damage): string {
  if (kind === 'keys') {
    return `Put '${file}' back as it was, with the public key of each key that signed this journal`;
  }
  if (kind !== 'signature') return backup;
  return `If that key is one of yours, add its public key to public-key.pem. Otherwise: ${backup}`;
}

/** Entries behind `end`, up to `lastSeq`, as they are told to people. */
export const rangeBehind = (end: { readonly lastSeq: number }, lastSeq: number) => {
  const last = Math.max(end.lastSeq, lastSeq);
  return { firstSeq: Math.min(end.lastSeq + 1, last), lastSeq: last };
};

/** Whether the block line at hand is whole and belongs to a later block than the due one. */
function isOfLaterBlock(end: LogEnd, { line, next }: Obstacle, head?: HeadRecord): boolean {
  const due = end.version + 1;
  if (line === undefined || line.block <= due) return false;
  return next === undefined ? head?.version !== due : next.block === line.block + 1;
}

/** Last entry of the block that is due, told by its neighbours first: its own line may lie. */
function lastSeqOf(end: LogEnd, obstacle: Obstacle, head?: HeadRecord): number {
  const { line, next, lastBefore } = obstacle;
  const due = end.version + 1;
  if (lastBefore !== undefined && isOfLaterBlock(end, obstacle, head)) return lastBefore;
  if (next?.block === due + 1) return next.lastBefore;
  if (head?.version === due) return head.last;
  return line?.last ?? next?.lastBefore ?? head?.last ?? end.lastSeq;
}

/** Names the damage of the block that should follow `end`. */
export function damageOfBlock(
  dir: string,
  end: LogEnd,
  obstacle: Obstacle,
  head: HeadRecord | undefined,
): Damage {
  const { segment, bytes, startBytes, isClosed, fault } = obstacle;
  const endsEarly = head?.segment === segment && startBytes + bytes < head.bytes;
  const isCut = obstacle.isCut || (obstacle.isTorn && !isClosed && endsEarly);
  const isMissing = bytes === 0 || isOfLaterBlock(end, obstacle, head);
  const kind = isCut ? 'cut' : isMissing ? 'missing' : 'changed';
  return {
    kind,
    file: segmentFile(dir, segment),
    segment,
    block: end.version + 1,
    ...rangeBehind(end, lastSeqOf(end, obstacle, head)),
    reason: isCut ? 'the file ends in the middle of it' : fault,
  };
}

/** Names damage of head.json. */
export const damageOfHead = (dir: string, end: LogEnd, reason: string): Damage => ({
  kind: 'head',
  file: headFile(dir),
  segment: end.segment,
  block: end.version,
  firstSeq: end.firstSeq,
  lastSeq: end.lastSeq,
  reason,
});

/** Names damage of the public keys in the folder: no entry can be proved. */
export const damageOfKeys = (dir: string, end: LogEnd, reason: string): Damage => ({
  kind: 'keys',
  file: publicKeyFile(dir),
  segment: 1,
  block: 1,
  ...rangeBehind({ lastSeq: 0 }, end.lastSeq),
  reason,
});

/** Names what stands behind a head that says that the journal was closed. */
export const damageOfAddition = (
  dir: string,
  head: HeadRecord,
  segment: number,
  lastSeq: number,
): Damage => ({
  kind: 'added',
  file: segmentFile(dir, segment),
  segment,
  block: head.version + 1,
  ...rangeBehind({ lastSeq: head.last }, lastSeq),
  reason: 'it stands behind the end at which the journal was closed',
});

/** Names the damage that shows only once the end of the log is known. */
export function damageAtEnd(
  dir: string,
  end: LogEnd,
  isTorn: boolean,
  slots: HeadFile | undefined,
): Damage | undefined {
  const head = slots?.newest;
  if (head === undefined) {
    const isFresh = end.version === 0 && !isTorn && slots === undefined;
    return isFresh ? undefined : damageOfHead(dir, end, 'it is missing or cannot be read');
  }
  if (end.version < head.version) {
    const segment = Math.min(end.segment + 1, head.segment);
    return {
      kind: 'cut',
      file: segmentFile(dir, segment),
      segment,
      block: end.version + 1,
      ...rangeBehind(end, head.last),
      reason: `the log ends at block ${end.version}, but its head names block ${head.version}`,
    };
  }
  if (end.epoch > head.epoch) return damageOfHead(dir, end, 'it is older than the last start');
  // A crash can spoil the slot of a newer commit only, and the log was on disk before it.
  const isExplained = slots!.brokenCount === 1 && end.version > head.version && !head.closed;
  if (slots!.brokenCount === 0 || isExplained) return undefined;
  return damageOfHead(dir, end, 'a part of it cannot be read');
}
