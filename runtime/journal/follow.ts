/** Follows the journal of a living process: what is there, then what comes, across segments. */
import { setTimeout as sleep } from 'node:timers/promises';
import { checkedBlocks } from './audit.ts';
import { noJournal } from './failure.ts';
import { folderOf, readHead } from './files.ts';
import type { SignedHead } from './head-file.ts';
import { emptyEnd, type LogEnd } from './log-end.ts';
import { earlierThan } from './position.ts';
import { bodiesOf, positionAfter, type ReadLine, type ReadOptions, readLinesOf } from './read.ts';
import { boundaryBefore } from './segments.ts';
import { endOfBatch } from './walk.ts';

export interface FollowOptions extends ReadOptions {
  /** Ends the following; without it the reader ends it by leaving its loop. */
  readonly signal?: AbortSignal | undefined;
  /** Pause between two looks at the head, ms. Default: 100. */
  readonly pollMs?: number | undefined;
}

const endOf = (head: SignedHead | undefined) => head ?? emptyEnd;

/** Sleeps, or wakes early because of the signal. */
async function pause(pollMs: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(pollMs, undefined, signal && { signal }).catch(() => {});
}

/**
 * Yields the lines of a journal as `readJournal` does, then goes on with those that its writer
 * commits, until the signal. Reads nothing twice, takes no lock, and yields nothing that the head
 * does not name: what it tells is on the disk. It outlives the writer and follows the next one.
 *
 * @throws {JournalCorruptError} behind the last line that can be trusted.
 * @throws {JournalUnavailableError} when the folder holds no journal or cannot be read.
 */
export async function* followJournal(
  dir: string,
  { afterSeq = -1, signal, pollMs = 100 }: FollowOptions = {},
): AsyncGenerator<ReadLine, void> {
  const folder = folderOf(dir);
  const position = positionAfter(afterSeq);
  const isEarly = earlierThan(position);
  let at: LogEnd | undefined;
  while (!signal?.aborted) {
    const head = (await readHead(folder))?.newest;
    if (head === undefined) throw noJournal(folder.dir);
    at ??= head.segment === 0 ? emptyEnd : await boundaryBefore(folder, position, head.segment);
    if (head.version <= at.version) {
      await pause(pollMs, signal);
      continue;
    }
    for await (const batch of checkedBlocks(folder, { from: at, to: endOf })) {
      for (const body of bodiesOf(folder.dir, batch)) {
        if (isEarly(body)) continue;
        for (const line of readLinesOf(body, afterSeq)) {
          if (signal?.aborted) return;
          yield line;
        }
      }
      at = endOfBatch(batch);
    }
  }
}
