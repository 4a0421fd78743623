import { describe, expect, it } from 'vitest';
import type { PatchContext } from '../../machines/patch.ts';
import { canariesOf, canaryOf, inputs } from '../../machines/patch-requests.ts';

const [a, b] = ['/a', '/b'];
const envelope = { min: 0, max: 100, step: 1 };
const context = {
  ...{ id: 'p-1', reason: 'no evidence', overridden: [], rehearsal: null },
  envelopes: { [a]: envelope, [b]: envelope },
  settings: { patch: { canaryRatio: 0.5, canaryBlindRatio: 0.25 } },
  proposal: {
    ...{ resolver: 'r', why: 'answers X-1', from: { [a]: 10, [b]: 50 } },
    operations: [
      { op: 'replace', path: a, value: 30 },
      { op: 'replace', path: b, value: 10 },
    ],
  },
} as unknown as PatchContext;
const values = (operations: readonly { readonly path: string; readonly value: number }[]) =>
  operations.map(({ path, value }) => [path, value]);

describe('the canary of a patch', () => {
  it('is half of the change after a rehearsal, a quarter without one', () => {
    expect(values(canaryOf(context))).toEqual([
      [a, 15],
      [b, 40],
    ]);
    const rehearsal = { kind: 'evaluated', isWorse: false, text: '' } as const;
    expect(values(canaryOf({ ...context, rehearsal }))).toEqual([
      [a, 20],
      [b, 30],
    ]);
    expect(values(canariesOf(context))).toEqual([
      [a, 20],
      [b, 30],
      [a, 15],
      [b, 40],
    ]);
  });
});

describe('a change of settings', () => {
  const tried = { ...context, canary: canaryOf(context) };

  it('by the canary is made from what was found, or not at all', () => {
    const request = inputs.canary({ context: tried });
    expect(values(request.operations)).toEqual(values(tried.canary));
    expect(request).toMatchObject({ scope: 'all', expected: { [a]: [10], [b]: [50] } });
    expect(request.why).toBe('r: answers X-1');
  });

  it('as a whole is made from the canary, or not at all', () => {
    const request = inputs.whole({ context: tried });
    expect(request.operations).toBe(context.proposal.operations);
    expect(request).toMatchObject({ scope: 'all', expected: { [a]: [15], [b]: [40] } });
  });

  it('back to what was found leaves alone what others have changed', () => {
    const request = inputs.nothing({ context: tried });
    expect(values(request.operations)).toEqual([
      [a, 10],
      [b, 50],
    ]);
    expect(request).toMatchObject({ scope: 'own', expected: { [a]: [15, 30], [b]: [40, 10] } });
    expect(request.why).toBe('rolled back: no evidence');
    const overridden = inputs.nothing({ context: { ...tried, overridden: [a] } });
    expect(values(overridden.operations)).toEqual([[b, 50]]);
  });
});
