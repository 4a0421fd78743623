/**
 * Account: what the host owns, valued at each bar.
 *
 * States: `opening` -> `flat`, `long` or `short`, by the sign of the position. Filled orders change
 * it; where the broker reports another position than the book's, the broker is right. Each bar is a
 * sample for the breakers on signals: of the equity, and of the price.
 *
 * Pure: reads no clock, draws no randomness, does no I/O.
 */
import { assign, emit, enqueueActions, sendTo, setup } from 'xstate';
import type { AccountSettings } from '../../config/paper.ts';
import { tell } from '../tell.ts';
import type { Bar } from './bar.ts';
import { adjustBook, type Book, fillBook, markBook, openBook } from './book.ts';
import { cleanQuantity, type Fill } from './quantity.ts';

// Types

export type AccountPaths = {
  readonly session: string;
  /** Breakers on signals that are told the equity and the price of each bar, where they run. */
  readonly equitySignal: string;
  readonly priceSignal: string;
};

export type AccountInput = {
  readonly settings: AccountSettings;
  readonly paths: AccountPaths;
  /** Above 0 when a crash was before: the book is lost, and the broker is asked. */
  readonly incarnation: number;
  /** Logical time of the start, ms. */
  readonly at: number;
};

export type AccountContext = Book & {
  readonly paths: AccountPaths;
  readonly incarnation: number;
  readonly startedAt: number;
};

export type AccountEvent =
  | { type: 'BAR'; bar: Bar }
  | ({ type: 'FILLED'; clientOrderId: string; at: number } & Fill)
  /** The position as the broker has it, after each reconciling. */
  | { type: 'ADJUSTED'; positionQuantity: number; at: number }
  | { type: 'SETTINGS_CHANGED'; settings: AccountSettings };

export type AccountEmitted = {
  type: 'account.adjusted';
  at: number;
  from: number;
  to: number;
};

// Implementations

function bookAfter(book: Book, event: AccountEvent): Book {
  switch (event.type) {
    case 'BAR':
      return markBook(book, event.bar.close);
    case 'FILLED':
      return fillBook(book, event);
    case 'ADJUSTED':
      return adjustBook(book, event.positionQuantity);
    case 'SETTINGS_CHANGED':
      return book;
  }
}

const accountSetup = setup({
  types: {
    input: {} as AccountInput,
    context: {} as AccountContext,
    events: {} as AccountEvent,
    emitted: {} as AccountEmitted,
  },
  guards: {
    hasLostItsBook: ({ context }) => context.incarnation > 0,
    agreesWithBroker: ({ context, event }) =>
      event.type === 'ADJUSTED' &&
      cleanQuantity(event.positionQuantity - context.positionQuantity) === 0,
    becomesFlat: ({ context, event }) => bookAfter(context, event).positionQuantity === 0,
    becomesLong: ({ context, event }) => bookAfter(context, event).positionQuantity > 0,
  },
  actions: {
    book: assign(({ context, event }) => bookAfter(context, event)),
    sampleSignals: enqueueActions(({ context, event, enqueue, system }) => {
      if (event.type !== 'BAR') return;
      const { equity, price, paths } = context;
      const sample = { type: 'SIGNAL_SAMPLED', at: event.bar.at };
      tell({ enqueue, system }, [paths.equitySignal], { ...sample, value: equity });
      tell({ enqueue, system }, [paths.priceSignal], { ...sample, value: price });
    }),
    askToReconcile: sendTo(
      ({ context, system }) => system.get(context.paths.session),
      ({ context }) => ({ type: 'RECONCILE', at: context.startedAt }),
    ),
    announceAdjusted: emit(({ context, event }) => ({
      type: 'account.adjusted' as const,
      at: event.type === 'ADJUSTED' ? event.at : context.startedAt,
      from: context.positionQuantity,
      to: event.type === 'ADJUSTED' ? event.positionQuantity : context.positionQuantity,
    })),
  },
});

// Machine

export const accountMachine = accountSetup.createMachine({
  id: 'account',
  description: 'Books fills and marks the position to the market.',
  context: ({ input }) => ({
    ...openBook(input.settings.cash),
    paths: input.paths,
    incarnation: input.incarnation,
    startedAt: input.at,
  }),
  initial: 'opening',
  on: {
    BAR: { actions: ['book', 'sampleSignals'] },
    FILLED: [
      { guard: 'becomesFlat', target: '.flat', actions: 'book' },
      { guard: 'becomesLong', target: '.long', actions: 'book' },
      { target: '.short', actions: 'book' },
    ],
    ADJUSTED: [
      { guard: 'agreesWithBroker' },
      { guard: 'becomesFlat', target: '.flat', actions: ['announceAdjusted', 'book'] },
      { guard: 'becomesLong', target: '.long', actions: ['announceAdjusted', 'book'] },
      { target: '.short', actions: ['announceAdjusted', 'book'] },
    ],
    // Money at the start is a fact of the past: a new setting holds for the next account.
    SETTINGS_CHANGED: {},
  },
  states: {
    opening: {
      always: [
        { guard: 'hasLostItsBook', target: 'flat', actions: 'askToReconcile' },
        { target: 'flat' },
      ],
    },
    flat: {},
    long: {},
    short: {},
  },
});
