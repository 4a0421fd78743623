import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountMachine } from '../../../machines/paper/account.ts';
import {
  adjustBook,
  type Book,
  fillBook,
  markBook,
  openBook,
} from '../../../machines/paper/book.ts';
import { cleanQuantity, type Fill, nextStep } from '../../../machines/paper/quantity.ts';
import { expectSound } from '../../../runtime/testing/expect-sound.ts';
import { barAt } from '../../support/bars.ts';
import { stage } from '../../support/stage.ts';

const paths = { session: '/session', equitySignal: '/equity', priceSignal: '/price' };
const input = { settings: { cash: 1_000 }, paths, incarnation: 0, at: 5 };
const start = (more: object = {}) => stage(accountMachine, { ...input, ...more }, ['/session']);
const bar = (close: number) => ({ type: 'BAR' as const, bar: barAt(1, close) });
const filled = (side: 'buy' | 'sell', quantity: number, price: number, fee = 0) => ({
  type: 'FILLED' as const,
  clientOrderId: 'o-1',
  at: 1,
  side,
  quantity,
  price,
  fee,
});

const near = (a: number, b: number) => expect(a).toBeCloseTo(b, 6);

function expectIdentities(book: Book, cash: number): void {
  near(book.equity, book.cash + book.positionQuantity * book.price);
  near(
    book.cash + book.positionQuantity * book.averagePrice,
    cash + book.realizedProfit - book.feesPaid,
  );
  expect(book.peakEquity).toBeGreaterThanOrEqual(book.equity);
  expect(book.drawdownRatioMax).toBeGreaterThanOrEqual(book.drawdownRatio);
  expect(book.drawdownRatio).toBeGreaterThanOrEqual(0);
  if (book.positionQuantity === 0) expect(book.averagePrice).toBe(0);
}

const fills: fc.Arbitrary<Fill> = fc.record({
  side: fc.constantFrom('buy', 'sell'),
  quantity: fc.integer({ min: 1, max: 50 }).map((n) => n / 10),
  price: fc.integer({ min: 50, max: 150 }),
  fee: fc.integer({ min: 0, max: 3 }),
});

describe('book', () => {
  it('realizes what is closed and averages what is added', () => {
    let book = openBook(1_000);
    book = fillBook(book, { side: 'buy', quantity: 2, price: 100, fee: 1 });
    book = fillBook(book, { side: 'buy', quantity: 2, price: 110, fee: 1 });
    expect(book).toMatchObject({ cash: 578, positionQuantity: 4, averagePrice: 105, feesPaid: 2 });
    book = fillBook(book, { side: 'sell', quantity: 1, price: 115, fee: 1 });
    expect(book).toMatchObject({ realizedProfit: 10, averagePrice: 105, positionQuantity: 3 });
    book = fillBook(book, { side: 'sell', quantity: 5, price: 100, fee: 0 });
    expect(book).toMatchObject({ realizedProfit: -5, averagePrice: 100, positionQuantity: -2 });
  });

  it('remembers the deepest fall from the peak', () => {
    let book = fillBook(openBook(1_000), { side: 'buy', quantity: 10, price: 100, fee: 0 });
    for (const price of [120, 90, 100]) book = markBook(book, price);
    expect(book).toMatchObject({ peakEquity: 1_200, drawdownRatioMax: 0.25, equity: 1_000 });
    near(book.drawdownRatio, 1 / 6);
  });

  it('keeps its identities through any fills, marks and adjustments', () => {
    const steps = fc.array(
      fc.oneof(
        fills.map((fill) => (book: Book) => fillBook(book, fill)),
        fc.integer({ min: 50, max: 150 }).map((price) => (book: Book) => markBook(book, price)),
        fc.integer({ min: -5, max: 5 }).map((to) => (book: Book) => adjustBook(book, to)),
      ),
    );
    fc.assert(
      fc.property(steps, (all) => {
        let book = openBook(1_000);
        for (const step of all) {
          book = step(book);
          if (book.unpricedQuantity === 0) expectIdentities(book, 1_000);
        }
      }),
    );
  });

  it('pays for a position that was found before any price at the first one', () => {
    const book = adjustBook(openBook(1_000), 3);
    expect(book).toMatchObject({ cash: 1_000, positionQuantity: 3, equity: 1_000 });
    expect(markBook(book, 100)).toMatchObject({ cash: 700, equity: 1_000, averagePrice: 100 });
  });
});

