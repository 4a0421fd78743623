/** What a host can say of its world, so that a what-if can go where the journal did not. */
import type { Settings } from '../../config/settings.ts';
import type { Core } from '../core.ts';
import type { Json } from '../journal/format.ts';

/** An effect that was asked for. */
export interface AskedEffect {
  readonly path: string;
  readonly port: string;
  readonly request: Json | undefined;
  /** Logical ms. */
  readonly at: number;
  /** It sends events, again and again, and has no outcome: what it sent comes as it did. */
  readonly isSource: boolean;
}

/** An event of the journal that came from outside. */
export interface ToldEvent {
  readonly path: string;
  readonly event: Json;
  /** Logical ms. */
  readonly at: number;
}

/** The system as it is at that moment. */
export interface WhatIfView {
  readonly settings: Settings;
  /** Context of the actor at a path; undefined while it is down. */
  contextAt<T>(path: string): T | undefined;
  /** State value of the machine at a path; undefined while it is down. */
  stateAt(path: string): unknown;
}

/** How an effect ends, and how long after it was asked for. */
export interface ModelledAnswer {
  readonly afterMs: number;
  /** What the promise resolves to. */
  readonly output: Json;
}

/** All parts are optional; without any, only the journal answers. */
export interface WhatIfModel {
  /** What makes two requests the same, as an idempotency key. Default: the whole request. */
  key?(asked: AskedEffect): Json;
  /**
   * What the answer depends on, beside the request: the journal's answer counts where this was the
   * same. Default: nothing.
   */
  conditions?(asked: AskedEffect, view: WhatIfView): Json;
  /** The answer where the journal has none; undefined: nobody can know. */
  answer?(asked: AskedEffect, view: WhatIfView): ModelledAnswer | undefined;
  /**
   * What the host would tell here in place of what it told, where that follows from the system: as
   * a gauge of its drawdown. Undefined: the same.
   */
  told?(event: ToldEvent, view: WhatIfView): Json | undefined;
  /**
   * Settings that the host reads itself, as JSON pointers, with what a journal cannot tell of them.
   * Where they differ, the result says so.
   */
  readonly unjudged?: Readonly<Record<string, string>>;
  /** Watches one of the two runs. */
  watcher?(): WhatIfWatcher;
}

/** A fact with its time, as machines emitted it. */
export type WhatIfFact = {
  readonly type: string;
  readonly path: string;
  readonly at: number;
  readonly [field: string]: unknown;
};

/** Follows one run from its beginning, to say at its end what it came to. */
export interface WhatIfWatcher {
  note(fact: WhatIfFact): void;
  /** Numbers to put side by side, by name. */
  measures(view: WhatIfView): Readonly<Record<string, number>>;
}

export const viewOf = (core: Core): WhatIfView => ({
  get settings() {
    return core.settings;
  },
  contextAt: <T>(path: string) => snapshotAt(core, path)?.context as T | undefined,
  stateAt: (path) => snapshotAt(core, path)?.value,
});

const snapshotAt = (core: Core, path: string) =>
  core.engine.paths.at(path)?.getSnapshot() as { context: unknown; value: unknown } | undefined;
