/**
 * Effects asked for and not yet answered. Asking happens inside a turn; starting happens after its
 * commit, in the order of asking; in replay nothing is ever started.
 */
import type { AnyActor, AnyEventObject } from 'xstate';
import type { Json } from '../journal/format.ts';
import { ACTION_FAILED, EFFECT_FAILED } from './adopt.ts';
import type { Kind } from './kinds.ts';
import { decode, encodeThrown, type Refs } from './values.ts';

export interface Asked {
  readonly actor: AnyActor;
  readonly kind: Kind;
  /** Name of its logic. */
  readonly port: string;
  readonly id: string;
  readonly seq: number;
  /** Done once, and asked for again under its key when the end of the process interrupts it. */
  readonly isRetried: boolean;
  readonly start: () => void;
}

export class Effects {
  private readonly pending = new Map<AnyActor, Asked>();
  private readonly ready: { readonly seq: number; readonly work: () => void }[] = [];
  /** Entries that have to be on disk before their work, and what lies behind it, may start. */
  private readonly held: number[] = [];
  /** Epoch of the journal's writer: no other process has it. */
  epoch = 0;
  /** This turn asks for something that must not be forgotten once it has begun. */
  waitsForDisk = false;

  /** Names of effects that are restored, by the path of their actors. */
  known = new Map<string, Pick<Asked, 'id' | 'seq'>>();

  /** Files an effect of the current turn, or one that is restored. */
  file(asked: Asked): void {
    this.pending.set(asked.actor, asked);
  }

  /** Whether the turn that has just ended must be on disk before its effects start. */
  takeWait(): boolean {
    const { waitsForDisk } = this;
    this.waitsForDisk = false;
    return waitsForDisk;
  }

  /** Lines up a filed effect to be started; it is skipped when its actor has stopped by then. */
  queueStart(asked: Asked): void {
    this.queue(asked.seq, () => {
      if (this.pending.get(asked.actor) === asked) asked.start();
    });
  }

  /** Lines up work of an entry that belongs after its commit. */
  queue(seq: number, work: () => void): void {
    this.ready.push({ seq, work });
  }

  /** Holds the work of an entry, and what lies behind it, until `release`. */
  hold(seq: number): void {
    this.held.push(seq);
  }

  /** Everything up to this entry is on disk. */
  release(seq: number): void {
    while (this.held.length > 0 && this.held[0]! <= seq) this.held.shift();
  }

  /** The next work to do, in order; undefined when there is none, or when it is held. */
  shift(): (() => void) | undefined {
    const next = this.ready[0];
    if (next === undefined || next.seq >= (this.held[0] ?? Number.POSITIVE_INFINITY)) {
      return undefined;
    }
    this.ready.shift();
    return next.work;
  }

  /** The seq that asked for the effect of an actor. */
  causeOf(actor: AnyActor): number | undefined {
    return this.pending.get(actor)?.seq;
  }

  forget(actor: AnyActor): void {
    this.pending.delete(actor);
  }

  /** Puts what was restored in the order of asking again. */
  sort(): void {
    const ordinal = ({ id }: Asked) => Number(id.slice(id.indexOf('.') + 1));
    const rows = [...this.pending.values()];
    rows.sort((a, b) => a.seq - b.seq || ordinal(a) - ordinal(b));
    this.pending.clear();
    for (const row of rows) this.file(row);
  }

  /** All that wait for an outcome, in order of asking. */
  waiting(): Asked[] {
    return [...this.pending.values()];
  }
}

/** Name under which an effect is journaled: the one the machine uses for its logic. */
export function portOf(actor: AnyActor): string {
  const { src } = actor as { src?: unknown };
  return typeof src === 'string' ? src : actor.id;
}

/** What was asked: the input of the effect. */
export function requestOf(actor: AnyActor, encode: (value: unknown) => Json): Json | undefined {
  const { input } = (actor as { options?: { input?: unknown } }).options ?? {};
  if (input === undefined) return undefined;
  try {
    return encode(input);
  } catch {
    return { '#': 'not JSON' };
  }
}

/** Outcome of an action or an effect whose result the journal cannot hold. */
export function failureOf(event: AnyEventObject, why: unknown, refs: Refs): AnyEventObject {
  const threw = event.type === ACTION_FAILED || event.type === EFFECT_FAILED;
  if (!threw) return { type: EFFECT_FAILED, error: why };
  return { type: event.type, error: decode(encodeThrown(event['error'], refs), refs) };
}
