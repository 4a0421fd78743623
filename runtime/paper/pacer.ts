/** Keeps a run at so many times market time, and ends its waits when it is told to stop. */

/** The run was told to stop while it waited. */
export class StoppedError extends Error {
  constructor() {
    super('stopped');
    this.name = 'StoppedError';
  }
}

export class Pacer {
  private readonly speed: number | 'max';
  private readonly signal: AbortSignal | undefined;
  private readonly stop: Promise<never>;
  private start: { readonly realMs: number; readonly logicalMs: number } | undefined;

  constructor(speed: number | 'max', signal: AbortSignal | undefined) {
    this.speed = speed;
    this.signal = signal;
    this.stop = new Promise((_, reject) => {
      if (signal?.aborted) reject(new StoppedError());
      signal?.addEventListener('abort', () => reject(new StoppedError()), { once: true });
    });
    this.stop.catch(() => {});
  }

  /** Waits until it is time for `dueMs`; undefined when it is. Rejects when the run is stopped. */
  pace(dueMs: number): Promise<void> | undefined {
    if (this.signal?.aborted) return this.stop;
    if (this.speed === 'max') return undefined;
    const realMs = performance.now();
    this.start ??= { realMs, logicalMs: dueMs };
    const waitMs = (dueMs - this.start.logicalMs) / this.speed - (realMs - this.start.realMs);
    // A timer cannot wait for less than a millisecond.
    return waitMs < 1 ? undefined : this.wait(waitMs);
  }

  private async wait(waitMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, waitMs);
    });
    try {
      await this.race(waited);
    } finally {
      clearTimeout(timer);
    }
  }

  /** What the promise gives, unless the run is stopped first. */
  race<T>(promise: Promise<T>): Promise<T> {
    return this.signal ? Promise.race([promise, this.stop]) : promise;
  }
}
