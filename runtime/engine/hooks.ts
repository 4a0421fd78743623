/** What the turn loop needs of the runtime around it, and what it hands out. */
import type { AnyActor } from 'xstate';
import type { InputLine, TurnLine } from '../journal/format.ts';
import type { Entry } from './ingress.ts';

export interface DeadLetter {
  readonly path: string;
  readonly event: unknown;
  readonly at: number;
  readonly seq: number;
  readonly why: 'noActor' | 'mailboxFull' | 'noParent' | 'poison';
}

/** A finished turn, for those who watch. */
export interface Turn {
  readonly input: InputLine;
  readonly line: TurnLine;
  readonly text: string;
  readonly actors: readonly AnyActor[];
}

export interface EngineHooks {
  /** Logical time, ms. */
  now(): number;
  /** Does what an entry for the runtime itself asks: start, stop, patch, resume. */
  apply(entry: Entry): void;
  /** An entry was delivered to an actor; what follows from its own reaction is still to be done. */
  delivered(path: string): void;
  /** An actor is crashing: its children still run and its timers are still set. */
  crashing(actor: AnyActor): void;
  /** A supervised actor ended in this turn. */
  down(actor: AnyActor, path: string, failed: boolean, error: unknown): void;
  /** Hands the turn to the journal; live only. */
  commit(turn: Turn, safety: boolean): void;
  /** Tells watchers, after the commit. What they send waits for its own turn. */
  notify(turn: Turn): void;
  deadLetter(letter: DeadLetter): void;
  /** Who watches with `system.inspect` has thrown. */
  watcherFailed(error: unknown): void;
  /** When function actions of an actor run. */
  actionsOf(path: string): 'afterTurn' | 'inTurn';
  /** Whether an effect that the end of the process interrupts is asked for again. */
  isRetried(path: string, port: string): boolean;
  incarnationOf(path: string): number;
  /** A timer was set that is due earlier than any other. */
  timerSet(deadlineMs: number): void;
  /** Runs a turn under guard, in test mode; code of the outside is free within it. */
  around?: (run: () => void, isOutside: () => boolean) => void;
  /** Freezes events and contexts, in test mode: in-place mutation is found. */
  freeze?: (value: unknown) => void;
  /** Refuses logic that no restart of the process could find again, in test mode. */
  nameable?: (actor: AnyActor, path: string) => void;
}
