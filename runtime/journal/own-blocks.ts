/**
 * Blocks that the file log writes itself, without entries: the one that begins each segment, and
 * checkpoints, which sign the chain before them.
 */
import { verify } from 'node:crypto';
import type { LogBlock } from '../../actors/ports.ts';

import { sealBlock } from './chain.ts';
import { type BlockLine, type CheckpointLine, FORMAT, type SegmentLine } from './format.ts';
import { headText, type SignedHead } from './head-file.ts';
import type { KeyRing, Signer } from './keys.ts';
import type { LogEnd } from './log-end.ts';

const SEGMENT_MARK = `{"format":${FORMAT},"segment":`;
const CHECKPOINT_MARK = `{"format":${FORMAT},"checkpoint":`;

type Checkpoint = Omit<CheckpointLine, 'format' | 'signature'>;

/** The text that the signature of a checkpoint is over: its line up to there. */
const checkpointText = ({ checkpoint, last, hash, key }: Checkpoint): string =>
  `${CHECKPOINT_MARK}${checkpoint},"last":${last},"hash":"${hash}","key":"${key}"`;

function checkpointLine(end: LogEnd, signer: Signer): string {
  const { version, lastSeq, hash } = end;
  const text = checkpointText({ checkpoint: version, last: lastSeq, hash, key: signer.key });
  return `${text},"signature":"${signer.sign(text)}"}\n`;
}

function segmentLine(end: LogEnd, epoch: number, key: string): string {
  const { segment, bytes, version, lastSeq, hash } = end;
  const line: SegmentLine = {
    format: FORMAT,
    segment: segment + 1,
    epoch,
    key,
    ...(version > 0 && { previous: { bytes, block: version, last: lastSeq, hash } }),
  };
  return `${JSON.stringify(line)}\n`;
}

const ownBlock = (end: LogEnd, epoch: number, lines: string): LogBlock =>
  sealBlock(end.hash, lines, {
    block: end.version + 1,
    first: end.lastSeq,
    last: end.lastSeq,
    epoch,
  });

/** The first block of the segment behind `end`. It signs the chain so far, if there is any. */
export function segmentBlock(end: LogEnd, epoch: number, signer: Signer): LogBlock {
  const signed = end.version === 0 ? '' : checkpointLine(end, signer);
  return ownBlock(end, epoch, segmentLine(end, epoch, signer.key) + signed);
}

/** A block that signs the chain up to `end`. */
export const checkpointBlock = (end: LogEnd, epoch: number, signer: Signer): LogBlock =>
  ownBlock(end, epoch, checkpointLine(end, signer));

/** What the log itself says in a block. */
export interface OwnLines {
  readonly segment: SegmentLine | undefined;
  readonly checkpoint: CheckpointLine | undefined;
}

/** Looks for lines of the log's own in a block without entries. */
export function ownLinesOf(bytes: Uint8Array): OwnLines {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString().split('\n');
  const find = (mark: string): unknown => {
    const text = lines.find((line) => line.startsWith(mark));
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch {
      return undefined;
    }
  };
  return {
    segment: find(SEGMENT_MARK) as SegmentLine | undefined,
    checkpoint: find(CHECKPOINT_MARK) as CheckpointLine | undefined,
  };
}

function signatureFault(
  ring: KeyRing,
  key: string,
  text: string,
  signature: string,
): string | undefined {
  const publicKey = ring.get(key);
  if (publicKey === undefined)
    return `it is signed with the key ${key}, which is not among the known ones`;
  const isValid = verify(null, Buffer.from(text), publicKey, Buffer.from(`${signature}`, 'base64'));
  return isValid ? undefined : `it does not bear the signature of the key ${key}`;
}

/** What is wrong with a checkpoint that should sign the chain up to the block `before`. */
export function checkpointFault(
  line: CheckpointLine,
  before: Pick<BlockLine, 'block' | 'last' | 'hash'>,
  ring: KeyRing,
): string | undefined {
  const { checkpoint, last, hash, key, signature } = line;
  const isOfChain = checkpoint === before.block && last === before.last && hash === before.hash;
  if (!isOfChain) return 'it signs another chain';
  return signatureFault(ring, key, checkpointText(line), signature);
}

/** What is wrong with the signature of a head. */
export const headFault = (head: SignedHead, ring: KeyRing): string | undefined =>
  signatureFault(ring, head.key, headText(head), head.signature);
