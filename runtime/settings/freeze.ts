/** Freezes settings all the way down, so that nobody changes them behind the journal's back. */

/** Values known to be frozen to the bottom: a shallow freeze by somebody else proves nothing. */
const frozen = new WeakSet<object>();

export const isDeepFrozen = (value: object): boolean => frozen.has(value);

/** Freezes a tree of plain values in place and returns it. Parts frozen before cost nothing. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || frozen.has(value)) return value;
  frozen.add(value);
  for (const item of Object.values(value)) deepFreeze(item);
  return Object.freeze(value);
}
