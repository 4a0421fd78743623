/** The record of one turn while it is being made: facts, ends, effects and throws, in order. */
import type { ChangeRow, Json, TurnLine } from '../journal/format.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type EffectRow = NonNullable<TurnLine['effects']>[number];

export class TurnRecord {
  private line: Writable<TurnLine> = { turn: 0 };
  private actionCount = 0;
  private journaledThrows: TurnLine['threw'];

  /** Begins the record of a turn; in replay with the throws that the journal knows. */
  begin(seq: number, journaledThrows: TurnLine['threw']): void {
    this.line = { turn: seq };
    this.actionCount = 0;
    this.journaledThrows = journaledThrows;
  }

  /** Ends the record with what changed. */
  end(rows: readonly ChangeRow[]): TurnLine {
    const { turn, ...rest } = this.line;
    return rows.length > 0 ? { turn, changed: rows, ...rest } : { turn, ...rest };
  }

  down(path: string, why: string): void {
    this.line.down = [...(this.line.down ?? []), { path, why }];
  }

  dead(path: string, type: string, why: string): void {
    this.line.dead = [...(this.line.dead ?? []), { path, type, why }];
  }

  fact(fact: Json): void {
    this.line.facts = [...(this.line.facts ?? []), fact];
  }

  /** Notes an effect that was asked for, and returns its id. */
  effect(port: string, request: Json | undefined): string {
    const asked = this.line.effects ?? [];
    const id = `${this.line.turn}.${asked.length}`;
    const row: EffectRow = request === undefined ? { id, port } : { id, port, request };
    this.line.effects = [...asked, row];
    return id;
  }

  /** Notes what the restart of the process did to a timer. */
  timer(row: NonNullable<TurnLine['timers']>[number]): void {
    this.line.timers = [...(this.line.timers ?? []), row];
  }

  /** Ordinal of the next function action of this turn. */
  nextAction(): number {
    return this.actionCount++;
  }

  threw(ordinal: number, error: Json): void {
    this.line.threw = { ...this.line.threw, [ordinal]: error };
  }

  /** What the journal says the action with this ordinal threw. */
  journaledThrow(ordinal: number): Json | undefined {
    return this.journaledThrows?.[ordinal];
  }
}
