/** What a book of alerts knows of each, and how a repeat, an end and a return change it. */
import type { AlertChanged, AlertState, Severity } from '../alert.ts';

export type AlertRow = {
  readonly id: string;
  readonly key: string;
  readonly severity: Severity;
  readonly text: string;
  readonly path: string;
  readonly state: AlertState;
  /** How often it was raised. */
  readonly count: number;
  /** How often it came back soon after its end. */
  readonly reopenCount: number;
  readonly raisedAtMs: number;
  /** When it was last raised, ms. */
  readonly lastAtMs: number;
  readonly acknowledgedBy: string | null;
  readonly resolvedAtMs: number | null;
  /** Notices that could not be delivered. */
  readonly failedCount: number;
};

export type AlertRows = readonly AlertRow[];

/** From the mildest to the gravest. */
export const severities: readonly Severity[] = ['info', 'warning', 'critical', 'emergency'];

/** Whether the first severity is worse than the second. */
export const isWorse = (one: Severity, other: Severity): boolean =>
  severities.indexOf(one) > severities.indexOf(other);

export const isOpen = ({ state }: Pick<AlertRow, 'state'>): boolean => state !== 'resolved';

/** The alert that a raise of `key` means: an open one, or one that ended at most `flapMs` ago. */
export function rowFor(
  rows: AlertRows,
  key: string,
  at: number,
  flapMs: number,
): AlertRow | undefined {
  return rows.findLast(
    (row) => row.key === key && (isOpen(row) || at - (row.resolvedAtMs ?? at) <= flapMs),
  );
}

/**
 * The row after one more raise. A lesser severity does not make an open alert harmless, and who has
 * acknowledged it has not acknowledged a worse one.
 */
export function raisedAgain(
  row: AlertRow,
  { at, severity, text }: { readonly at: number; readonly severity: Severity; text: string },
): AlertRow {
  const worse = isWorse(severity, row.severity) ? { severity, text, acknowledgedBy: null } : {};
  const again = { ...row, ...worse, count: row.count + 1, lastAtMs: Math.max(row.lastAtMs, at) };
  if (isOpen(row)) return again;
  return { ...again, state: 'raised', reopenCount: row.reopenCount + 1, resolvedAtMs: null };
}

/** The rows after an alert has told its state; of the resolved ones the newest are kept. */
export function afterChange(rows: AlertRows, change: AlertChanged, endedCountMax: number) {
  const { id, state, at, acknowledgedBy, failedCount } = change;
  const changed = rows.map((row) =>
    row.id === id
      ? {
          ...row,
          ...{ state, acknowledgedBy, failedCount },
          resolvedAtMs: state === 'resolved' ? at : null,
        }
      : row,
  );
  const ended = changed.filter((row) => !isOpen(row));
  const surplus = ended.length - endedCountMax;
  if (surplus <= 0) return changed;
  const oldest = ended.toSorted((a, b) => a.resolvedAtMs! - b.resolvedAtMs!).slice(0, surplus);
  return changed.filter((row) => !oldest.includes(row));
}
