/** What adopted actors ask for while a turn runs: effects, function actions, facts. */
import type { AnyActor, AnyEventObject } from 'xstate';
import { nameEffect } from '../../actors/effect-key.ts';
import {
  ACTION_FAILED,
  type AdoptHost,
  type CustomAction,
  EFFECT_EMITTED,
  EFFECT_FAILED,
} from './adopt.ts';
import { portOf, requestOf } from './effects.ts';
import type { Engine } from './engine.ts';
import type { EngineHooks } from './hooks.ts';
import { isOnce, type Kind } from './kinds.ts';
import { decode, encode, encodeThrown } from './values.ts';

export class Asks implements AdoptHost {
  private depth = 0;

  private readonly engine: Engine;
  private readonly hooks: Pick<EngineHooks, 'actionsOf' | 'isRetried'>;

  constructor(engine: Engine, hooks: Pick<EngineHooks, 'actionsOf' | 'isRetried'>) {
    this.engine = engine;
    this.hooks = hooks;
  }

  /** True while code of the outside runs: what it sends enters through ingress. */
  get isOutside(): boolean {
    return this.depth > 0;
  }

  get isLive(): boolean {
    return this.engine.mode === 'live';
  }

  outside<T>(run: () => T): T {
    this.depth++;
    try {
      return run();
    } finally {
      this.depth--;
    }
  }

  /** A turn that code of the outside brought about is no part of that code. */
  inside(run: () => void): void {
    const { depth } = this;
    this.depth = 0;
    try {
      run();
    } finally {
      this.depth = depth;
    }
  }

  fact(actor: AnyActor, fact: AnyEventObject): void {
    const { record, paths, refs } = this.engine;
    record.fact(encode({ ...fact, path: paths.of(actor) }, refs));
  }

  emitted(actor: AnyActor, fact: AnyEventObject): void {
    this.engine.outcome(actor, { type: EFFECT_EMITTED, fact });
  }

  ask(actor: AnyActor, kind: Kind, start: () => void): void {
    const { effects, mode, paths, journalId } = this.engine;
    const port = portOf(actor);
    const isRetried = isOnce(kind) && this.hooks.isRetried(paths.of(actor), port);
    const asked = { actor, kind, port, isRetried, start, ...this.nameOf(actor, port) };
    effects.file(asked);
    // A crash can take back what is not on disk, and then the id is given again; only what is
    // retried waits for the disk, and has to find its key again.
    const life = isOnce(kind) && !isRetried ? `:${effects.epoch}` : '';
    nameEffect(actor, `${journalId}:${asked.id}${life}`);
    if (mode !== 'live') return;
    effects.waitsForDisk ||= isRetried;
    effects.queueStart(asked);
  }

  private nameOf(actor: AnyActor, port: string): { readonly id: string; readonly seq: number } {
    const { effects, record, refs, seq, paths } = this.engine;
    const known = effects.known.get(paths.of(actor));
    if (known) return known;
    const request = requestOf(actor, (value) => encode(value, refs));
    return { id: record.effect(port, request), seq };
  }

  failed(actor: AnyActor, error: unknown): void {
    this.engine.outcome(actor, { type: EFFECT_FAILED, error });
  }

  action(actor: AnyActor, action: CustomAction): void {
    const { engine } = this;
    const ordinal = engine.record.nextAction();
    if (this.hooks.actionsOf(engine.paths.of(actor)) === 'inTurn') {
      this.actInTurn(action, ordinal);
    } else if (engine.mode === 'live') {
      engine.effects.queue(engine.seq, () => {
        try {
          this.outside(action.run);
        } catch (error) {
          engine.outcome(actor, { type: ACTION_FAILED, error });
        }
      });
    }
  }

  private actInTurn(action: CustomAction, ordinal: number): void {
    const { record, refs, mode } = this.engine;
    if (mode === 'replay') {
      const threw = record.journaledThrow(ordinal);
      if (threw === undefined) return;
      record.threw(ordinal, threw);
      throw decode(threw, refs);
    }
    try {
      this.outside(action.run);
    } catch (error) {
      const json = encodeThrown(error, refs);
      record.threw(ordinal, json);
      throw decode(json, refs);
    }
  }
}
