/**
 * Memory for the numbers of jobs, used again: making it anew for each job, and freeing it, holds up
 * the host longer than copying does.
 */

/** Beyond these bytes, what is given back is left to the garbage collector. */
const bytesMax = 64 * 1024 ** 2;
/** Unused for so long, all of it is let go, ms. */
const idleMs = 30_000;

export class SharedBuffers {
  private readonly free = new Map<number, SharedArrayBuffer[]>();
  private idle: NodeJS.Timeout | undefined;
  /** Bytes that nobody uses. */
  freeBytes = 0;

  /** What was in it before is in it still. */
  take(byteLength: number): SharedArrayBuffer {
    const buffer = this.free.get(byteLength)?.pop();
    if (!buffer) return new SharedArrayBuffer(byteLength);
    this.freeBytes -= byteLength;
    return buffer;
  }

  /** Only for one that nobody reads any more. */
  give(buffer: SharedArrayBuffer): void {
    const { byteLength } = buffer;
    if (byteLength === 0 || byteLength > bytesMax) return;
    // Jobs of another size come now.
    if (this.freeBytes + byteLength > bytesMax) this.clear();
    const same = this.free.get(byteLength);
    if (same) same.push(buffer);
    else this.free.set(byteLength, [buffer]);
    this.freeBytes += byteLength;
    if (this.idle) this.idle.refresh();
    else this.idle = setTimeout(() => this.clear(), idleMs).unref();
  }

  clear(): void {
    clearTimeout(this.idle);
    this.idle = undefined;
    this.free.clear();
    this.freeBytes = 0;
  }
}
