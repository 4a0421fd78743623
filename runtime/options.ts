/** What a host gives to `createRuntime`. */
import type { Logger } from 'pino';
import type { AnySpec, SupervisorSpec } from '../actors/child.ts';
import type { Clock, EmergencyPort, Notifier } from '../actors/ports.ts';
import type { HttpSettingsInput } from '../config/http.ts';
import type { Settings, SettingsInput } from '../config/settings.ts';
import type { InputLine, Json, TurnLine } from './journal/format.ts';
import type { Journal } from './journal/journal.ts';

export interface RuntimeOptions {
  /** The supervision tree. Default: a supervisor `app` without children. */
  readonly tree?: SupervisorSpec;
  /**
   * A settings file (YAML or JSON), or settings as an object; all that is left out has its default.
   */
  readonly settings?: string | SettingsInput;
  /** Environment variables to read settings from; default none, so that two runtimes do not mix. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Folder of the journal, or a journal. Default: `memoryJournal()`. */
  readonly journal?: string | Journal;
  /**
   * Seed of all random streams, an integer. Default 1. A journal that is continued keeps its own.
   */
  readonly seed?: number;
  /** Default: `systemClock()`. */
  readonly clock?: Clock;
  readonly ports?: {
    /** Tells people of alerts, beside the log and the webhook of the settings. */
    readonly notifier?: Notifier;
    /**
     * What the host can do in an emergency. Without a part of it orders and position stay as they
     * are, and are named; the journal is flushed and the children of the tree are stopped anyway.
     */
    readonly emergency?: Partial<EmergencyPort>;
  };
  /** Opens a control socket beside the folder of the journal, for `kintsugi emergency`. */
  readonly control?: boolean;
  /**
   * Serves the HTTP API while the runtime runs: as the settings say, or with these on top of them.
   */
  readonly http?: boolean | HttpSettingsInput;
  /** Default: silent. */
  readonly logger?: Logger;
  /**
   * Specifications of actors that were started by `spawn` in an earlier life of the journal, by
   * path.
   */
  readonly children?: Readonly<Record<string, AnySpec>>;
  /** Name of the tree's builder, written into the journal. Default `custom`. */
  readonly host?: string;
  /**
   * Called after each turn, those of an earlier life of the journal included, from its last
   * snapshot on. An observer that saves what it knows gets it back instead of the turns before.
   */
  readonly observe?: ((turn: ObservedTurn) => void) | TurnObserver;
  /** Other programs that compute tensor jobs, for tests. */
  readonly tensor?: { readonly workerFile?: URL; readonly gpuFile?: URL };
  /** Runs each turn under guard; code of the outside within it is free. For tests. */
  readonly around?: (run: () => void, isOutside: () => boolean) => void;
  /** Freezes contexts and events to the bottom, so that in-place mutation throws; for tests. */
  readonly freeze?: boolean;
  /** Refuses actors that no snapshot could bring back: their logic has no name. For tests. */
  readonly nameable?: boolean;
}

/** Watches turns, and outlives the process with the snapshots of the tree. */
export interface TurnObserver {
  observe(turn: ObservedTurn): void;
  /** What it knows so far, as JSON. */
  save(): Json;
  restore(saved: Json): void;
}

/** What entered, and what it did. */
export interface ObservedTurn {
  readonly input: InputLine;
  readonly line: TurnLine;
}

export interface ResolvedOptions extends Omit<RuntimeOptions, 'settings'> {
  readonly tree: SupervisorSpec;
  readonly clock: Clock;
  /** What a continued journal began with; else what the host asks for. */
  readonly settings: Settings;
  /** What the host asks for now. */
  readonly wanted: Settings;
  readonly isContinued: boolean;
}

/** A fact that a machine emitted, as `runtime.on` hands it out. */
export type Fact = {
  readonly type: string;
  readonly path: string;
  readonly [key: string]: unknown;
};

/** The observer of a runtime; a plain function has nothing to save. */
export function observerOf(given: RuntimeOptions['observe']): TurnObserver | undefined {
  if (typeof given !== 'function') return given;
  return { observe: given, save: () => null, restore() {} };
}
