import { expect, it } from 'vitest';
import {
  refusalsIn,
  sumOf,
  withCodes,
  withRefusals,
} from '../../../machines/policies/door-pressure.ts';

it('refusals are counted by the second, for a minute', () => {
  let recent = withRefusals([], 1_000, 2);
  recent = withRefusals(recent, 1_999, 3);
  expect(recent).toEqual([{ at: 1_000, count: 5 }]);
  recent = withRefusals(recent, 2_000, 1);
  expect(refusalsIn(recent)).toBe(6);
  expect(withRefusals(recent, 60_999, 1)).toHaveLength(3);
  expect(withRefusals(recent, 61_000, 1)).toEqual([
    { at: 2_000, count: 1 },
    { at: 61_000, count: 1 },
  ]);
});

it('a flood of events keeps the list short', () => {
  let recent = withRefusals([], 0, 1);
  for (let at = 0; at < 200_000; at += 100) recent = withRefusals(recent, at, 1);
  expect(recent.length).toBeLessThanOrEqual(60);
});

it('codes are summed, and only so many are told apart', () => {
  expect(withCodes({ A: 1 }, { A: 2, B: 1 })).toEqual({ A: 3, B: 1 });
  const many = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`C${i}`, 1]));
  const totals = withCodes({ A: 1 }, many);
  expect(Object.keys(totals)).toHaveLength(50);
  expect(withCodes(totals, { A: 1, NEW: 1 })).toMatchObject({ A: 2 });
  expect(sumOf({ A: 2, B: 3 })).toBe(5);
});
