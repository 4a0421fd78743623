import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { ConfigInvalidError } from '../../../actors/errors.ts';
import { applyPatch, type PatchOperation } from '../../../runtime/settings/patch.ts';
import { pointerOf } from '../../../runtime/settings/pointer.ts';
import { type Example, exampleSchema, examples, runs } from './example.ts';

const places = [
  ['broker'],
  ['broker', 'lowMs'],
  ['broker', 'highMs'],
  ['broker', 'window'],
  ['broker', 'window', 'kind'],
  ['broker', 'window', 'size'],
  ['broker', 'note'],
  ['parts', 'a'],
  ['parts', 'a', 'highMs'],
  ['login', 'apiKey'],
  ['mode'],
  ['share'],
  ['unknown'],
];

const values = fc.oneof(
  fc.integer({ min: -5, max: 110 }),
  fc.constantFrom('fast', 'count', 'time', 'x', 0.5, true, null, {}, [], { lowMs: 30, highMs: 40 }),
  fc.constant({ kind: 'time', durationMs: 5 }),
  fc.constant({ window: { kind: 'count', size: 3 } }),
);

const operations: fc.Arbitrary<PatchOperation> = fc.record({
  op: fc.constantFrom('add', 'replace'),
  path: fc.constantFrom(...places).map(pointerOf),
  value: values,
});

/** A clone in which every operation is done by hand; `undefined` when one cannot be done. */
function naive(settings: Example, list: readonly PatchOperation[]): unknown {
  const clone: unknown = structuredClone(settings);
  for (const { op, path, value } of list) {
    const steps = path.slice(1).split('/');
    let here = clone as Record<string, unknown>;
    for (const step of steps.slice(0, -1)) here = here?.[step] as Record<string, unknown>;
    const last = steps.at(-1)!;
    if (typeof here !== 'object' || here === null) return undefined;
    if (op === 'replace' && here[last] === undefined) return undefined;
    if (Array.isArray(here)) return undefined;
    here[last] = structuredClone(value);
  }
  return clone;
}

function outcomeOf(settings: Example, list: readonly PatchOperation[], schema: z.ZodType) {
  try {
    return { data: applyPatch(settings, list, schema) };
  } catch (error) {
    if (error instanceof ConfigInvalidError) return { paths: error.issues.map(({ path }) => path) };
    throw error;
  }
}

describe('applyPatch, for any settings and operations', () => {
  const withRule = exampleSchema.refine(
    (settings) => settings.mode === 'safe' || settings.share < 0.9,
    { path: ['mode'], message: 'must be safe when share is 0.9 or more' },
  );

  it.each([
    ['with rules inside groups', exampleSchema],
    ['with a rule that spans groups', withRule],
  ])('does what a clone, a change and a full validation do, %s', (_title, schema) => {
    fc.assert(
      fc.property(examples, fc.array(operations, { maxLength: 4 }), (settings, list) => {
        fc.pre(schema.safeParse(settings).success);
        const before = structuredClone(settings);
        const expected = naive(settings, list);
        const outcome = outcomeOf(settings, list, schema);
        expect(settings).toEqual(before);
        const full = expected === undefined ? undefined : schema.safeParse(expected);
        if (full?.success) {
          expect(outcome.data).toEqual(full.data);
        } else {
          expect(outcome.data).toBeUndefined();
        }
        if (full && !full.success && list.length > 0 && 'paths' in outcome) {
          const groups = new Set(full.error.issues.map(({ path }) => String(path[0] ?? '')));
          for (const path of outcome.paths ?? []) {
            expect([...groups, 'unknown']).toContain(path.split('.')[0]);
          }
        }
      }),
      runs,
    );
  });

  it('keeps what is equal identical', () => {
    fc.assert(
      fc.property(examples, fc.array(operations, { maxLength: 3 }), (settings, list) => {
        const { data } = outcomeOf(settings, list, exampleSchema);
        if (data === undefined) return;
        for (const key of Object.keys(data) as (keyof Example)[]) {
          const isEqual = JSON.stringify(data[key]) === JSON.stringify(settings[key]);
          if (isEqual) expect(data[key]).toBe(settings[key]);
        }
      }),
      runs,
    );
  });

  it('finds a broken rule that spans groups although only one group changed', () => {
    const settings = withRule.parse({ share: 0.95 });
    const list: PatchOperation[] = [{ op: 'replace', path: '/mode', value: 'fast' }];
    expect(() => applyPatch(settings, list, withRule)).toThrow('must be safe when share is');
  });
});
