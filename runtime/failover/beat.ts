/** Something that is tried again and again, each time within a limit, one try at a time. */
import type { Clock } from '../../actors/ports.ts';
import { errorText } from '../error-text.ts';

export interface BeatOptions {
  readonly clock: Clock;
  /** Read before each try: a change of the settings holds from the next one on. */
  readonly timing: () => { readonly everyMs: number; readonly limitMs: number };
  /** Throws, or rejects, when it is missed. */
  readonly run: (signal: AbortSignal) => unknown;
  readonly passed?: () => void;
  /** `count`: in a row, this one included. */
  readonly missed?: (why: string, count: number) => void;
}

export class Beat {
  private readonly options: BeatOptions;
  private isStopped = false;
  private isRunning = false;
  private missedCount = 0;
  private withdraw: () => void;

  /** The first try is made at once. */
  constructor(options: BeatOptions) {
    this.options = options;
    this.withdraw = options.clock.at(options.clock.now(), () => this.next());
  }

  stop(): void {
    this.isStopped = true;
    this.withdraw();
  }

  private next(): void {
    if (this.isStopped) return;
    const { clock, timing } = this.options;
    this.withdraw = clock.at(clock.now() + timing().everyMs, () => this.next());
    if (this.isRunning) this.miss('the try before still hangs');
    else void this.try();
  }

  private async try(): Promise<void> {
    const { clock, timing, run, passed } = this.options;
    this.isRunning = true;
    let isLate = false;
    try {
      await within(clock, timing().limitMs, run, (ended) => {
        isLate = true;
        // What hangs is waited for in the background: no second one is begun beside it.
        ended.finally(() => {
          this.isRunning = false;
        });
      });
      if (this.isStopped) return;
      this.missedCount = 0;
      passed?.();
    } catch (error) {
      if (!this.isStopped) this.miss(errorText(error));
    } finally {
      if (!isLate) this.isRunning = false;
    }
  }

  private miss(why: string): void {
    this.missedCount += 1;
    this.options.missed?.(why.slice(0, 200), this.missedCount);
  }
}

/**
 * Runs something, and gives it up once the limit has passed.
 *
 * @param onLate told when it is given up, with a promise that settles when it has ended after all.
 * @throws what it throws, or an error that names the limit.
 */
export async function within<T>(
  clock: Clock,
  limitMs: number,
  run: (signal: AbortSignal) => T | Promise<T>,
  onLate?: (ended: Promise<unknown>) => void,
): Promise<T> {
  const abort = new AbortController();
  const running = new Promise<T>((resolve) => resolve(run(abort.signal)));
  const late = Promise.withResolvers<never>();
  const withdraw = clock.at(clock.now() + limitMs, () => {
    const error = new Error(`no outcome within ${limitMs} ms`);
    onLate?.(running.catch(() => {}));
    late.reject(error);
    abort.abort(error);
  });
  try {
    return await Promise.race([running, late.promise]);
  } finally {
    withdraw();
  }
}

/** Resolves after so many ms of the clock. */
export const sleep = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.at(clock.now() + ms, resolve);
  });
