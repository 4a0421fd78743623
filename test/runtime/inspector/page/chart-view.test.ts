import { describe, expect, it } from 'vitest';
import {
  around,
  fitted,
  nameSizeOf,
  opened,
  zoomed,
} from '../../../../runtime/inspector/page/chart-view.ts';

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
    expect(canvas.width / view.width).toBeCloseTo(0.7);
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

  it('is opened around all that is active', () => {
    const areas = [
      { x: 10, y: 40, width: 20, height: 10 },
      { x: 100, y: 0, width: 5, height: 5 },
    ];
    expect(around(areas)).toEqual({ x: 10, y: 0, width: 95, height: 50 });
    expect(around([])).toBeUndefined();
  });

  it('has larger names where it is shown small, as far as every state has room', () => {
    const names = [
      { text: 'open', room: 100 },
      { text: 'halfOpen', room: 100 },
    ];
    expect(nameSizeOf(names, 1)).toBe(13);
    expect(nameSizeOf(names, 0.6)).toBeCloseTo(11 / 0.6);
    expect(nameSizeOf(names, 0.1)).toBeCloseTo(100 / (8 * 0.62));
    expect(nameSizeOf([{ text: 'aVeryLongNameOfAState', room: 40 }], 0.1)).toBe(13);
    expect(nameSizeOf([{ text: 'a', room: 400 }], 0.1)).toBe(22);
  });
});
