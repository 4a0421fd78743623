/**
 * What is alive on a GPU, in bytes: no driver tells. Buffers that are given back are kept for the
 * next job; from the clean-up mark on those go that were not used for the longest time.
 */

export interface LedgerLimits {
  readonly bytesMax: number;
  /** Share of `bytesMax` that may be taken. */
  readonly limitRatio: number;
  /** Share from which on buffers that nobody uses are destroyed. */
  readonly cleanupRatio: number;
}

export interface Destroyable {
  destroy(): void;
}

interface Entry<B> {
  readonly buffer: B;
  readonly key: string;
  readonly bytes: number;
}

export class BufferLedger<B extends Destroyable> {
  private readonly limits: LedgerLimits;
  private readonly used = new Map<B, Entry<B>>();
  /** The longest unused first. */
  private readonly idle = new Set<Entry<B>>();
  /** Bytes of all buffers, used or not. */
  bytes = 0;

  constructor(limits: LedgerLimits) {
    this.limits = limits;
  }

  get usedCount(): number {
    return this.used.size;
  }

  /**
   * A buffer of a kind and size, used before or new.
   *
   * @param kind what it may be used for: buffers of two kinds are never exchanged.
   * @throws {RangeError} when the limit leaves no place for it.
   */
  take(kind: string, bytes: number, make: () => B): B {
    const key = `${kind} ${bytes}`;
    for (const entry of this.idle) {
      if (entry.key !== key) continue;
      this.idle.delete(entry);
      this.used.set(entry.buffer, entry);
      return entry.buffer;
    }
    const limit = Math.floor(this.limits.bytesMax * this.limits.limitRatio);
    this.shrink(limit - bytes);
    if (this.bytes + bytes > limit) {
      throw new RangeError(
        `GPU memory: ${bytes} bytes are wanted, ${this.bytes} of ${limit} are taken.`,
      );
    }
    const entry = { buffer: make(), key, bytes };
    this.used.set(entry.buffer, entry);
    this.bytes += bytes;
    return entry.buffer;
  }

  give(buffer: B): void {
    const entry = this.used.get(buffer);
    if (!entry) return;
    this.used.delete(buffer);
    this.idle.add(entry);
    this.shrink(Math.floor(this.limits.bytesMax * this.limits.cleanupRatio));
  }

  /** Destroys unused buffers until no more than so many bytes are alive, if that is possible. */
  private shrink(bytesMax: number): void {
    for (const entry of this.idle) {
      if (this.bytes <= bytesMax) return;
      this.idle.delete(entry);
      this.bytes -= entry.bytes;
      entry.buffer.destroy();
    }
  }

  /** Destroys all that nobody uses. */
  clear(): void {
    this.shrink(-1);
  }
}
