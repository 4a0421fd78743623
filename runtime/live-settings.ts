/** The settings in force, and the way to change them while the runtime runs. */
import type { Settings } from '../config/settings.ts';
import type { Core, SettingsChange } from './core.ts';
import type { Entry } from './engine/ingress.ts';
import { applyPatch, type PatchOperation } from './settings/patch.ts';

/** Who asks for a change and why, for the journal. */
export interface Because {
  readonly by: string;
  readonly why: string;
}

export class LiveSettings {
  private readonly core: Core;
  private readonly submit: (entry: Entry) => boolean;

  constructor(core: Core, submit: (entry: Entry) => boolean) {
    this.core = core;
    this.submit = submit;
  }

  /** Frozen; a change gives a new object. */
  get current(): Settings {
    return this.core.settings;
  }

  /**
   * Changes settings at once for everyone, as one journal entry. The entry is on disk before any
   * effect that follows from it.
   *
   * @throws {ConfigInvalidError} when the result is not allowed; nothing changes then.
   */
  patch(patch: readonly PatchOperation[], { by, why }: Because): void {
    applyPatch(this.core.settings, patch);
    const event: SettingsChange = { patch, by, why };
    this.submit({ kind: 'settings', path: '', event, safety: true });
  }
}
