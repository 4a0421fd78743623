/**
 * The lines of a tree snapshot: first the head, then the rows, last the end. Each is one JSON
 * object; what it is shows by its first key. Values are encoded as in the journal.
 */
import type { SpecName } from '../core.ts';
import type { SavedDigest } from '../engine/digest.ts';
import type { FORMAT, Json } from '../journal/format.ts';
import type { NodeStatus, Work } from '../supervision/node.ts';

export interface HeadRow {
  readonly format: typeof FORMAT;
  /** The seq after which it was taken. */
  readonly snapshot: number;
  readonly at: number;
  readonly ids: number;
  readonly digest: SavedDigest;
  readonly settings: Json;
  /** What the host gave at its last start, where that differs. */
  readonly given?: Json;
  readonly deadLetterCount: number;
  /** Starts at places that are gone. */
  readonly startsBefore: readonly (readonly [path: string, count: number])[];
  /** Crashes to come, in tests. */
  readonly armed: readonly (readonly [path: string, error: Json])[];
  /** What the host's observer asked to keep. */
  readonly observer?: Json;
}

/** An actor with all that it made itself. */
export interface ActorRow {
  readonly session: string;
  readonly status: string;
  /** Context, input, output and error, as far as there are any. */
  readonly data: { readonly [field: string]: Json };
  /** State value of a machine. */
  readonly value?: Json;
  /** Ids of the states that history states remember. */
  readonly history?: { readonly [id: string]: readonly string[] };
  /** By the key under which the machine knows them. */
  readonly children?: { readonly [key: string]: ChildRow };
  /** Those that run, but that the machine knows no more. */
  readonly displaced?: readonly ChildRow[];
  /** Ids of both in the order in which they were made, where it differs: they end in reverse. */
  readonly order?: readonly string[];
  /** Whole snapshot of a logic of the user's own kind. */
  readonly custom?: Json;
}

export interface ChildRow extends ActorRow {
  readonly id: string;
  /** Name of its logic in the machine that made it. */
  readonly src: string;
  readonly systemId?: string;
  /** Whether it tells its parent of each of its snapshots. */
  readonly tells?: true;
}

/** Where the specification of a place comes from. */
export type Origin = 'tree' | SpecName;

export interface NodeRow {
  readonly node: string;
  readonly origin: Origin;
  readonly status: NodeStatus;
  readonly incarnation: number;
  readonly restartCount: number;
  readonly startedAtMs: number;
  readonly stoppingAtMs: number;
  readonly attempt: number;
  readonly hasRun: boolean;
  readonly lastError?: string;
  readonly given?: Json;
  readonly work?: Omit<Work, 'waitsFor'> & { readonly waitsFor?: string };
  /** The orders of its chart were carried out. */
  readonly hasObeyed: boolean;
  readonly reports?: readonly Json[];
  readonly poison?: PoisonRow;
  readonly memory?: MemoryRow;
  readonly actor?: ActorRow;
}

export interface PoisonRow {
  readonly event: Json;
  readonly count: number;
}

export interface MemoryRow {
  readonly persisted?: Json;
  readonly timers: readonly TimerRow[];
  /** Its poison is that of the node. */
  readonly isPoisoned: boolean;
}

export interface TimerRow {
  /** Path of who asked. */
  readonly timer: string;
  readonly target: string;
  readonly id: string;
  readonly name?: string;
  readonly event: Json;
  readonly delayMs: number;
  readonly deadlineMs: number;
  readonly cause: number;
}

/** An effect that waits for its outcome. */
export interface EffectRow {
  readonly effect: string;
  readonly id: string;
  readonly seq: number;
}

export interface EndRow {
  /** Rows between head and end. */
  readonly end: number;
  /** SHA-256, in hex, over the rows: the digest of the whole tree. */
  readonly tree: string;
}

export type BodyRow = NodeRow | TimerRow | EffectRow;

/** A snapshot that was read and proven. */
export interface Snapshot {
  readonly head: HeadRow;
  readonly nodes: readonly NodeRow[];
  readonly timers: readonly TimerRow[];
  readonly effects: readonly EffectRow[];
  readonly tree: string;
}
