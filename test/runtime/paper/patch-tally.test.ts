import { expect, it } from 'vitest';
import {
  noPatches,
  type PatchTally,
  patchRowCountMax,
  withPatch,
} from '../../../runtime/paper/patch-tally.ts';
import type { TalliedFact } from '../../../runtime/paper/tally.ts';

const path = '/paper/strategy/quantity';

const proposed = (id: string) => ({
  ...{ type: 'patch.proposed', id, resolver: 'orderSmaller', failureKey: 'SLIP_DRIFT-1' },
  ...{ operations: [{ op: 'replace', path, value: 0.5 }], from: { [path]: 1 }, why: 'answers' },
});
const resolved = (id: string, verdict: string) => ({
  ...{ type: 'secr.resolved', id, verdict, why: 'score' },
});

/** Each fact at its number as time, and a hundred later as seq. */
const after = (...facts: readonly object[]): PatchTally =>
  facts.reduce<PatchTally>(
    (tally, fact, at) =>
      withPatch(tally, { at, path: '/secr', ...fact } as unknown as TalliedFact, 100 + at),
    noPatches,
  );

it('follows a patch from its proposal to its end', () => {
  const failure = { type: 'secr.failureReported' };
  const begun = { type: 'patch.canaryStarted', id: 'p-1' };
  const tally = after(failure, proposed('p-1'), begun, failure, resolved('p-1', 'kept'));
  expect(tally).toMatchObject({
    ...{ failureCount: 2, proposedCount: 1, appliedCount: 1, keptCount: 1 },
    ...{ rolledBackCount: 0, rejectedCount: 0 },
  });
  expect(tally.rows).toEqual([
    {
      ...{ id: 'p-1', resolver: 'orderSmaller', failureKey: 'SLIP_DRIFT-1', from: { [path]: 1 } },
      ...{ operations: [{ op: 'replace', path, value: 0.5 }], at: 1, seq: 101, endAt: 4 },
      ...{ endSeq: 104, wasApplied: true, verdict: 'kept', why: 'score' },
    },
  ]);
});

it('tells a rejected patch, of which nothing was in force, from one that was rolled back', () => {
  const tally = after(
    proposed('p-1'),
    resolved('p-1', 'rejected'),
    proposed('p-2'),
    { type: 'patch.canaryStarted', id: 'p-2' },
    resolved('p-2', 'rolledBack'),
    proposed('p-3'),
  );
  expect(tally).toMatchObject({ appliedCount: 1, rejectedCount: 1, rolledBackCount: 1 });
  expect(tally.rows.map(({ verdict, wasApplied }) => [verdict, wasApplied])).toEqual([
    ['rejected', false],
    ['rolledBack', true],
    [null, false],
  ]);
});

it('keeps the newest rows, and counts all', () => {
  const ids = Array.from({ length: patchRowCountMax + 5 }, (_, i) => `p-${i + 1}`);
  const tally = after(...ids.map(proposed));
  expect(tally.proposedCount).toBe(ids.length);
  expect(tally.rows.map(({ id }) => id)).toEqual(ids.slice(5));
});

it('leaves other facts alone', () => {
  expect(after({ type: 'order.filled' }, { type: 'patch.validated', id: 'p-1' })).toBe(noPatches);
});
