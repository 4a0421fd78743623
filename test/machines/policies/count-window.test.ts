import { expect, it } from 'vitest';
import {
  countsOfResults,
  emptyCountRecord,
  withResult,
} from '../../../machines/policies/count-window.ts';

it('keeps a digit for each of its newest results', () => {
  const results = [
    { isFailure: false, isSlow: false },
    { isFailure: true, isSlow: false },
    { isFailure: false, isSlow: true },
    { isFailure: true, isSlow: true },
  ];
  const record = results.reduce((before, one) => withResult(before, 3, one), emptyCountRecord);
  expect(record.results).toBe('123');
  expect(countsOfResults(record)).toEqual({ callCount: 3, failureCount: 2, slowCount: 2 });
});
