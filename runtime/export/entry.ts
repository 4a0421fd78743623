/** An entry of a journal as a row: what came in, joined with what it did. */
import type {
  ChangeRow,
  CommitClass,
  InputKind,
  InputLine,
  Json,
  TurnLine,
} from '../journal/format.ts';
import { isInput, isTurn } from '../journal/format.ts';
import type { ReadLine } from '../journal/read.ts';

/** One entry and its turn. Every key is always there. */
export interface JournalEntry {
  readonly seq: number;
  /** Logical time, ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  /** The same, ms since 1970-01-01T00:00:00Z. */
  readonly atMs: number;
  readonly kind: InputKind;
  /** The actor it went to; '' for the runtime itself. */
  readonly path: string;
  /** The event's type, a timer's id, a command's name; the kind when it has none of these. */
  readonly type: string;
  readonly event: Json;
  /** The seq that led to it; null when it came from outside. */
  readonly cause: number | null;
  readonly class: CommitClass;
  /** Actors that changed, with their new states and fields. */
  readonly changed: readonly ChangeRow[];
  /** Actors that ended, and why. */
  readonly down: NonNullable<TurnLine['down']>;
  /** What machines told. */
  readonly facts: readonly Json[];
  /** What was asked of the outside world. */
  readonly effects: NonNullable<TurnLine['effects']>;
  /** Messages that nobody took. */
  readonly dead: NonNullable<TurnLine['dead']>;
  /** Timers that a restart of the process changed. */
  readonly timers: NonNullable<TurnLine['timers']>;
  /** Throws of actions inside the turn, by ordinal. */
  readonly threw: NonNullable<TurnLine['threw']>;
}

/** Joins each input line with the turn line behind it. */
export async function* joinTurns(
  lines: AsyncIterable<ReadLine>,
): AsyncGenerator<JournalEntry, void> {
  let input: InputLine | undefined;
  for await (const line of lines) {
    if (isTurn(line)) {
      if (input?.seq === line.turn) yield entryOf(input, line);
      input = undefined;
    } else if (isInput(line)) {
      if (input) yield entryOf(input);
      input = line;
    }
  }
  if (input) yield entryOf(input);
}

const nothing: readonly never[] = [];

function entryOf(input: InputLine, turn?: TurnLine): JournalEntry {
  const { seq, at: atMs, kind, path, event, cause = null } = input;
  return {
    seq,
    at: isoTime(atMs),
    atMs,
    kind,
    path,
    type: typeOf(event) ?? kind,
    event,
    cause,
    class: input.class ?? 'normal',
    changed: turn?.changed ?? nothing,
    down: turn?.down ?? nothing,
    facts: turn?.facts ?? nothing,
    effects: turn?.effects ?? nothing,
    dead: turn?.dead ?? nothing,
    timers: turn?.timers ?? nothing,
    threw: turn?.threw ?? {},
  };
}

/** Beyond the range of dates the number is all there is to say. */
const isoTime = (ms: number): string =>
  Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);

/** The name of an event or fact; a timer is named by its id, an order by its command. */
export function typeOf(event: Json | undefined): string | undefined {
  if (typeof event === 'string') return event;
  if (typeof event !== 'object' || event === null) return undefined;
  const { type, command, op } = event as { readonly [key: string]: Json };
  return [type, command, op].find((name) => typeof name === 'string');
}
