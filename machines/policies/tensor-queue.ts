/** Who waits for a worker, in which order, and who finds no place. */
import type { TensorSettings } from '../../config/tensor.ts';
import type { TensorRow } from './tensor-ticket.ts';

/** Everyone in the pool. Jobs that are blocked wait outside: they hold no place and no budget. */
export interface TensorLine {
  readonly settings: TensorSettings;
  readonly running: readonly TensorRow[];
  readonly waiting: readonly TensorRow[];
  readonly blocked: readonly TensorRow[];
}

export type TensorAdmission =
  | { readonly verdict: 'admitted' | 'blocked' }
  /** In the place of a waiting job of lower priority. */
  | { readonly verdict: 'displaced'; readonly victim: string }
  | {
      readonly verdict: 'refused';
      readonly reason: 'queueFull' | 'overBudget';
      readonly why: string;
    };

export const bytesOf = (rows: readonly TensorRow[]): number =>
  rows.reduce((sum, { ticket }) => sum + ticket.bytes, 0);

const goesBefore = (a: TensorRow, b: TensorRow): boolean =>
  a.ticket.priority > b.ticket.priority ||
  (a.ticket.priority === b.ticket.priority && a.order < b.order);

/** Adds a row: higher priority first, then in the order of asking. */
export function inserted(rows: readonly TensorRow[], row: TensorRow): readonly TensorRow[] {
  const at = rows.findIndex((other) => goesBefore(row, other));
  return at === -1 ? [...rows, row] : rows.toSpliced(at, 0, row);
}

export const without = (rows: readonly TensorRow[], id: string): readonly TensorRow[] =>
  rows.filter(({ ticket }) => ticket.id !== id);

/** Why a job has no place beside those that are in; null when it has one. */
function hindrance(
  { settings, running, waiting }: Omit<TensorLine, 'blocked'>,
  bytes: number,
): string | null {
  const { workerCountMax, queueCountMax, bytesMax } = settings;
  if (running.length + waiting.length >= workerCountMax + queueCountMax) {
    return `${running.length} jobs run and ${waiting.length} wait`;
  }
  const held = bytesOf(running) + bytesOf(waiting);
  return held + bytes > bytesMax ? `jobs hold ${held} of ${bytesMax} bytes` : null;
}

export function admissionOf(line: TensorLine, row: TensorRow): TensorAdmission {
  const { settings, blocked } = line;
  const { bytes } = row.ticket;
  if (bytes > settings.bytesMax) {
    const why = `it takes ${bytes} bytes, and all jobs may hold ${settings.bytesMax}`;
    return { verdict: 'refused', reason: 'overBudget', why };
  }
  // Nobody overtakes a blocked job that is as urgent.
  const isOvertaking = blocked.some((other) => goesBefore(other, row));
  const why = hindrance(line, bytes) ?? (isOvertaking ? 'others wait for a place' : null);
  if (why === null) return { verdict: 'admitted' };
  if (settings.rejectPolicy === 'block' && blocked.length < settings.blockedCountMax) {
    return { verdict: 'blocked' };
  }
  const victim = settings.rejectPolicy === 'drop' ? victimOf(line, row) : undefined;
  if (victim !== undefined) return { verdict: 'displaced', victim };
  return { verdict: 'refused', reason: 'queueFull', why };
}

/** The last in line, when it is less urgent and its place is enough. */
function victimOf(line: TensorLine, row: TensorRow): string | undefined {
  const last = line.waiting.at(-1);
  if (!last || last.ticket.priority >= row.ticket.priority) return undefined;
  const waiting = line.waiting.slice(0, -1);
  return hindrance({ ...line, waiting }, row.ticket.bytes) === null ? last.ticket.id : undefined;
}

/** The first blocked job, when there is a place for it by now. */
export function unblocked(line: TensorLine): TensorRow | undefined {
  const [first] = line.blocked;
  return first && hindrance(line, first.ticket.bytes) === null ? first : undefined;
}
