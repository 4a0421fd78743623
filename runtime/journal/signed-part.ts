/** Follows the signatures of a log while it is walked: how far they reach, and what is wrong. */

import { GENESIS_HASH } from './chain.ts';
import type { Damage } from './damage.ts';
import { rangeBehind } from './damage.ts';
import { headFile, segmentFile } from './files.ts';
import type { BlockLine } from './format.ts';
import type { SignedHead } from './head-file.ts';
import type { KeyRing } from './keys.ts';
import { checkpointFault, headFault, ownLinesOf } from './own-blocks.ts';

/** How far signatures reach. */
export interface Signed {
  /** Ids of the keys that signed. */
  readonly keys: readonly string[];
  /** Checkpoints whose signature is right. */
  readonly checkpoints: number;
  /** The last entry that a right signature covers. */
  readonly upToSeq: number;
}

type Place = Pick<BlockLine, 'block' | 'last' | 'hash'>;

export class SignedPart {
  readonly #dir: string;
  readonly #ring: KeyRing;
  readonly #keys = new Set<string>();
  #checkpoints = 0;
  #upToSeq = 0;
  #before: Place = { block: 0, last: 0, hash: GENESIS_HASH };
  /** The last block that a checkpoint covers, and the segment of the one behind it. */
  #covered = { block: 0, lastSeq: 0, segment: 1 };
  damage: Damage | undefined;

  constructor(dir: string, ring: KeyRing) {
    this.#dir = dir;
    this.#ring = ring;
  }

  get facts(): Signed {
    const upToSeq = this.#upToSeq;
    return { keys: [...this.#keys], checkpoints: this.#checkpoints, upToSeq };
  }

  /** Takes the next block; only those without entries are looked into. */
  see(line: BlockLine, bytes: Uint8Array, segment: number, isFirst: boolean): void {
    if (line.first === line.last && line.last === this.#before.last) {
      const fault = this.#faultOf(bytes, segment, isFirst);
      if (fault !== undefined) {
        this.#blame(segmentFile(this.#dir, this.#covered.segment), line.last, fault);
      }
    }
    this.#before = line;
  }

  #faultOf(bytes: Uint8Array, segment: number, isFirst: boolean): string | undefined {
    const { segment: start, checkpoint } = ownLinesOf(bytes);
    if (isFirst && start?.key === undefined) return `segment ${segment} names no key`;
    if (checkpoint === undefined) {
      return isFirst && segment > 1 ? `segment ${segment} begins without a checkpoint` : undefined;
    }
    const fault = checkpointFault(checkpoint, this.#before, this.#ring);
    if (fault !== undefined) return `the checkpoint of block ${this.#before.block}: ${fault}`;
    this.#keys.add(checkpoint.key);
    this.#checkpoints += 1;
    this.#upToSeq = this.#before.last;
    this.#covered = { block: this.#before.block, lastSeq: this.#before.last, segment };
    return undefined;
  }

  /** Takes the head, once the walk has shown that it names a block of this log. */
  seeHead(head: SignedHead): void {
    const fault = headFault(head, this.#ring);
    if (fault !== undefined) {
      this.#blame(headFile(this.#dir), head.last, `the head: ${fault}`);
      return;
    }
    this.#keys.add(head.key);
    this.#upToSeq = Math.max(this.#upToSeq, head.last);
  }

  #blame(file: string, lastSeq: number, reason: string): void {
    const { block, segment } = this.#covered;
    this.damage ??= {
      ...{ kind: 'signature', file, segment, block: block + 1, reason },
      ...rangeBehind(this.#covered, lastSeq),
    };
  }
}
