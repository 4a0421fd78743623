/**
 * The hash chain: each block is sealed with SHA-256 over the previous hash and its own bytes.
 *
 * The block line is written in exactly one way, so that a reader can compare it byte by byte, and
 * its own numbers are hashed with the lines above it: nothing in a journal stands outside the
 * chain.
 */
import { hash } from 'node:crypto';
import type { LogBlock } from '../../actors/ports.ts';
import type { BlockLine } from './format.ts';

/** What stands for the previous hash in the first block. */
export const GENESIS_HASH = '0'.repeat(64);

/** How every block line starts; no other line of a journal may start like this. */
export const BLOCK_MARK = '{"block":';

/** Bytes at the end of a block that its hash does not cover: the hash itself and what frames it. */
export const SEAL_BYTES = ',"hash":"'.length + 64 + '"}\n'.length;

/** A block longer than this is refused: a reader holds one block in memory, and must stay small. */
export const BLOCK_BYTES_LIMIT = 64 * 1024 * 1024;

/** The numbers of a block line. */
export type BlockNumbers = Omit<BlockLine, 'hash'>;

const closing = ({ block, first, last, epoch }: BlockNumbers): string =>
  `${BLOCK_MARK}${block},"first":${first},"last":${last},"epoch":${epoch}`;

const seal = (digest: string): string => `,"hash":"${digest}"}\n`;

/** The block line in its one spelling. */
export const blockLine = (line: BlockLine): string => closing(line) + seal(line.hash);

const hashText = (previousHash: string, covered: string): string =>
  hash('sha256', `${previousHash}\n${covered}`, 'hex');

/** Closes `lines` (complete lines, each ended by a newline) into the next block of the chain. */
export function sealBlock(previousHash: string, lines: string, numbers: BlockNumbers): LogBlock {
  const covered = lines + closing(numbers);
  const digest = hashText(previousHash, covered);
  return {
    version: numbers.block,
    firstSeq: numbers.first,
    lastSeq: numbers.last,
    hash: digest,
    text: covered + seal(digest),
  };
}

/** Whether a block follows the one with `previousHash` and carries the hash of its own text. */
export function isChained(previousHash: string, block: LogBlock): boolean {
  return (
    hashText(previousHash, block.text.slice(0, -SEAL_BYTES)) === block.hash &&
    block.text.endsWith(seal(block.hash))
  );
}

const number = '(0|[1-9][0-9]{0,15})';
const pattern = new RegExp(
  `^\\{"block":${number},"first":${number},"last":${number},"epoch":${number},` +
    '"hash":"([0-9a-f]{64})"\\}\\n$',
);

/** Reads a block line; `undefined` unless it is spelled exactly as `blockLine` spells it. */
export function parseBlockLine(text: string): BlockLine | undefined {
  const found = pattern.exec(text);
  if (found === null) return undefined;
  const [, block, first, last, epoch, digest] = found;
  return {
    block: Number(block),
    first: Number(first),
    last: Number(last),
    epoch: Number(epoch),
    hash: digest!,
  };
}

/**
 * Hashes blocks that are read as bytes. It copies them behind the previous hash into one buffer
 * that it keeps: one call of `crypto.hash` costs half of `createHash` with two updates on small
 * blocks.
 */
export function blockHasher(): (previousHash: string, block: Uint8Array) => string {
  let scratch = Buffer.allocUnsafe(128 * 1024);
  return (previousHash, block) => {
    const length = 65 + block.length - SEAL_BYTES;
    if (scratch.length < length) scratch = Buffer.allocUnsafe(length * 2);
    scratch.write(`${previousHash}\n`, 'latin1');
    scratch.set(block.subarray(0, block.length - SEAL_BYTES), 65);
    return hash('sha256', scratch.subarray(0, length), 'hex');
  };
}

/**
 * Refuses a block that would make the log unreadable.
 *
 * @throws {TypeError} when the text does not end with the block line of these numbers.
 */
export function checkBlock(block: LogBlock, epoch: number): void {
  const { version, firstSeq, lastSeq, hash: digest } = block;
  const line = blockLine({ block: version, first: firstSeq, last: lastSeq, epoch, hash: digest });
  if (block.text.endsWith(line)) return;
  throw new TypeError(`Block ${version} must end with its block line ${line.trimEnd()}.`);
}
