/** The patches of a run: what each answered, changed and came to. Each fact gives the next. */
import type { SettingChange } from '../../machines/policies/resolver-matrix.ts';
import type { SettingValues } from '../../machines/policies/setting-envelope.ts';
import type { TalliedFact } from './tally.ts';

export type PatchVerdict = 'kept' | 'rolledBack' | 'rejected';

/** One patch. `kintsugi explain DIR --seq N` tells its story, by either seq. */
export interface PatchRow {
  readonly id: string;
  readonly resolver: string;
  /** Key of the failure that it answers; null when somebody proposed it without one. */
  readonly failureKey: string | null;
  readonly operations: readonly SettingChange[];
  readonly from: SettingValues;
  /** When it was proposed, and when it ended; logical ms. */
  readonly at: number;
  readonly seq: number;
  readonly endAt: number | null;
  readonly endSeq: number | null;
  /** Whether any of it was ever in force. */
  readonly wasApplied: boolean;
  /** Null while it is under way. */
  readonly verdict: PatchVerdict | null;
  readonly why: string;
}

export interface PatchTally {
  /** Failures that were reported. */
  readonly failureCount: number;
  readonly proposedCount: number;
  /** Patches of which any part was in force. */
  readonly appliedCount: number;
  readonly keptCount: number;
  readonly rolledBackCount: number;
  readonly rejectedCount: number;
  /** The newest patches, oldest first. */
  readonly rows: readonly PatchRow[];
}

/** Rows that are kept: a report is read by people. */
export const patchRowCountMax = 50;

export const noPatches: PatchTally = {
  ...{ failureCount: 0, proposedCount: 0, appliedCount: 0 },
  ...{ keptCount: 0, rolledBackCount: 0, rejectedCount: 0, rows: [] },
};

/** The tally after one more fact; most of them change nothing. */
export function withPatch(tally: PatchTally, fact: TalliedFact, seq: number): PatchTally {
  switch (fact.type) {
    case 'secr.failureReported':
      return { ...tally, failureCount: tally.failureCount + 1 };
    case 'patch.proposed':
      return {
        ...tally,
        proposedCount: tally.proposedCount + 1,
        rows: [...tally.rows, rowOf(fact, seq)].slice(-patchRowCountMax),
      };
    case 'patch.canaryStarted':
      return {
        ...changed(tally, fact, { wasApplied: true }),
        appliedCount: tally.appliedCount + 1,
      };
    case 'secr.resolved': {
      const verdict = fact['verdict'] as PatchVerdict;
      const end = { verdict, endAt: Number(fact.at), endSeq: seq, why: String(fact['why']) };
      const name = `${verdict}Count` as const;
      return { ...changed(tally, fact, end), [name]: tally[name] + 1 };
    }
    default:
      return tally;
  }
}

function rowOf(fact: TalliedFact, seq: number): PatchRow {
  const { id, resolver, failureKey, operations, from, why } = fact as unknown as PatchRow;
  return {
    ...{ id, resolver, failureKey, operations, from, at: Number(fact.at), seq },
    ...{ endAt: null, endSeq: null, wasApplied: false, verdict: null, why },
  };
}

const changed = (tally: PatchTally, fact: TalliedFact, change: Partial<PatchRow>): PatchTally => ({
  ...tally,
  rows: tally.rows.map((row) => (row.id === fact['id'] ? { ...row, ...change } : row)),
});
