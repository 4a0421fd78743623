/** What operators may order of a circuit breaker. */
import type { CircuitBreakerEvent } from '../machines/circuit-breaker.ts';

export interface CircuitBreakerCommand {
  /** Who orders it. */
  readonly by: string;
  readonly why: string;
}

export interface TemporaryCommand extends CircuitBreakerCommand {
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
  for (const name of ['by', 'why'] as const) {
    if (typeof order?.[name] !== 'string' || order?.[name].trim() === '') {
      throw new TypeError(
        `An order needs '${name}' as text, got ${JSON.stringify(order?.[name])}.`,
      );
    }
  }
  const { by, why, expiresAtMs } = order;
  if (type === 'RESET' || type === 'ENABLE') return { type, at, by, why };
  if (expiresAtMs === undefined) return { type, at, by, why };
  if (!(expiresAtMs > at && expiresAtMs <= 8.64e15)) {
    throw new RangeError(`expiresAtMs must be a time after now (${at}), got ${expiresAtMs}.`);
  }
  return { type, at, by, why, expiresAtMs };
}
