/**
 * JSON pointers: how one place in the settings is named, as in `/paper/broker/breaker`.
 * @see https://www.rfc-editor.org/rfc/rfc6901
 */
import { isDeepStrictEqual } from 'node:util';
import { own } from './schema.ts';

/**
 * The steps of a pointer; none for '', which is the whole.
 *
 * @throws {RangeError} when the text is not a JSON pointer.
 */
export function parsePointer(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) {
    throw new RangeError(
      `JSON pointer must be '' or begin with '/', with '~' as '~0' and '/' as '~1' in names, ` +
        `got ${JSON.stringify(pointer)}.`,
    );
  }
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer of steps. */
export const pointerOf = (steps: readonly (string | number)[]): string =>
  steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Position in a list that a step names; `undefined` when it names none, as `01`, `-1` or `x`. */
export const indexOf = (step: string): number | undefined =>
  /^(?:0|[1-9]\d{0,15})$/.test(step) ? Number(step) : undefined;

/** The value one step below; `undefined` when there is none. */
export const stepInto = (value: unknown, step: string): unknown =>
  Array.isArray(value) ? value[indexOf(step) ?? -1] : own(value, step);

/**
 * The value at a JSON pointer; `undefined` when nothing is there.
 *
 * @throws {RangeError} when the text is not a JSON pointer.
 */
export const at = (settings: unknown, pointer: string): unknown =>
  parsePointer(pointer).reduce(stepInto, settings);

/**
 * Whether what lies at a pointer changed. Settings from `applyPatch` share what did not change, so
 * that the usual answer costs one comparison.
 *
 * @throws {RangeError} when the text is not a JSON pointer.
 */
export function changedPointers(before: unknown, after: unknown, pointer: string): boolean {
  const old = at(before, pointer);
  const now = at(after, pointer);
  return old !== now && !isDeepStrictEqual(old, now);
}
