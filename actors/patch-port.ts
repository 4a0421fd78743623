/** The port of SECR's patches. */
import type {
  ChangeOutcome,
  ChangeRequest,
  OperationsRequest,
  Rehearsal,
  SettingsSnapshot,
} from '../machines/patch-types.ts';

/** What a patch asks of the settings and of the recent past. In replay nobody asks. */
export interface PatchPort {
  /** Why schemas or rules of the host refuse a change; nothing when they allow it. */
  validate(request: OperationsRequest): Promise<readonly string[]>;
  /** Re-runs the recent past under changed settings. Takes as long as it takes. */
  rehearse(request: OperationsRequest & { readonly signal: AbortSignal }): Promise<Rehearsal>;
  /** Hash of all settings, and the values of some. */
  snapshot(keys: readonly string[]): Omit<SettingsSnapshot, 'at'>;
  /**
   * Changes settings, all of them or none, in one entry. Asked again after a crash it finds its
   * values there and changes nothing.
   */
  change(request: ChangeRequest): Omit<ChangeOutcome, 'at'>;
}
