/**
 * The effects of a journal and how they ended, gathered by replaying it once: what the other run is
 * answered by.
 */
import type { Core } from '../core.ts';
import { isOnce } from '../engine/kinds.ts';
import type { InputLine, Json, TurnLine } from '../journal/format.ts';
import { type AskedEffect, viewOf, type WhatIfModel } from './model.ts';

/** An effect of the journal. */
export interface RecordedEffect {
  /** Where it was asked for, by which port, and what makes its request the same as another. */
  readonly key: string;
  readonly askedAtMs: number;
  /** What its answer depended on, as JSON. */
  readonly conditions: string;
  /** Absent: it never had an outcome. */
  outcome?: { readonly afterMs: number; readonly at: number; readonly event: Json };
  /** Somebody has had the answer. */
  isTaken: boolean;
}

const textOf = (value: unknown): string => JSON.stringify(value) ?? '';

const placeOf = (seq: number, path: string): string => `${seq} ${path}`;

export class Recorded {
  private readonly model: WhatIfModel;
  private readonly byPlace = new Map<string, RecordedEffect>();
  private readonly byKey = new Map<string, RecordedEffect[]>();

  constructor(model: WhatIfModel) {
    this.model = model;
  }

  /** To be called before an entry is replayed. */
  before({ at, kind, path, event, cause }: InputLine): void {
    const effect = kind === 'outcome' && this.byPlace.get(placeOf(cause ?? 0, path));
    const { type = '' } = event as { readonly type?: string };
    // A fact of an effect is none of its outcomes; nor is the end of the process an answer.
    if (!effect || !type.startsWith('xstate.')) return;
    effect.outcome = { afterMs: at - effect.askedAtMs, at, event };
  }

  /** To be called after an entry was replayed. */
  after(core: Core, line: TurnLine): void {
    for (const asked of askedIn(core, line)) {
      const effect: RecordedEffect = {
        key: this.keyOf(asked),
        askedAtMs: asked.at,
        conditions: this.conditionsOf(core, asked),
        isTaken: false,
      };
      this.byPlace.set(placeOf(line.turn, asked.path), effect);
      const others = this.byKey.get(effect.key);
      if (others) others.push(effect);
      else this.byKey.set(effect.key, [effect]);
    }
  }

  private keyOf(asked: AskedEffect): string {
    const { path, port, request } = asked;
    const key = this.model.key ? this.model.key(asked) : request;
    return `${path} ${port} ${textOf(key)}`;
  }

  private conditionsOf(core: Core, asked: AskedEffect): string {
    return textOf(this.model.conditions?.(asked, viewOf(core)));
  }

  /** The very same effect: asked for in the same turn, under the same conditions. */
  sameAs(core: Core, seq: number, asked: AskedEffect): RecordedEffect | undefined {
    const effect = this.byPlace.get(placeOf(seq, asked.path));
    if (effect?.key !== this.keyOf(asked)) return undefined;
    return effect.conditions === this.conditionsOf(core, asked) ? effect : undefined;
  }

  /** An answer to the same request at another time, which nobody has had. */
  byRequest(core: Core, asked: AskedEffect): RecordedEffect | undefined {
    const effects = this.byKey.get(this.keyOf(asked));
    const conditions = this.conditionsOf(core, asked);
    return effects?.find(
      (effect) => effect.outcome && !effect.isTaken && effect.conditions === conditions,
    );
  }
}

/** The effects of a turn that wait for an outcome, with the paths of their actors. */
export function askedIn({ engine }: Core, line: TurnLine): readonly AskedEffect[] {
  if (!line.effects) return [];
  const rows = new Map(line.effects.map((row) => [row.id, row]));
  return engine.effects.waiting().flatMap(({ id, actor, kind }) => {
    const row = rows.get(id);
    if (!row) return [];
    const { port, request } = row;
    const isSource = !isOnce(kind);
    return [{ path: engine.paths.of(actor), port, request, at: engine.at, isSource }];
  });
}
