/** The two runs side by side: what each of them said, and where they part. */
import type { InputLine, Json, TurnLine } from '../journal/format.ts';
import { type Difference, diverges } from '../replay/divergence.ts';
import type { WhatIfFact, WhatIfView, WhatIfWatcher } from './model.ts';

/** The first thing that came otherwise. */
export interface FirstDifference extends Difference {
  /** Entry of the journal; absent for one that only the other run has. */
  readonly seq?: number;
  /** Logical ms. */
  readonly at: number;
  /** In words. */
  readonly what: string;
}

/** The same of both runs. */
export interface Pair<T = number> {
  readonly recorded: T;
  readonly whatIf: T;
}

/** What one run said: facts by type, and openings of breakers by path. */
class Said {
  readonly facts = new Map<string, number>();
  readonly openings = new Map<string, number>();
  readonly watcher: WhatIfWatcher | undefined;

  constructor(watcher: WhatIfWatcher | undefined) {
    this.watcher = watcher;
  }

  note({ at }: InputLine, { facts = [] }: TurnLine): void {
    for (const given of facts) {
      const fact = { at, ...(given as object) } as WhatIfFact;
      count(this.facts, fact.type);
      if (fact.type === 'breaker.opened') count(this.openings, fact.path);
      this.watcher?.note(fact);
    }
  }
}

const count = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};

export class Comparison {
  first: FirstDifference | undefined;
  /** Turns of the journal that came otherwise. */
  differentTurnCount = 0;
  private readonly recorded: Said;
  private readonly other: Said;

  constructor(watcherOf: () => WhatIfWatcher | undefined) {
    this.recorded = new Said(watcherOf());
    this.other = new Said(watcherOf());
  }

  /** A turn of the journal, whether or not the other run has it. */
  noteRecorded(input: InputLine, line: TurnLine): void {
    this.recorded.note(input, line);
  }

  /** A turn of the other run, beside that of the journal if there is one. */
  noteOther(input: InputLine, line: TurnLine, recorded: TurnLine | undefined): void {
    this.other.note(input, line);
    if (!recorded) {
      const { kind, path, event, at } = input;
      const name = typeof event === 'string' ? event : 'an outcome of its own';
      const what = `only here: ${kind} ${name} at ${path}`;
      this.differ({ at, path, field: kind, expected: undefined, actual: event, what });
      return;
    }
    const difference = diverges(input, recorded, line)?.differences.find(isBehaviour);
    if (!difference) return;
    this.differentTurnCount += 1;
    const { seq, at } = input;
    const { path, field, expected, actual } = difference;
    const what = `${path || 'the turn'}: ${field}`;
    this.differ({ seq, at, path, field, expected, actual, what });
  }

  /** An entry of the journal that means nothing in the other run. */
  noteSkipped({ seq, at, kind, path, event }: InputLine): void {
    this.differentTurnCount += 1;
    const what = `only in the journal: ${kind} at ${path}`;
    this.differ({ seq, at, path, field: kind, expected: event, actual: undefined, what });
  }

  private differ(difference: FirstDifference): void {
    this.first ??= difference;
  }

  /** Facts whose counts differ, by type. */
  facts(): Readonly<Record<string, Pair>> {
    const pairs = pairsOf(this.recorded.facts, this.other.facts);
    return Object.fromEntries(pairs.filter(([, pair]) => pair.recorded !== pair.whatIf));
  }

  /** How often breakers opened, by path. */
  openings(): Readonly<Record<string, Pair>> {
    return Object.fromEntries(pairsOf(this.recorded.openings, this.other.openings));
  }

  /** The numbers of the host. */
  measures(views: Pair<WhatIfView>): Readonly<Record<string, Pair>> {
    const recorded = { ...this.recorded.watcher?.measures(views.recorded) };
    const whatIf = { ...this.other.watcher?.measures(views.whatIf) };
    const pairs = Object.keys(recorded).map((name): [string, Pair] => [
      name,
      { recorded: recorded[name]!, whatIf: whatIf[name] ?? Number.NaN },
    ]);
    return Object.fromEntries(pairs);
  }
}

/** That a context holds other settings is what was asked for, not what came of it. */
const isBehaviour = ({ field }: Difference): boolean => field !== 'fields.settings';

const pairsOf = (
  recorded: ReadonlyMap<string, number>,
  whatIf: ReadonlyMap<string, number>,
): [string, Pair][] =>
  [...new Set([...recorded.keys(), ...whatIf.keys()])]
    .sort()
    .map((name) => [name, { recorded: recorded.get(name) ?? 0, whatIf: whatIf.get(name) ?? 0 }]);

/** A setting that differs. */
export interface SettingDifference {
  /** JSON pointer. */
  readonly path: string;
  /** Undefined when one of them does not have it. */
  readonly recorded: Json | undefined;
  readonly whatIf: Json | undefined;
}
