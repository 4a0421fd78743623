/**
 * The lines of a journal, format 1. Every line is one JSON object; what it is shows by its keys.
 *
 * Order in a journal: header, then for each entry its input line and its turn line; each group of
 * them is closed by a block line. Only inputs take a `seq`. Segment, checkpoint and snapshot lines
 * stand between entries.
 */

export const FORMAT = 1;

/** Anything that is JSON. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** What a journal begins with, once. */
export interface HeaderLine {
  readonly format: typeof FORMAT;
  /** Name of this journal among all others, drawn at random: keys of effects begin with it. */
  readonly id: string;
  /** Seed of all random streams. */
  readonly seed: number;
  /** Effective settings at the start, secrets redacted. */
  readonly settings: Json;
  /** Machine id to hash of its chart. */
  readonly machines: { readonly [id: string]: string };
  /** Name of the tree's builder, as in `paper`; `custom` when the host gave the tree itself. */
  readonly host: string;
}

export type InputKind = 'event' | 'timer' | 'outcome' | 'settings' | 'child' | 'command' | 'resume';

/**
 * Commit class: `safety` is on disk before its effects run, others within the group commit time.
 */
export type CommitClass = 'normal' | 'safety';

/** One thing that entered the runtime. */
export interface InputLine {
  readonly seq: number;
  /** Logical time, ms. */
  readonly at: number;
  readonly kind: InputKind;
  /** The actor it goes to; '' for the runtime itself. */
  readonly path: string;
  /** Event, outcome, timer id, patch or order, by kind. */
  readonly event: Json;
  /** The seq that led to it; absent when it came from outside. */
  readonly cause?: number;
  readonly class?: 'safety';
}

/** What one actor's state became. */
export interface ChangeRow {
  readonly path: string;
  /** State value of a machine, or status of another logic, when it changed. */
  readonly to?: Json;
  /** Top-level context fields that changed: as they are when small, else `{ "#": hash }`. */
  readonly fields?: { readonly [field: string]: Json };
  /** Which start of this path, when above 0. */
  readonly incarnation?: number;
}

/** What one entry did. */
export interface TurnLine {
  readonly turn: number;
  readonly changed?: readonly ChangeRow[];
  /** Actors that ended in this turn, and why. */
  readonly down?: readonly { readonly path: string; readonly why: string }[];
  /** Messages of this turn that nobody took, or that were given up as poison. */
  readonly dead?: readonly { readonly path: string; readonly type: string; readonly why: string }[];
  /** Effects asked for. */
  readonly effects?: readonly {
    readonly id: string;
    readonly port: string;
    readonly request?: Json;
  }[];
  /** Facts that machines emitted. */
  readonly facts?: readonly Json[];
  /** Timers that the restart of the process changed, by the policy of each. */
  readonly timers?: readonly {
    readonly path: string;
    readonly id: string;
    readonly policy: 'remaining' | 'restart' | 'drop';
    /** New deadline, ms; absent when dropped. */
    readonly deadlineMs?: number;
  }[];
  /** Throws of function actions that ran inside the turn, by ordinal. */
  readonly threw?: { readonly [ordinal: string]: Json };
}

/**
 * Closes a group of lines. `hash` is SHA-256, in hex, over: the previous block's hash (64 zeros for
 * the first block), a newline, the bytes of the lines above back to the previous block line, and
 * the block line itself up to `,"hash":`. Keys stand in this order, without spaces: a block line
 * has one spelling.
 */
export interface BlockLine {
  readonly block: number;
  readonly first: number;
  readonly last: number;
  readonly epoch: number;
  readonly hash: string;
}

/**
 * First line of a segment file, written by the log itself in a block without entries. It seals the
 * segment before: bytes behind `previous.bytes` there are outside the chain.
 */
export interface SegmentLine {
  readonly format: typeof FORMAT;
  readonly segment: number;
  readonly epoch: number;
  /** Id of the key that signs from here on. */
  readonly key?: string;
  readonly previous?: {
    readonly bytes: number;
    readonly block: number;
    readonly last: number;
    readonly hash: string;
  };
}

/** Signs the chain up to the block before it. */
export interface CheckpointLine {
  readonly format: typeof FORMAT;
  /** The block that it signs, with its last seq and hash. */
  readonly checkpoint: number;
  readonly last: number;
  readonly hash: string;
  readonly key: string;
  /** Ed25519, base64. */
  readonly signature: string;
}

/** Vouches for a tree snapshot, which lies in a file of its own. */
export interface SnapshotLine {
  readonly format: typeof FORMAT;
  /** The seq after which it was taken; the line itself may come some entries later. */
  readonly snapshot: number;
  /** SHA-256 of its text, in hex. */
  readonly hash: string;
  readonly bytes: number;
}

export type JournalLine =
  | SegmentLine
  | CheckpointLine
  | SnapshotLine
  | HeaderLine
  | InputLine
  | TurnLine
  | BlockLine;

export const isInput = (line: JournalLine): line is InputLine => 'seq' in line;
export const isTurn = (line: JournalLine): line is TurnLine => 'turn' in line;
export const isHeader = (line: JournalLine): line is HeaderLine => 'settings' in line;
export const isSegment = (line: JournalLine): line is SegmentLine => 'segment' in line;
export const isCheckpoint = (line: JournalLine): line is CheckpointLine => 'checkpoint' in line;
export const isSnapshot = (line: JournalLine): line is SnapshotLine => 'snapshot' in line;
export const isBlock = (line: JournalLine): line is BlockLine => 'block' in line;