describe('next order', () => {
  it.each([
    [0, 1, { side: 'buy', quantity: 1, reduces: false }],
    [1, -1, { side: 'sell', quantity: 1, reduces: true }],
    [-2, 3, { side: 'buy', quantity: 2, reduces: true }],
    [2, 0.5, { side: 'sell', quantity: 1.5, reduces: true }],
    [0, -1, { side: 'sell', quantity: 1, reduces: false }],
    [0.30000000000000004, 0.3, null],
  ])('from %d to %d is %j', (position, wished, step) => {
    expect(nextStep(position, wished)).toEqual(step);
  });

  it('comes to any wish in at most two orders, of which only the last one opens', () => {
    const quantity = fc.integer({ min: -40, max: 40 }).map((n) => n / 10);
    fc.assert(
      fc.property(quantity, quantity, (from, to) => {
        let position = from;
        const steps = [];
        for (let step = nextStep(from, to); step; step = nextStep(position, to)) {
          steps.push(step);
          position = cleanQuantity(position + (step.side === 'buy' ? 1 : -1) * step.quantity);
          if (step.reduces) expect(Math.abs(position)).toBeLessThan(Math.abs(from));
        }
        expect(position).toBe(cleanQuantity(to));
        expect(steps.length).toBeLessThanOrEqual(2);
        expect(steps.slice(0, -1).every((step) => step.reduces)).toBe(true);
      }),
    );
  });
});

describe('account', () => {
  it('samples the breakers on signals with each bar, after it is booked', () => {
    const account = stage(accountMachine, input, Object.values(paths));
    account.send(filled('buy', 2, 100));
    expect(account.sent()).toEqual([]);
    account.send(bar(110));
    const sample = { type: 'SIGNAL_SAMPLED', at: barAt(1, 110).at };
    expect(account.sent('/equity')).toEqual([{ ...sample, value: 1_020 }]);
    expect(account.sent('/price')).toEqual([{ ...sample, value: 110 }]);
  });

  it('is in the state of its position', () => {
    const account = start();
    expect(account.snapshot.value).toBe('flat');
    account.send(filled('buy', 1, 100));
    expect(account.snapshot.value).toBe('long');
    account.send(filled('sell', 3, 100));
    expect(account.snapshot.value).toBe('short');
    account.send(filled('buy', 2, 90, 1));
    expect(account.snapshot.value).toBe('flat');
    expect(account.snapshot.context).toMatchObject({ cash: 1_019, realizedProfit: 20 });
  });

  it('takes over the position of the broker and says so', () => {
    const account = start();
    account.send(bar(100));
    account.send({ type: 'ADJUSTED', positionQuantity: -2, at: 9 });
    expect(account.snapshot.value).toBe('short');
    expect(account.emitted()).toEqual([{ type: 'account.adjusted', at: 9, from: 0, to: -2 }]);
    expect(account.snapshot.context).toMatchObject({ cash: 1_200, equity: 1_000 });
  });

  it('is silent when the broker agrees', () => {
    const account = start();
    account.send(filled('buy', 1, 100));
    const before = account.snapshot;
    account.send({ type: 'ADJUSTED', positionQuantity: 1, at: 9 });
    expect(account.emitted()).toEqual([]);
    expect(account.snapshot.context).toEqual(before.context);
  });

  it('asks for reconciling when it has lost its book in a crash, and only then', () => {
    expect(start().sent()).toEqual([]);
    expect(start({ incarnation: 1 }).sent()).toEqual([{ type: 'RECONCILE', at: 5 }]);
  });

  it('keeps on every edge what any machine owes, and its identities', () => {
    const edges = expectSound(accountMachine, {
      input,
      events: ({ context }) => [
        bar(100),
        bar(80),
        ...(context.feesPaid < 3 ? [filled('buy', 1, 100, 1), filled('sell', 2, 90, 1)] : []),
        { type: 'ADJUSTED' as const, positionQuantity: 0, at: 2 },
        { type: 'SETTINGS_CHANGED' as const, settings: { cash: 7 } },
      ],
      limit: 20_000,
      key: ({ value, context }) =>
        JSON.stringify([value, context.positionQuantity, context.feesPaid, context.price]),
      unreachable: ['opening'],
    });
    for (const { to } of edges) {
      const { context, value } = to;
      expectIdentities(context, 1_000);
      const sign = Math.sign(context.positionQuantity);
      expect(value).toBe(['short', 'flat', 'long'][sign + 1]);
    }
  });
});
