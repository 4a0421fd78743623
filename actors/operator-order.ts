/** An order of an operator says who gives it and why. */

export interface OperatorOrder {
  readonly by: string;
  readonly why: string;
}

/** @throws {TypeError} when a text is missing or empty. */
export function checkText(name: string, value: unknown): asserts value is string {
  if (typeof value === 'string' && value.trim() !== '') return;
  throw new TypeError(`An order needs '${name}' as text, got ${JSON.stringify(value)}.`);
}

/** @throws {TypeError} when it is not said who orders it and why. */
export function checkOrder({ by, why }: OperatorOrder): void {
  checkText('by', by);
  checkText('why', why);
}
