/** Orders of operators: the journal says who gave each, and why. */

export interface OperatorOrder {
  /** Who orders it. */
  readonly by: string;
  readonly why: string;
}

/** @throws {TypeError} when a text is missing or empty. */
export function checkText(name: string, value: unknown): asserts value is string {
  if (typeof value === 'string' && value.trim() !== '') return;
  throw new TypeError(`An order needs '${name}' as text, got ${JSON.stringify(value)}.`);
}

/** @throws {TypeError} when it is not said who orders it and why. */
export function checkOrder(order: OperatorOrder): void {
  checkText('by', order?.by);
  checkText('why', order?.why);
}

/** @throws {RangeError} when it would expire in the past. */
export function checkExpiry(expiresAtMs: number | undefined, at: number): void {
  if (expiresAtMs === undefined || (expiresAtMs > at && expiresAtMs <= 8.64e15)) return;
  throw new RangeError(`expiresAtMs must be a time after now (${at}), got ${expiresAtMs}.`);
}
