/** Reads a journal from a seq on, and goes on reading while a writer adds to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog } from '../../actors/ports.ts';
import { readHead } from '../journal/files.ts';
import { isInput, isTurn } from '../journal/format.ts';
import { type ReadLine, readJournal } from '../journal/read.ts';

export interface FollowOptions {
  /** Only entries behind this seq. Default 0: all of them. */
  readonly afterSeq?: number;
  readonly signal?: AbortSignal;
  /** How often the head is looked at, ms. Default 100. */
  readonly pollMs?: number;
}

/** The lines of the entries behind a seq that are there now. */
export async function* readFrom(
  source: string | EventLog,
  { afterSeq = 0 }: Pick<FollowOptions, 'afterSeq'> = {},
): AsyncGenerator<ReadLine, void> {
  for await (const line of readJournal(source)) {
    const seq = isInput(line) ? line.seq : isTurn(line) ? line.turn : 0;
    if (seq > afterSeq) yield line;
  }
}

/**
 * The same, and then those that are committed later, until the signal. Takes no lock; a line comes
 * once.
 */
export async function* followJournal(
  dir: string,
  { afterSeq = 0, signal, pollMs = 100 }: FollowOptions = {},
): AsyncGenerator<ReadLine, void> {
  let lastSeq = afterSeq;
  while (!signal?.aborted) {
    const { last = 0 } = (await readHead(dir))?.newest ?? {};
    if (last > lastSeq) {
      for await (const line of readFrom(dir, { afterSeq: lastSeq })) {
        if (signal?.aborted) return;
        yield line;
        if (isTurn(line)) lastSeq = line.turn;
      }
    }
    await sleep(pollMs, undefined, { ...(signal && { signal }) }).catch(() => {});
  }
}
