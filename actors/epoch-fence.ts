/**
 * The edge of a failover pair: admits effects of the newest epoch only.
 *
 * A lease alone protects nothing: its holder may be paused between asking and acting. Whoever
 * receives effects keeps a fence, and a new holder shows its epoch here before it looks at
 * anything, so that nothing of the old one can come in behind its back.
 * @see M. Kleppmann, How to do distributed locking, 2016.
 */
import { FencedError, withoutStack } from './errors.ts';

export class EpochFence {
  #epoch: number;

  /** @param epoch the newest one that an earlier life of this edge has seen. */
  constructor(epoch = 0) {
    this.#epoch = epoch;
  }

  /** The newest epoch that was seen. */
  get epoch(): number {
    return this.#epoch;
  }

  /** True when nothing newer was seen; from then on older epochs are refused. A whole number. */
  admits(epoch: number): boolean {
    if (!Number.isSafeInteger(epoch) || epoch < this.#epoch) return false;
    this.#epoch = epoch;
    return true;
  }

  /** @throws {FencedError} when a newer epoch was seen. */
  check(epoch: number): void {
    if (!this.admits(epoch)) throw withoutStack(() => new FencedError(epoch, this.#epoch));
  }
}
