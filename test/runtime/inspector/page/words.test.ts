import { describe, expect, it } from 'vitest';
import { fitted, opened, zoomed } from '../../../../runtime/inspector/page/chart-view.ts';
import { extent, linePath, placeOf, spansOf } from '../../../../runtime/inspector/page/plots.ts';
import { clockTime, short, stateText, timeLeft } from '../../../../runtime/inspector/page/words.ts';

describe('words', () => {
  it.each([
    [0, '0:00'],
    [-5_000, '0:00'],
    [1, '0:01'],
    [65_000, '1:05'],
    [3_600_000, '1 h 00 m'],
    [3 * 86_400_000, '3 days'],
  ])('says %d ms as %s', (ms, text) => {
    expect(timeLeft(ms)).toBe(text);
  });

  it('says values on one line', () => {
    expect([0.55, 'x', null, true, [], [1, 2], {}, { a: 1 }].map(short)).toEqual([
      ...['0.55', 'x', 'null', 'true', '[]', '2 items', '0 fields', '1 field'],
    ]);
    expect(short(undefined)).toBe('');
  });

  it('says states with their regions', () => {
    expect(stateText('open')).toBe('open');
    expect(stateText({ circuit: { half: 'probing' }, backoff: 'base', lone: {} })).toBe(
      'circuit.half.probing, backoff.base, lone',
    );
    expect(clockTime(Date.UTC(2022, 0, 21, 19, 41, 7, 412))).toBe('19:41:07.412');
    expect(clockTime(Date.UTC(2022, 0, 21, 19, 41, 7, 412), false)).toBe('19:41:07');
  });
});

describe('the view of a chart', () => {
  const canvas = { width: 700, height: 400 };

  it('is the whole drawing in its middle, never larger than 1.2 times', () => {
    const view = fitted({ width: 100, height: 50 }, canvas);
    expect(canvas.width / view.width).toBeCloseTo(1.2);
    expect(view.x + view.width / 2).toBe(50);
    const wide = fitted({ width: 2_000, height: 50 }, canvas);
    expect(wide.x).toBeLessThan(0);
    expect(wide.x + wide.width).toBeGreaterThan(2_000);
  });

  it('opens around what is active where the whole could not be read, within the drawing', () => {
    const drawing = { width: 3_000, height: 1_000 };
    const active = { x: 2_900, y: 500, width: 90, height: 40 };
    const view = opened(drawing, canvas, active);
    expect(view.width).toBeLessThan(1_000);
    expect(view.x).toBeLessThanOrEqual(active.x);
    expect(view.x + view.width).toBeGreaterThanOrEqual(active.x + active.width);
    expect(view.x + view.width).toBeLessThan(3_050);
    expect(opened({ width: 600, height: 300 }, canvas, active)).toEqual(
      fitted({ width: 600, height: 300 }, canvas),
    );
    expect(opened(drawing, canvas, undefined)).toEqual(fitted(drawing, canvas));
  });

  it('zooms around a place that stays', () => {
    const view = { x: 0, y: 0, width: 1_000, height: 500 };
    const near = zoomed(view, 2, [0.25, 0.5]);
    expect(near).toEqual({ x: 125, y: 125, width: 500, height: 250 });
    expect(zoomed(view, 1_000, [0, 0]).width).toBe(160);
  });
});

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
});
