/**
 * The run under other settings: what came from outside comes as it did; timers and outcomes come as
 * they did where they mean the same, else at their own time.
 *
 * It is a replay that makes up the entries that the journal lacks. No effect runs.
 */
import type { AnyActor } from 'xstate';
import { safeguardPaths } from '../../actors/safeguards.ts';
import type { Core, SettingsChange } from '../core.ts';
import type { Timer } from '../engine/timers.ts';
import { Heap } from '../heap.ts';
import type { InputLine, Json, TurnLine } from '../journal/format.ts';
import { applyPatch } from '../settings/patch.ts';
import { type AskedEffect, type ModelledAnswer, viewOf, type WhatIfModel } from './model.ts';
import { type Overlay, patchTo } from './other-settings.ts';
import { askedIn, type Recorded, type RecordedEffect } from './recorded.ts';

/** An outcome that the other run has for itself. */
interface OwnOutcome {
  readonly dueMs: number;
  /** It took no time: it comes after all else that happens in the moment of its asking. */
  readonly isAtOnce: boolean;
  readonly order: number;
  readonly actor: AnyActor;
  readonly cause: number;
  readonly event: Json;
}

/** How effects were answered. All are counts. */
export interface EffectCounts {
  /** The same effects as in the journal, with their outcomes. */
  same: number;
  /** Asked for at another time, and answered by the journal's answer to the same request. */
  byRequest: number;
  /** Answered by the host's model. */
  modelled: number;
  /** Answered by nobody. */
  unanswered: number;
}

/** Entries that the journal lacks have numbers that no journal reaches. */
const ownSeqs = 2 ** 40;

type Told = (input: InputLine, line: TurnLine, recorded: TurnLine | undefined) => void;

export class OtherRun {
  readonly counts: EffectCounts = { same: 0, byRequest: 0, modelled: 0, unanswered: 0 };
  /** Effects that nobody could answer, by port. */
  readonly unanswered = new Map<string, number>();
  /** Entries of the journal that mean nothing here: kind and path, with their count. */
  readonly skipped = new Map<string, number>();
  ownEntryCount = 0;
  private readonly core: Core;
  private readonly recorded: Recorded;
  private readonly model: WhatIfModel;
  /** The recorded run, as it was before the entry at hand. */
  private readonly before: Core;
  private readonly overlay: Overlay;
  private readonly told: Told;
  private readonly outcomes = new Heap<OwnOutcome>((a, b) =>
    a.dueMs === b.dueMs ? isBefore(a, b) : a.dueMs < b.dueMs,
  );
  /** Effects that are answered with the journal's own entry. */
  private readonly shared = new WeakMap<AnyActor, RecordedEffect>();
  private order = 0;

  constructor(
    core: Core,
    options: {
      readonly recorded: Recorded;
      readonly model: WhatIfModel;
      readonly before: Core;
      /** What is said again after each change of settings in the journal. */
      readonly overlay: Overlay;
      readonly told: Told;
    },
  ) {
    this.core = core;
    this.recorded = options.recorded;
    this.model = options.model;
    this.before = options.before;
    this.overlay = options.overlay;
    this.told = options.told;
    core.engine.mode = 'replay';
  }

  /**
   * Takes the next entry of the journal, after all that is due before it.
   *
   * @returns false when the entry means nothing here.
   */
  take(input: InputLine, recorded: TurnLine): boolean {
    // Nobody was there to see what fell due while the process was down.
    if (input.kind !== 'resume') this.catchUp(input.at);
    const fits = this.fits(input);
    if (fits) this.turn(this.adapted(input), recorded);
    else {
      const name = `${input.kind} ${input.path}`;
      this.skipped.set(name, (this.skipped.get(name) ?? 0) + 1);
    }
    return fits;
  }

  /** Lets everything happen that is due by a time and that the journal does not bring. */
  catchUp(toMs: number): void {
    for (;;) {
      const timer = this.ownTimerBy(toMs);
      const outcome = this.ownOutcomeBy(Math.min(toMs, timer?.deadlineMs ?? toMs));
      if (outcome) this.answer(outcome);
      else if (timer) this.fire(timer);
      else return;
    }
  }

  /** Timers of a chart that fires again and again at one time have no end: XState bounds a turn. */
  private ownTimerBy(toMs: number): Timer | undefined {
    const { engine } = this.core;
    const next = engine.timers.next();
    if (!next || next.deadlineMs > toMs) return undefined;
    return engine.timers.all().find((timer) => timer.deadlineMs <= toMs && !this.isShared(timer));
  }

  /** The recorded run has set it as well: it fires with the journal's entry, however late. */
  private isShared({ source, id, cause, deadlineMs }: Timer): boolean {
    const { engine } = this.before;
    const actor = engine.paths.at(this.core.engine.paths.of(source));
    const timers = actor ? engine.timers.of(actor) : [];
    return timers.some(
      (timer) => timer.id === id && timer.cause === cause && timer.deadlineMs === deadlineMs,
    );
  }

  private ownOutcomeBy(toMs: number): OwnOutcome | undefined {
    for (let next = this.outcomes.peek(); next; next = this.outcomes.peek()) {
      if (next.dueMs > toMs || (next.isAtOnce && next.dueMs === toMs)) return undefined;
      this.outcomes.pop();
      // Its actor may have been stopped meanwhile.
      if (this.core.engine.effects.causeOf(next.actor) !== undefined) return next;
    }
    return undefined;
  }

