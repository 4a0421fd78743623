/** The last entries of a journal, and those that are still to come. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readHead } from '../journal/files.ts';
import { followJournal } from '../journal/follow.ts';
import { type EntryOptions, readEntries } from './entries.ts';
import { type JournalEntry, joinTurns } from './entry.ts';
import { entryFilter } from './filter.ts';

export interface TailOptions extends EntryOptions {
  /** How many of the last entries that pass the filter. Default 10; 0 for none. */
  readonly count?: number;
  /**
   * Goes on with entries as they are committed, until the signal or the filter's end; waits for a
   * journal that is not there yet.
   */
  readonly follow?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** How often to look for new entries, ms. Default 100. */
  readonly pollMs?: number;
  /** Told when there is no journal yet and `follow` waits for one. */
  readonly onAbsent?: () => void;
  /** Told once, behind the last entry that is there now. */
  readonly onCaughtUp?: () => void;
}

/**
 * The last `count` entries that pass the filter, in order; memory holds no more than these. A
 * damaged journal gives the last ones before the damage, then its error.
 *
 * @throws {RangeError} when filter or count make no sense.
 * @throws {JournalCorruptError} behind the last entry that can be trusted.
 * @throws {JournalUnavailableError} when the folder holds no journal, unless `follow`.
 */
export async function* tailJournal(
  dir: string,
  options: TailOptions = {},
): AsyncGenerator<JournalEntry, void> {
  const { count = 10, follow = false, signal } = options;
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(`Count must be a whole number from 0, got ${count}.`);
  }
  const { passes, isPast } = entryFilter(options);
  if (follow) await journalThere(dir, options);
  if (signal?.aborted) return;
  const last = new Ring<JournalEntry>(count);
  let lastSeq = 0;
  let failure: unknown;
  const onEntry = (entry: JournalEntry): void => {
    lastSeq = entry.seq;
    options.onEntry?.(entry);
  };
  try {
    for await (const entry of readEntries(dir, { ...options, onEntry })) {
      if (signal?.aborted) return;
      last.add(entry);
    }
  } catch (error) {
    failure = error;
  }
  yield* last.inOrder();
  if (failure !== undefined) throw failure;
  options.onCaughtUp?.();
  if (!follow || lastSeq >= (options.until ?? Number.POSITIVE_INFINITY)) return;
  const afterSeq = Math.max(lastSeq, (options.from ?? 1) - 1);
  const pollMs = options.pollMs ?? 100;
  const lines = followJournal(dir, { afterSeq, pollMs, ...(signal && { signal }) });
  for await (const entry of joinTurns(lines)) {
    if (signal?.aborted || isPast(entry)) return;
    options.onEntry?.(entry);
    if (passes(entry)) yield entry;
  }
}

/** Waits until there is a journal. */
async function journalThere(dir: string, options: TailOptions): Promise<void> {
  const { signal, pollMs = 100, onAbsent } = options;
  for (let looks = 0; !signal?.aborted; looks += 1) {
    if ((await readHead(dir)) !== undefined) return;
    if (looks === 0) onAbsent?.();
    await sleep(pollMs, undefined, { ...(signal && { signal }) }).catch(() => {});
  }
}

/** Keeps the last ones it was given. */
class Ring<T> {
  readonly #kept: T[] = [];
  readonly #size: number;
  #next = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(value: T): void {
    if (this.#size === 0) return;
    this.#kept[this.#next] = value;
    this.#next = (this.#next + 1) % this.#size;
  }

  *inOrder(): Iterable<T> {
    yield* this.#kept.slice(this.#next);
    yield* this.#kept.slice(0, this.#next);
  }
}
