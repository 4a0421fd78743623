/**
 * Reads a journal once to find an entry, what led to it and what it led to. Of the entries before
 * it, only the seq of each one's cause is kept.
 */
import { type InputLine, isInput, type JournalLine } from '../journal/format.ts';

/** Causes that are kept, besides the one that came from outside. */
const CAUSES_MAX = 100;
/** Later entries that are kept. */
const LATER_MAX = 200;

export interface Lineage {
  /** Last entry of the journal; 0 when it has none. */
  readonly lastSeq: number;
  readonly entry: InputLine | undefined;
  /** Seqs of its causes, from the nearest to the one that came from outside. */
  readonly causes: readonly number[];
  /** Causes between the last two of them that are left out. */
  readonly causesLeftOut: number;
  /** Entries that it led to, also through others, in the order of the journal. */
  readonly later: readonly InputLine[];
  /** There are more of them. */
  readonly laterCut: boolean;
}

export async function lineageOf(
  lines: AsyncIterable<JournalLine>,
  seq: number,
  laterMax = LATER_MAX,
): Promise<Lineage> {
  /** By seq; 0 for what came from outside. */
  const causeBySeq: number[] = [0];
  const led = new Set([seq]);
  const later: InputLine[] = [];
  let entry: InputLine | undefined;
  let lastSeq = 0;
  let laterCut = false;
  for await (const line of lines) {
    if (!isInput(line)) continue;
    lastSeq = line.seq;
    if (line.seq <= seq) causeBySeq[line.seq] = line.cause ?? 0;
    if (line.seq === seq) entry = line;
    if (line.seq <= seq || line.cause === undefined || !led.has(line.cause)) continue;
    if (later.length === laterMax) {
      laterCut = true;
    } else {
      led.add(line.seq);
      later.push(line);
    }
  }
  const causes: number[] = [];
  // A cause is older than its effect: what says otherwise ends the walk.
  for (let at = seq, next = causeBySeq[at] ?? 0; next > 0 && next < at; ) {
    causes.push(next);
    at = next;
    next = causeBySeq[at] ?? 0;
  }
  const near = causes.slice(0, CAUSES_MAX);
  const left = causes.length - near.length;
  const kept = left > 0 ? [...near, causes.at(-1)!] : near;
  const causesLeftOut = Math.max(0, left - 1);
  return { lastSeq, entry, causes: kept, causesLeftOut, later, laterCut };
}
