import { describe, expect, it } from 'vitest';
import { type Dot, newestOf, thinned } from '../../../runtime/inspector/thinned.ts';

const dots = (count: number, value: (index: number) => number): Dot[] =>
  Array.from({ length: count }, (_, index) => [index + 1, index * 10, value(index)]);

describe('a series that is thinned out', () => {
  it('is as it was when it is short', () => {
    const few = dots(10, Math.sin);
    expect(thinned(few, 10)).toBe(few);
  });

  it.each([11, 100, 999, 1_000, 5_001])('keeps its extremes and its end: of %d dots', (count) => {
    const all = dots(count, (index) => (index === 7 ? 50 : index === 8 ? -50 : index % 5));
    const kept = thinned(all, 10);
    expect(kept.length).toBeLessThanOrEqual(10);
    const values = kept.map(([, , value]) => value);
    expect([Math.max(...values), Math.min(...values)]).toEqual([50, -50]);
    expect(kept.at(-1)).toEqual(all.at(-1));
    const seqs = kept.map(([seq]) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    expect(new Set(seqs).size).toBe(seqs.length);
  });

  it('stays even when it grows and is thinned out again and again', () => {
    let kept: readonly Dot[] = [];
    for (const dot of dots(4_000, Math.sin)) kept = thinned([...kept, dot], 40);
    const half = kept.filter(([seq]) => seq <= 2_000).length;
    expect(half).toBeGreaterThan(12);
    expect(kept.length).toBeLessThanOrEqual(40);
  });
});

it('the newest items keep what was so before them, of each path', () => {
  const items = ['a', 'b', 'a', 'c', 'a', 'a'].map((path, at) => ({ path, at }));
  expect(newestOf(items, 2).map(({ at }) => at)).toEqual([2, 1, 3, 4, 5]);
  expect(newestOf(items, 6)).toBe(items);
});
