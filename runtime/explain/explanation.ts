/** What an explanation holds: plain data, as `--json` prints it. */
import type { InputKind, Json, TurnLine } from '../journal/format.ts';
import type { Divergence } from '../replay/divergence.ts';
import type { Judgement } from './evidence.ts';
import type { Evaluation } from './guards.ts';

/** An entry of the journal, with what it is in words. */
export interface EntryView {
  readonly seq: number;
  /** Logical time: ms, and as ISO 8601. */
  readonly at: number;
  readonly time: string;
  readonly kind: InputKind;
  readonly path: string;
  readonly event: Json;
  /** The seq that led to it; absent when it came from outside. */
  readonly cause?: number;
  readonly what: string;
}

/** A transition that was taken, by the states that the chart names. */
export interface TakenTransition {
  /** Id of the state it belongs to. */
  readonly source: string;
  /** Where it stands in the chart, as in `on.TICK` or `always`. */
  readonly place: string;
  /** Ids of its targets; none when it stays. */
  readonly targets: readonly string[];
  /** The guard that let it through. */
  readonly guard?: string;
}

/** `depth` counts the messages that the happening is inside of. */
export type Happening = { readonly depth: number; readonly actor: string } & (
  | {
      readonly kind: 'message';
      /** Path of who sent it; '' for the runtime, absent for the outside. */
      readonly from?: string;
      readonly event: Json;
    }
  /** A guard that was asked; `taken`: its transition was. */
  | ({
      readonly kind: 'guard';
      readonly on: string;
      /** Id of the state that it belongs to, and its place there; absent when an action asked. */
      readonly state?: string;
      readonly place?: string;
      readonly taken: boolean;
    } & Evaluation)
  /** A microstep; without transitions, nothing in the chart took the event. */
  | {
      readonly kind: 'step';
      readonly on: string;
      readonly from?: Json;
      readonly to: Json;
      readonly transitions: readonly TakenTransition[];
      /** A crash in the same macrostep took it back. */
      readonly undone: boolean;
      /** What a supervisor ordered. */
      readonly orders?: Json;
    }
  | { readonly kind: 'started'; readonly machine: string; readonly to: Json }
  | { readonly kind: 'ended'; readonly how: string; readonly why?: string }
  | { readonly kind: 'action'; readonly action: string }
  | { readonly kind: 'fact'; readonly fact: Json; readonly judgement?: Judgement }
);

/** What a turn changed in one actor, with the values before and after. */
export interface ChangeView {
  readonly path: string;
  readonly machine?: string;
  readonly incarnation?: number;
  /** States, when they changed. `from` is absent for an actor that started. */
  readonly from?: Json;
  readonly to?: Json;
  readonly fields: readonly {
    readonly name: string;
    readonly before?: Json;
    readonly after?: Json;
  }[];
}

/** A timer that the turn set, with what became of it as far as the journal goes. */
export interface TimerView {
  readonly path: string;
  /** Who will be sent the event. */
  readonly to: string;
  readonly id: string;
  readonly what: string;
  readonly dueAt: number;
  readonly due: string;
  readonly event: Json;
  /** The entry in which it fired. */
  readonly firedBy?: number;
}

export interface EffectView {
  readonly id: string;
  readonly port: string;
  readonly request?: Json;
  /** The actor that does it; absent when it ended in the same turn. */
  readonly path?: string;
  /** Entries with its outcomes. */
  readonly outcomes: readonly number[];
}

export interface Explanation {
  readonly entry: EntryView;
  /** The last entry of the journal. */
  readonly lastSeq: number;
  /** From its nearest cause back to what came from outside. */
  readonly causes: readonly EntryView[];
  /** Causes between the last two of them that are not listed. */
  readonly causesLeftOut: number;
  readonly happened: readonly Happening[];
  /** Happenings beyond the bound. */
  readonly happenedLeftOut: number;
  readonly changed: readonly ChangeView[];
  /** As the journal has them. */
  readonly record: Pick<TurnLine, 'down' | 'dead' | 'threw' | 'timers'>;
  readonly effects: readonly EffectView[];
  readonly timersSet: readonly TimerView[];
  readonly timersCancelled: readonly TimerView[];
  /** Entries that it led to, also through others. */
  readonly later: readonly EntryView[];
  /** True when there are more of them than the bound. */
  readonly laterCut: boolean;
  /** Set when the replay did something else than the journal says, up to this turn. */
  readonly divergence: Divergence | undefined;
}
