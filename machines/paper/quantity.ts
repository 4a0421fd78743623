/** Quantities of an instrument: signed when they are positions, above 0 in orders and fills. */

/** Which way an order goes. */
export type Side = 'buy' | 'sell';

/** An order that was executed, in whole or in part. */
export type Fill = {
  readonly side: Side;
  /** Above 0. */
  readonly quantity: number;
  readonly price: number;
  /** In money, not below 0. */
  readonly fee: number;
};

/**
 * The quantity without the dust of binary fractions, to 8 places: 0.1 + 0.2 is 0.3, so that a
 * position that was closed in parts is 0 and not nearly 0.
 */
export const cleanQuantity = (quantity: number): number => Math.round(quantity * 1e8) / 1e8 || 0;

/** Above 0 for a buy. */
export const signedQuantity = (side: Side, quantity: number): number =>
  side === 'buy' ? quantity : -quantity;

/** What the next order has to do on the way from a position to the one that is wished for. */
export type OrderStep = {
  readonly side: Side;
  readonly quantity: number;
  /** True when the order only brings the position nearer to 0: it is never refused for risk. */
  readonly reduces: boolean;
};

/**
 * The next order on the way from `position` to `wished`; null when they agree.
 *
 * A turn from long to short goes through 0 in two orders, so that an order either only reduces or
 * only opens: +1 to -1 is a sale of 1 that reduces, then a sale of 1 that opens.
 */
export function nextStep(position: number, wished: number): OrderStep | null {
  const turns = position * wished < 0;
  const change = cleanQuantity((turns ? 0 : wished) - position);
  if (change === 0) return null;
  return {
    side: change > 0 ? 'buy' : 'sell',
    quantity: Math.abs(change),
    reduces: position * change < 0,
  };
}

/** How far a session may go. */
export type OrderLimits = {
  /** Share of the position wished for that may be opened: 1 is all, 0 nothing. */
  readonly openRatio: number;
  /** Whether the position may be reduced. */
  readonly mayReduce: boolean;
};

/** Before anybody has said otherwise. */
export const noLimits: OrderLimits = { openRatio: 1, mayReduce: true };

/**
 * As `nextStep`, as far as the limits allow. What is limited is the position that results, so that
 * many small orders come no further than one. A position that is too large already stays.
 */
export function limitedStep(
  position: number,
  wished: number,
  { openRatio, mayReduce }: OrderLimits,
): OrderStep | null {
  const step = nextStep(position, wished);
  if (step === null) return null;
  if (step.reduces) return mayReduce ? step : null;
  const room = cleanQuantity(Math.abs(wished) * openRatio - Math.abs(position));
  return room > 0 ? { ...step, quantity: Math.min(step.quantity, room) } : null;
}
