/** Orders of operators say who and why, or are refused in words. */
import { expect, it } from 'vitest';
import { checkExpiry, checkOrder } from '../../actors/operator-order.ts';

it.each([
  [undefined, "An order needs 'by' as text, got undefined."],
  [null, "An order needs 'by' as text, got undefined."],
  [{ by: 'ada' }, "An order needs 'why' as text, got undefined."],
  [{ by: ' ', why: 'x' }, 'An order needs \'by\' as text, got " ".'],
])('an order %j is refused', (order, words) => {
  expect(() => checkOrder(order as never)).toThrow(new TypeError(words));
});

it('one with both is taken, and expires in the future only', () => {
  expect(() => checkOrder({ by: 'ada', why: 'outage' })).not.toThrow();
  expect(() => checkExpiry(11, 10)).not.toThrow();
  expect(() => checkExpiry(undefined, 10)).not.toThrow();
  expect(() => checkExpiry(10, 10)).toThrow('expiresAtMs must be a time after now (10), got 10.');
});
