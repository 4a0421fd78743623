/** Keeps secrets out of what is shown, logged or journaled. */

export const redactedText = '[redacted]';

const secretWords = /password|secret|apikey|privatekey|authorization|token$/;

/**
 * Whether a name looks like that of a secret. `tokenCount` does not: counts of tokens are common.
 */
export const isSecretName = (name: string): boolean =>
  secretWords.test(name.toLowerCase().replace(/[^a-z0-9]/g, ''));

/**
 * A copy in which the value of every secret-looking key is '[redacted]', at any depth. The input is
 * not changed. Errors, dates and other objects with their own text are left as they are.
 */
export function redact<T>(value: T): T {
  return copy(value, new Map()) as T;
}

/** `seen` keeps the shape of values that contain themselves. */
function copy(value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null || isOpaque(value)) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    seen.set(value, items);
    for (const item of value) items.push(copy(item, seen));
    return items;
  }
  const result: Record<string, unknown> = {};
  seen.set(value, result);
  for (const [key, item] of Object.entries(value)) {
    // Defined, not assigned: assigning to `__proto__` would change the copy instead of filling it.
    Object.defineProperty(result, key, {
      value: isSecretName(key) ? redactedText : copy(item, seen),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}

const isOpaque = (value: object): boolean =>
  value instanceof Error ||
  value instanceof Map ||
  value instanceof Set ||
  ArrayBuffer.isView(value) ||
  typeof (value as { toJSON?: unknown }).toJSON === 'function';
