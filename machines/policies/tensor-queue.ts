/** Who waits for a worker, in which order, and who finds no place. */
import { borrowerFor, inTurn, type TensorPoolSettings, workerCountOf } from './tensor-shares.ts';
import type { TensorRow } from './tensor-ticket.ts';

/** Everyone in the pool. Jobs that are blocked wait outside: they hold no place and no budget. */
export interface TensorLine {
  readonly settings: TensorPoolSettings;
  readonly running: readonly TensorRow[];
  readonly waiting: readonly TensorRow[];
  readonly blocked: readonly TensorRow[];
}

export type TensorAdmission =
  | { readonly verdict: 'admitted' | 'blocked' }
  /** In the place of a waiting job, which with `block` waits outside. */
  | { readonly verdict: 'displaced'; readonly victim: string; readonly why: string }
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

/** Jobs that may run or wait. */
export const placeCountOf = (settings: TensorPoolSettings): number =>
  workerCountOf(settings) + settings.queueCountMax;

/** Why a job has no place beside those that are in; null when it has one. */
function hindrance(
  { settings, running, waiting }: Omit<TensorLine, 'blocked'>,
  bytes: number,
): string | null {
  if (running.length + waiting.length >= placeCountOf(settings)) {
    return `${running.length} jobs run and ${waiting.length} wait`;
  }
  const held = bytesOf(running) + bytesOf(waiting);
  const { bytesMax } = settings;
  return held + bytes > bytesMax ? `jobs hold ${held} of ${bytesMax} bytes` : null;
}

export function admissionOf(line: TensorLine, row: TensorRow): TensorAdmission {
  const { settings, waiting, blocked } = line;
  const { bytes } = row.ticket;
  const { rejectPolicy, bytesMax, blockedCountMax } = settings;
  if (bytes > bytesMax) {
    const why = `it takes ${bytes} bytes, and all jobs may hold ${bytesMax}`;
    return { verdict: 'refused', reason: 'overBudget', why };
  }
  // Nobody overtakes a blocked job whose turn is before his.
  const isFirst = inTurn(inserted(blocked, row), waiting, settings.allocation.queues)[0] === row;
  const why = hindrance(line, bytes) ?? (isFirst ? null : 'others wait for a place');
  if (why === null) return { verdict: 'admitted' };
  const mayBlock = rejectPolicy === 'block' && blocked.length < blockedCountMax;
  const displaced = rejectPolicy !== 'block' || mayBlock ? displacedBy(line, row) : undefined;
  if (displaced) return displaced;
  return mayBlock ? { verdict: 'blocked' } : { verdict: 'refused', reason: 'queueFull', why };
}

/** Whoever gives his place: it was lent to him, or, with `drop`, he is less urgent. */
function displacedBy(line: TensorLine, row: TensorRow): TensorAdmission | undefined {
  const { settings, waiting } = line;
  const { work, bytes, priority } = row.ticket;
  const { rejectPolicy, queueCountMax, allocation } = settings;
  const isEnough = ({ ticket: { id } }: TensorRow) =>
    hindrance({ ...line, waiting: without(waiting, id) }, bytes) === null;
  const borrower = borrowerFor(work, waiting, allocation.queues, queueCountMax);
  if (borrower && isEnough(borrower)) {
    const why = `its place was lent to it by ${work}`;
    return { verdict: 'displaced', victim: borrower.ticket.id, why };
  }
  if (rejectPolicy !== 'drop') return undefined;
  const last = waiting.findLast(({ ticket }) => ticket.work === work);
  if (!last || last.ticket.priority >= priority || !isEnough(last)) return undefined;
  return { verdict: 'displaced', victim: last.ticket.id, why: 'a more urgent job took its place' };
}

/** The blocked job whose turn it is, when there is a place for it by now. */
export function unblocked(line: TensorLine): TensorRow | undefined {
  const { settings, waiting, blocked } = line;
  const [first] = inTurn(blocked, waiting, settings.allocation.queues);
  return first && hindrance(line, first.ticket.bytes) === null ? first : undefined;
}
