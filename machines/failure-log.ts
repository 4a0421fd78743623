/**
 * Failure log: the newest failures by their keys, with what answered them.
 *
 * Fixed memory: failures lie in pages of a hundred, each page is a field of its own, and the page
 * that is needed next is cleared. So one failure costs the journal one page, not ten thousand rows.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { assign, setup } from 'xstate';

// Types

export interface FailureRow {
  /** As in `ICAP_COLLAPSE-17`; its number is that of the report. */
  readonly key: string;
  readonly at: number;
  readonly severity: number;
  /** The patch that answers it; null when none does. */
  readonly patch: string | null;
  /** How that patch ended; null before. */
  readonly end: string | null;
}

type PageName = `page${number}`;

/** Pages by their place, and how many there are. */
export type FailureLogContext = {
  readonly pageCount: number;
} & { readonly [page: PageName]: readonly FailureRow[] };

export type FailureLogEvent =
  | {
      readonly type: 'NOTED';
      readonly at: number;
      readonly number: number;
      readonly key: string;
      readonly severity: number;
    }
  /** A patch answers a failure, or has ended. */
  | {
      readonly type: 'ANSWERED';
      readonly at: number;
      readonly key: string;
      readonly patch: string;
      readonly end: string | null;
    };

export interface FailureLogInput {
  readonly retentionCount: number;
}

// Decisions

const rowCount = 100;

const placeOf = (number: number): number => Math.floor(number / rowCount);
const nameOf = (place: number, { pageCount }: FailureLogContext): PageName =>
  `page${place % pageCount}`;

/** The number in a key; NaN for what is none. */
const numberOf = (key: string): number => Number(key.slice(key.lastIndexOf('-') + 1));

/** The failure of a key; undefined when it is forgotten, or never was. */
export function failureAt(context: FailureLogContext, key: string): FailureRow | undefined {
  const number = numberOf(key);
  if (!Number.isSafeInteger(number) || number < 0) return undefined;
  return context[nameOf(placeOf(number), context)]?.find((row) => row.key === key);
}

/** Every failure that is remembered, the oldest first. */
export const failuresOf = (context: FailureLogContext): readonly FailureRow[] =>
  Array.from({ length: context.pageCount }, (_, place) => context[`page${place}`] ?? [])
    .flat()
    .sort((a, b) => numberOf(a.key) - numberOf(b.key));

/** A page is begun anew by the first failure that belongs to a later round. */
function noted(context: FailureLogContext, row: FailureRow): Partial<FailureLogContext> {
  const place = placeOf(numberOf(row.key));
  const name = nameOf(place, context);
  const page = context[name] ?? [];
  const [first] = page;
  const isNew = first !== undefined && placeOf(numberOf(first.key)) !== place;
  return { [name]: isNew ? [row] : [...page, row] };
}

function answered(
  context: FailureLogContext,
  {
    key,
    patch,
    end,
  }: { readonly key: string; readonly patch: string; readonly end: string | null },
): Partial<FailureLogContext> {
  if (!failureAt(context, key)) return {};
  const name = nameOf(placeOf(numberOf(key)), context);
  return { [name]: context[name]!.map((row) => (row.key === key ? { ...row, patch, end } : row)) };
}

// Machine

export const failureLogMachine = setup({
  types: {
    input: {} as FailureLogInput,
    context: {} as FailureLogContext,
    events: {} as FailureLogEvent,
  },
  actions: {
    note: assign(({ context, event }) => {
      if (event.type !== 'NOTED') return {};
      const { key, at, severity } = event;
      return noted(context, { key, at, severity, patch: null, end: null });
    }),
    noteAnswer: assign(({ context, event }) =>
      event.type === 'ANSWERED' ? answered(context, event) : {},
    ),
  },
}).createMachine({
  id: 'failureLog',
  description: 'Remembers the newest failures, and which patch answered each.',
  context: ({ input }) => ({ pageCount: Math.max(1, Math.ceil(input.retentionCount / rowCount)) }),
  initial: 'open',
  states: { open: { on: { NOTED: { actions: 'note' }, ANSWERED: { actions: 'noteAnswer' } } } },
});