  private answer({ actor, dueMs, cause, event }: OwnOutcome): void {
    const path = this.core.engine.paths.of(actor);
    this.own({ kind: 'outcome', at: dueMs, path, event, cause });
  }

  private fire({ source, deadlineMs, id, cause }: Timer): void {
    const path = this.core.engine.paths.of(source);
    this.own({ kind: 'timer', at: deadlineMs, path, event: id, cause });
  }

  private own(entry: Omit<InputLine, 'seq'>): void {
    this.ownEntryCount += 1;
    const at = Math.max(entry.at, this.core.engine.at);
    this.turn({ ...entry, seq: ownSeqs + this.ownEntryCount, at }, undefined);
  }

  private turn(given: InputLine, recorded: TurnLine | undefined): void {
    const { seq } = given;
    const threw = recorded?.threw;
    // An entry of the journal may stand before one that came here at a later time.
    const input = { ...given, at: Math.max(given.at, this.core.engine.at) };
    const { line } = this.core.replay(input, threw ? { turn: seq, threw } : { turn: seq });
    for (const asked of askedIn(this.core, line)) this.plan(seq, asked);
    this.told(input, line, recorded);
  }

  /** Whether an entry of the journal means here what it meant there. */
  private fits({ kind, path, event, cause = 0 }: InputLine): boolean {
    const { engine, tree } = this.core;
    const actor = engine.paths.at(path);
    if (kind === 'event') return actor !== undefined;
    if (kind === 'timer') {
      const timers = actor ? engine.timers.of(actor) : [];
      return timers.some((timer) => timer.id === event && this.isShared(timer));
    }
    if (kind === 'outcome') {
      if (!actor) return false;
      // Told to a machine of its own action, or by a source of events: no answer to a request.
      const isAnswer = engine.effects.causeOf(actor) === cause;
      return isAnswer ? !this.isOwn(actor) : engine.effects.causeOf(actor) === undefined;
    }
    if (kind !== 'child') return true;
    const above = path.slice(0, path.lastIndexOf('/'));
    return above === '' || tree.node(above) !== undefined;
  }

  private isOwn(actor: AnyActor): boolean {
    return !this.shared.has(actor);
  }

  /** Changes of settings leave what is asked about as it is asked; a host may tell otherwise. */
  private adapted(input: InputLine): InputLine {
    if (input.kind === 'event') {
      const event = this.model.told?.(input, viewOf(this.core));
      return event === undefined ? input : { ...input, event };
    }
    if (input.kind !== 'settings') return input;
    const change = input.event as unknown as SettingsChange;
    const wanted = this.overlay(applyPatch(this.before.settings, change.patch));
    const patch = patchTo(this.core.settings, wanted);
    return { ...input, event: { ...change, patch } as unknown as Json };
  }

  /** Decides how an effect will be answered. */
  private plan(seq: number, asked: AskedEffect): void {
    const actor = this.core.engine.paths.at(asked.path);
    if (!actor) return;
    const same = this.recorded.sameAs(this.core, seq, asked);
    if (same) {
      same.isTaken = true;
      if (!asked.isSource) this.counts.same += 1;
      this.shared.set(actor, same);
      return;
    }
    if (asked.isSource) return;
    const known = this.recorded.byRequest(this.core, asked);
    if (known?.outcome) {
      known.isTaken = true;
      this.counts.byRequest += 1;
      const { afterMs, at, event } = known.outcome;
      this.expect(actor, seq, asked.at + afterMs, movedTo(event, at, asked.at + afterMs));
      return;
    }
    const modelled = toldPeople(asked) ?? this.model.answer?.(asked, viewOf(this.core));
    if (modelled) {
      this.counts.modelled += 1;
      const event = { type: 'xstate.promise.resolve', data: modelled.output };
      this.expect(actor, seq, asked.at + modelled.afterMs, event);
      return;
    }
    this.counts.unanswered += 1;
    this.unanswered.set(asked.port, (this.unanswered.get(asked.port) ?? 0) + 1);
  }

  private expect(actor: AnyActor, cause: number, dueMs: number, event: Json): void {
    this.order += 1;
    const isAtOnce = dueMs === this.core.engine.at;
    this.outcomes.push({ dueMs, isAtOnce, order: this.order, actor, cause, event });
  }
}

/** Of two at one time. */
const isBefore = (a: OwnOutcome, b: OwnOutcome): boolean =>
  a.isAtOnce === b.isAtOnce ? a.order < b.order : b.isAtOnce;

/** Nobody is told in a what-if; that people could have been changes nothing that follows. */
const toldPeople = ({ path, port, at }: AskedEffect): ModelledAnswer | undefined =>
  port === 'notify' && path.startsWith(safeguardPaths.alerts)
    ? { afterMs: 0, output: { at, failures: [] } }
    : undefined;

/** An outcome that says when it came says so here as well. */
function movedTo(event: Json, fromMs: number, toMs: number): Json {
  const { data } = event as { readonly data?: { readonly at?: unknown } };
  if (typeof data !== 'object' || data === null || data.at !== fromMs) return event;
  return { ...(event as object), data: { ...data, at: toMs } } as Json;
}
