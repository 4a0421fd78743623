import { describe, expect, it } from 'vitest';
import { secrSettingsSchema } from '../../../config/secr.ts';
import {
  begunWithin,
  deviationWith,
  type PatchLedger,
  refusalOf,
} from '../../../machines/policies/patch-admission.ts';

const envelope = { min: 0, max: 10, step: 1 };
const ledger: PatchLedger = {
  values: { '/a': 5, '/b': 5, '/c': 5, '/d': 5, '/e': 50 },
  envelopes: { '/a': envelope, '/b': envelope, '/c': envelope, '/d': envelope, '/e': envelope },
  ...{ owners: {}, pins: {}, coolingUntilMs: {}, origins: {}, activeCount: 0, begunAtMs: [] },
};
const { budget } = secrSettingsSchema.parse({
  budget: { changeCountMax: 2, windowMs: 100, deviationMax: 1 },
});
const to = (...changes: readonly (readonly [string, unknown])[]) => ({
  operations: changes.map(([path, value]) => ({ op: 'replace', path, value })) as never,
});
const refusal = (change: ReturnType<typeof to>, over: Partial<PatchLedger> = {}, at = 1_000) =>
  refusalOf({ ...ledger, ...over }, change, at, budget);

describe('a patch', () => {
  it('may begin when nothing speaks against it', () => {
    expect(refusal(to(['/a', 6]))).toBeUndefined();
    expect(refusal(to(['/a', 0], ['/b', 10]))).toBeUndefined();
  });

  it.each([
    [to(), 'it changes nothing'],
    [
      to(['/a', 6], ['/b', 6], ['/c', 6], ['/d', 6]),
      'it changes 4 settings, at most 3 are allowed',
    ],
    [to(['/a', 6], ['/a', 7]), 'it changes a setting twice'],
    [to(['/x', 6]), '/x has no envelope'],
    [to(['/a', 11]), '/a from 5 to 11 leaves its envelope, 0 to 10'],
    [to(['/a', -1]), 'leaves its envelope'],
    [to(['/e', 10]), '/e from 50 to 10 leaves its envelope'],
    [to(['/a', '6']), '/a needs a number'],
    [to(['/a', Number.POSITIVE_INFINITY]), '/a needs a number'],
  ])('is refused in words: %j', (change, words) => {
    expect(refusal(change)).toContain(words);
  });

  it('touches no key that is pinned, owned, or cooling down', () => {
    const change = to(['/b', 6], ['/a', 6]);
    const pins = { '/a': { by: 'ada', why: 'tuned by hand' } };
    expect(refusal(change, { pins })).toBe('/a is pinned by ada: tuned by hand');
    expect(refusal(change, { owners: { '/a': 'p-1' } })).toBe('/a belongs to patch p-1');
    const coolingUntilMs = { '/a': 1_500 };
    expect(refusal(change, { coolingUntilMs }, 1_499)).toBe('/a cools down for 1 ms more');
    expect(refusal(change, { coolingUntilMs }, 1_500)).toBeUndefined();
  });

  it('waits while others are under way, and when too many began lately', () => {
    const change = to(['/a', 6]);
    expect(refusal(change, { activeCount: 1 })).toContain('1 patches are under way');
    expect(refusal(change, { begunAtMs: [950, 960] })).toContain('2 patches began within 100 ms');
    expect(refusal(change, { begunAtMs: [900, 960] })).toBeUndefined();
    expect(begunWithin([900, 901, 1_000], 1_000, 100)).toBe(2);
  });

  it('stays within the blast radius, counted from where settings were found', () => {
    const origins = { '/b': 10 };
    expect(deviationWith({ ...ledger, origins }, { '/a': 8 })).toBeCloseTo(0.8);
    expect(refusal(to(['/a', 10]), { origins })).toBeUndefined();
    expect(refusal(to(['/a', 10], ['/c', 6]), { origins })).toContain('by 1.100 envelopes');
    // A way back is no deviation.
    expect(refusal(to(['/b', 10], ['/a', 10]), { origins })).toBeUndefined();
  });
});
