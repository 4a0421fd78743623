/** What makes one settings of another, setting by setting. */
import { isDeepStrictEqual } from 'node:util';
import type { PatchOperation } from './patch.ts';
import { pointerOf } from './pointer.ts';
import { isMapping, own } from './schema.ts';

/** Operations that change `before` into `after`; lists are replaced as a whole. */
export function differences(
  before: unknown,
  after: unknown,
  steps: readonly string[] = [],
): readonly PatchOperation[] {
  if (before === after || isDeepStrictEqual(before, after)) return [];
  const path = pointerOf(steps);
  if (after === undefined) return [{ op: 'remove', path }];
  if (before === undefined) return [{ op: 'add', path, value: after }];
  if (!isMapping(before) || !isMapping(after)) return [{ op: 'replace', path, value: after }];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) =>
    differences(own(before, name), own(after, name), [...steps, name]),
  );
}
