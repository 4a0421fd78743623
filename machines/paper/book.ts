/**
 * Book of a paper account: cash, position, what they are worth, how far that has fallen.
 *
 * At all times `equity = cash + positionQuantity * price`, and
 * `cash + positionQuantity * averagePrice = cash at the start + realizedProfit - feesPaid`.
 */
import { cleanQuantity, type Fill, signedQuantity } from './quantity.ts';

export type Book = {
  readonly cash: number;
  /** Signed: above 0 is long. */
  readonly positionQuantity: number;
  /** Mean price at which the open position was entered; 0 when flat. */
  readonly averagePrice: number;
  /** Profit of what was closed, before fees. */
  readonly realizedProfit: number;
  readonly feesPaid: number;
  /** Price at which the position is valued; 0 before the first bar or fill. */
  readonly price: number;
  readonly equity: number;
  readonly peakEquity: number;
  /** Fall of the equity from its peak, as a share of it; above 1 when more than all is lost. */
  readonly drawdownRatio: number;
  readonly drawdownRatioMax: number;
  /** Position that was found without a price; it is paid for at the next one. Signed. */
  readonly unpricedQuantity: number;
};

/** The book of an account that holds nothing but cash. */
export function openBook(cash: number): Book {
  return {
    cash,
    positionQuantity: 0,
    averagePrice: 0,
    realizedProfit: 0,
    feesPaid: 0,
    price: 0,
    equity: cash,
    peakEquity: cash,
    drawdownRatio: 0,
    drawdownRatioMax: 0,
    unpricedQuantity: 0,
  };
}

/** The book with its position valued at `price`. */
export function markBook(book: Book, price: number): Book {
  const paid = book.unpricedQuantity === 0 ? book : payFor(book, price);
  const equity = paid.cash + paid.positionQuantity * price;
  const peakEquity = Math.max(paid.peakEquity, equity);
  const drawdownRatio = (peakEquity - equity) / peakEquity;
  const drawdownRatioMax = Math.max(paid.drawdownRatioMax, drawdownRatio);
  return { ...paid, price, equity, peakEquity, drawdownRatio, drawdownRatioMax };
}

function payFor(book: Book, price: number): Book {
  const cash = book.cash - book.unpricedQuantity * price;
  return { ...book, cash, averagePrice: price, unpricedQuantity: 0 };
}

/** The book after an order was executed. What closes a position realizes its profit. */
export function fillBook(before: Book, fill: Fill): Book {
  const book = before.unpricedQuantity === 0 ? before : payFor(before, fill.price);
  const { positionQuantity, averagePrice } = book;
  const change = signedQuantity(fill.side, fill.quantity);
  const after = cleanQuantity(positionQuantity + change);
  const closes = positionQuantity * change < 0;
  const closed = closes
    ? Math.sign(positionQuantity) * Math.min(Math.abs(change), Math.abs(positionQuantity))
    : 0;
  const cash = book.cash - change * fill.price - fill.fee;
  return markBook(
    {
      ...book,
      cash,
      positionQuantity: after,
      averagePrice: averageAfter(),
      realizedProfit: book.realizedProfit + closed * (fill.price - averagePrice),
      feesPaid: book.feesPaid + fill.fee,
    },
    book.price || fill.price,
  );

  function averageAfter(): number {
    if (after === 0) return 0;
    if (!closes) return (positionQuantity * averagePrice + change * fill.price) / after;
    return after * positionQuantity > 0 ? averagePrice : fill.price;
  }
}

/**
 * The book with the position that the broker says it has. The difference is taken as traded at the
 * price of the book, without a fee: nobody knows better. Without a price, the next one counts.
 */
export function adjustBook(book: Book, positionQuantity: number): Book {
  const change = cleanQuantity(positionQuantity - book.positionQuantity);
  if (change === 0) return book;
  if (book.price > 0) {
    const quantity = Math.abs(change);
    const side = change > 0 ? 'buy' : 'sell';
    return fillBook(book, { side, quantity, price: book.price, fee: 0 });
  }
  const unpricedQuantity = cleanQuantity(book.unpricedQuantity + change);
  return { ...book, positionQuantity: cleanQuantity(positionQuantity), unpricedQuantity };
}
