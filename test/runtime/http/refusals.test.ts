import { expect, it, onTestFinished, vi } from 'vitest';
import { Refusals } from '../../../runtime/http/refusals.ts';

it('refusals are told at once, then at most once a second', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const told: unknown[] = [];
  const refusals = new Refusals((counts) => told.push(counts));
  refusals.add('A');
  expect(told).toEqual([{ A: 1 }]);
  for (let i = 0; i < 1_000; i++) refusals.add('B');
  refusals.add('A');
  expect(told).toHaveLength(1);
  vi.advanceTimersByTime(999);
  expect(told).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(told).toEqual([{ A: 1 }, { B: 1_000, A: 1 }]);
  refusals.add('C');
  expect(told).toHaveLength(2);
  refusals.end();
  expect(told.at(-1)).toEqual({ C: 1 });
  vi.advanceTimersByTime(5_000);
  expect(told).toHaveLength(3);
  expect(vi.getTimerCount()).toBe(0);
  refusals.add('A');
  expect(told).toHaveLength(4);
});
