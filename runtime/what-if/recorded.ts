/**
 * What the journal knows, gathered by replaying it once: which effects were asked for and how they
 * ended, and which timers fired. It is what the other run is answered by.
 */
import type { Core } from '../core.ts';
import { isOnce } from '../engine/kinds.ts';
import type { InputLine, Json, TurnLine } from '../journal/format.ts';
import { type AskedEffect, viewOf, type WhatIfModel } from './model.ts';

/** An effect of the journal. */
export interface RecordedEffect {
  readonly port: string;
  readonly request: string;
  readonly askedAtMs: number;
  /** What its answer depended on, as JSON. */
  readonly conditions: string;
  /** Absent: it never had an outcome. */
  outcome?: { readonly afterMs: number; readonly at: number; readonly event: Json };
  /** Somebody has had the answer. */
  isTaken: boolean;
}

const textOf = (value: unknown): string => JSON.stringify(value) ?? '';

/** Names an effect by what it is asked for: an idempotency key stands in the request. */
export const effectKeyOf = (path: string, port: string, request: unknown): string =>
  `${path} ${port} ${textOf(request)}`;

const placeOf = (seq: number, path: string): string => `${seq} ${path}`;

const timerOf = (cause: number, path: string, id: string, deadlineMs: number): string =>
  `${cause} ${deadlineMs} ${path} ${id}`;

export class Recorded {
  private readonly model: WhatIfModel;
  private readonly byPlace = new Map<string, RecordedEffect>();
  private readonly byKey = new Map<string, RecordedEffect[]>();
  /** Timers that fired, and the entries with which they did. */
  private readonly fired = new Map<string, number>();

  constructor(model: WhatIfModel) {
    this.model = model;
  }

  /** To be called before an entry is replayed. */
  before(core: Core, { seq, at, kind, path, event, cause }: InputLine): void {
    const actor = core.engine.paths.at(path);
    if (!actor) return;
    if (kind === 'timer') {
      const timer = core.engine.timers.of(actor).find(({ id }) => id === event);
      if (timer) this.fired.set(timerOf(timer.cause, path, timer.id, timer.deadlineMs), seq);
    }
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
        port: asked.port,
        request: textOf(asked.request),
        askedAtMs: asked.at,
        conditions: this.conditionsOf(core, asked),
        isTaken: false,
      };
      this.byPlace.set(placeOf(line.turn, asked.path), effect);
      const key = effectKeyOf(asked.path, asked.port, asked.request);
      const others = this.byKey.get(key);
      if (others) others.push(effect);
      else this.byKey.set(key, [effect]);
    }
  }

  conditionsOf(core: Core, asked: AskedEffect): string {
    return textOf(this.model.conditions?.(asked, viewOf(core)));
  }

  /** The very same effect: asked for in the same turn, under the same conditions. */
  sameAs(core: Core, seq: number, asked: AskedEffect): RecordedEffect | undefined {
    const effect = this.byPlace.get(placeOf(seq, asked.path));
    if (effect?.port !== asked.port || effect.request !== textOf(asked.request)) return undefined;
    return effect.conditions === this.conditionsOf(core, asked) ? effect : undefined;
  }

  /** An answer to the same request at another time, which nobody has had. */
  byRequest(core: Core, asked: AskedEffect): RecordedEffect | undefined {
    const effects = this.byKey.get(effectKeyOf(asked.path, asked.port, asked.request));
    const conditions = this.conditionsOf(core, asked);
    return effects?.find(
      (effect) => effect.outcome && !effect.isTaken && effect.conditions === conditions,
    );
  }

  /** With which entry a timer fired; undefined when it did not. */
  firedAt(cause: number, path: string, id: string, deadlineMs: number): number | undefined {
    return this.fired.get(timerOf(cause, path, id, deadlineMs));
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
