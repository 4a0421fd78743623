/** What operators may order of a circuit breaker. */
import type { CircuitBreakerEvent } from '../machines/circuit-breaker.ts';
import { checkExpiry, checkOrder, type OperatorOrder } from './operator-order.ts';

export interface TemporaryCommand extends OperatorOrder {
  /** Logical ms; without it the order holds until another one. */
  readonly expiresAtMs?: number;
}

type Order = Extract<CircuitBreakerEvent, { by: string }>;

/**
 * The event that gives the order.
 *
 * @throws {TypeError} when it is not said who orders it and why.
 * @throws {RangeError} when it would expire in the past.
 */
export function orderEvent(type: Order['type'], order: TemporaryCommand, at: number): Order {
  checkOrder(order);
  const { by, why, expiresAtMs } = order;
  if (type === 'RESET' || type === 'ENABLE') return { type, at, by, why };
  if (expiresAtMs === undefined) return { type, at, by, why };
  checkExpiry(expiresAtMs, at);
  return { type, at, by, why, expiresAtMs };
}
