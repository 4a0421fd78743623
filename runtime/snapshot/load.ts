/** Finds the newest snapshot that the journal vouches for. */
import { createHash } from 'node:crypto';
import type { EventLog, SnapshotStore } from '../../actors/ports.ts';
import { isSnapshot, type SnapshotLine } from '../journal/format.ts';
import { readLines } from '../journal/read.ts';
import type { EffectRow, EndRow, HeadRow, NodeRow, Snapshot, TimerRow } from './rows.ts';

export interface LoadOptions {
  /** No newer one than this seq. */
  readonly seqMax?: number;
  /** Told of each that cannot be used, and why. */
  readonly onUnusable?: (seq: number, why: string) => void;
}

/** @returns undefined when none can be used: then the journal is replayed from its start. */
export async function loadSnapshot(
  log: EventLog,
  { seqMax = Number.POSITIVE_INFINITY, onUnusable = () => {} }: LoadOptions = {},
): Promise<Snapshot | undefined> {
  const { snapshots } = log;
  if (!snapshots) return undefined;
  for (const seq of await snapshots.list()) {
    if (seq > seqMax) continue;
    const line = await vouched(log, seq);
    const found = line ? await readOne(snapshots, line) : 'the journal does not name it';
    if (typeof found !== 'string') return found;
    onUnusable(seq, found);
  }
  return undefined;
}

/** What is known of the snapshots beside a journal, by seq. */
export interface SnapshotCheck {
  readonly whole: readonly number[];
  /** Their text is not the one that the journal vouches for. */
  readonly damaged: readonly number[];
  /** Left by a crash before the journal could name them: never used. */
  readonly unnamed: readonly number[];
}

/** Proves every snapshot against the journal. */
export async function checkSnapshots(log: EventLog): Promise<SnapshotCheck> {
  const check = { whole: [] as number[], damaged: [] as number[], unnamed: [] as number[] };
  for (const seq of (await log.snapshots?.list()) ?? []) {
    const line = await vouched(log, seq);
    if (!line) check.unnamed.push(seq);
    else if (typeof (await readOne(log.snapshots!, line)) === 'string') check.damaged.push(seq);
    else check.whole.push(seq);
  }
  return check;
}

/** The line of the journal that vouches for the snapshot after `seq`; it may come later. */
async function vouched(log: EventLog, seq: number): Promise<SnapshotLine | undefined> {
  for await (const line of readLines(log, { seq })) {
    if (isSnapshot(line) && line.snapshot === seq) return line;
  }
  return undefined;
}

/** The snapshot, or what is wrong with it. */
async function readOne(store: SnapshotStore, line: SnapshotLine): Promise<Snapshot | string> {
  const sum = createHash('sha256');
  let text = '';
  try {
    for await (const chunk of store.read(line.snapshot)) {
      sum.update(chunk);
      text += chunk;
    }
  } catch (error) {
    return `it cannot be read: ${(error as Error).message}`;
  }
  if (sum.digest('hex') !== line.hash)
    return 'its text is not the one that the journal vouches for';
  return parseSnapshot(text);
}

/** The rows of a snapshot's text, which has been checked. */
export function parseSnapshot(text: string): Snapshot {
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  const head = rows[0] as HeadRow;
  const { tree } = rows.at(-1) as EndRow;
  const nodes: NodeRow[] = [];
  const timers: TimerRow[] = [];
  const effects: EffectRow[] = [];
  for (const row of rows.slice(1, -1)) {
    if ('node' in row) nodes.push(row as NodeRow);
    else if ('timer' in row) timers.push(row as TimerRow);
    else if ('effect' in row) effects.push(row as EffectRow);
  }
  return { head, nodes, timers, effects, tree };
}
