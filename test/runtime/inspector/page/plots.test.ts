import { describe, expect, it } from 'vitest';
import {
  apart,
  extent,
  linePath,
  placeOf,
  spansOf,
  stepped,
  ticksOf,
} from '../../../../runtime/inspector/page/plots.ts';

describe('plots', () => {
  const axis = { from: 100, until: 200, width: 1_000 };

  it('place turns on the axis of the journal', () => {
    expect(placeOf(150, axis)).toBe(500);
    const dots = [
      { seq: 100, value: 1 },
      { seq: 200, value: 3 },
    ];
    expect(extent(dots)).toEqual([1, 3]);
    expect(linePath(dots, axis, 48, extent(dots))).toBe('M0.0 44.0L1000.0 4.0');
    expect(linePath([], axis, 48, [0, 1])).toBe('');
  });

  it('have a range even where nothing changes, or nothing is there', () => {
    expect(extent([{ seq: 1, value: 5 }])).toEqual([4, 6]);
    expect(extent([])).toEqual([0, 1]);
  });

  it('show each state from its turn to the next', () => {
    const changes = [
      { seq: 100, state: 'closed' },
      { seq: 120, state: 'open' },
      { seq: 120, state: 'halfOpen' },
    ];
    expect(spansOf(changes, 200)).toEqual([
      { from: 100, until: 120, state: 'closed' },
      { from: 120, until: 200, state: 'halfOpen' },
    ]);
  });

  it('hold each value until the next one', () => {
    const dots = [
      { seq: 1, value: 5 },
      { seq: 4, value: 5 },
      { seq: 6, value: 2 },
    ];
    expect(stepped(dots)).toEqual([dots[0], dots[1], { seq: 6, value: 5 }, dots[2]]);
  });

  it('draw marks once that would lie over each other', () => {
    const marks = [{ seq: 1 }, { seq: 2 }, { seq: 12 }, { seq: 13 }, { seq: 24 }];
    expect(apart(marks, (seq) => seq, 11).map(({ seq }) => seq)).toEqual([1, 12, 24]);
  });

  it('have times along the axis that do not meet, each that of an entry near it', () => {
    const even = Array.from({ length: 101 }, (_, index) => ({ seq: index, at: index * 1_000 }));
    const x = (seq: number) => seq * 9;
    const ticks = ticksOf(even, x, 900);
    expect(ticks).toHaveLength(6);
    for (const { x: place, at } of ticks) expect(x(at / 1_000)).toBeCloseTo(place);
    const gaps = ticks.slice(1).map((tick, index) => tick.x - ticks[index]!.x);
    expect(Math.min(...gaps)).toBeGreaterThan(75);
    expect(ticks[0]!.x).toBeGreaterThanOrEqual(37);
    const late = [
      { seq: 98, at: 1 },
      { seq: 99, at: 2 },
    ];
    expect(ticksOf(late, x, 900)).toHaveLength(1);
    expect(ticksOf([], x, 900)).toEqual([]);
  });
});
