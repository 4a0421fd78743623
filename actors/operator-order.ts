/** Orders of operators: the journal says who gave each, and why. */

export interface OperatorOrder {
  /** Who orders it. */
  readonly by: string;
  readonly why: string;
}

/** @throws {TypeError} when it is not said who orders it and why. */
export function checkOrder(order: OperatorOrder): void {
  for (const name of ['by', 'why'] as const) {
    const text: unknown = order?.[name];
    if (typeof text === 'string' && text.trim() !== '') continue;
    throw new TypeError(`An order needs '${name}' as text, got ${JSON.stringify(text)}.`);
  }
}

/** @throws {RangeError} when it would expire in the past. */
export function checkExpiry(expiresAtMs: number | undefined, at: number): void {
  if (expiresAtMs === undefined || (expiresAtMs > at && expiresAtMs <= 8.64e15)) return;
  throw new RangeError(`expiresAtMs must be a time after now (${at}), got ${expiresAtMs}.`);
}
