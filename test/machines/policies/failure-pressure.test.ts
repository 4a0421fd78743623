import { expect, it } from 'vitest';
import {
  type Pressure,
  pressureAfter,
  pressureAt,
  severityPerMs,
  totalPressure,
} from '../../../machines/policies/failure-pressure.ts';

const halfLifeMs = 1_000;
const after = (failures: readonly (readonly [at: number, severity: number])[]) =>
  failures.reduce<Pressure | undefined>(
    (pressure, [at, severity]) => pressureAfter(pressure, { at, severity }, halfLifeMs),
    undefined,
  );

it('is the sum of severities, each halved with every half-life', () => {
  const failures = [
    [0, 0.8],
    [500, 0.4],
    [2_000, 1],
  ] as const;
  const pressure = after(failures);
  for (const at of [2_000, 3_000, 7_500]) {
    const sum = failures.reduce((total, [t, s]) => total + s * 2 ** (-(at - t) / halfLifeMs), 0);
    expect(pressureAt(pressure, at, halfLifeMs)).toBeCloseTo(sum, 12);
  }
});

it('is nothing before the first failure, and never grows by itself', () => {
  expect(pressureAt(undefined, 5, halfLifeMs)).toBe(0);
  const pressure = after([[1_000, 1]]);
  expect(pressureAt(pressure, 1_000, halfLifeMs)).toBe(1);
  expect(pressureAt(pressure, 2_000, halfLifeMs)).toBe(0.5);
  // A reader whose clock is behind sees what there was.
  expect(pressureAt(pressure, 0, halfLifeMs)).toBe(1);
});

it('an event that comes late does not turn time back', () => {
  expect(
    after([
      [1_000, 1],
      [400, 1],
    ] as const),
  ).toEqual({ value: 2, atMs: 1_000 });
});

it('says how much failure there is in each ms', () => {
  const steady = after(Array.from({ length: 2_000 }, (_, i) => [i * 50, 0.5] as const))!;
  const before = steady.value - 0.5;
  const rate = severityPerMs((steady.value + before) / 2, halfLifeMs);
  expect(rate * 50).toBeCloseTo(0.5, 3);
  expect(severityPerMs(-1, halfLifeMs)).toBe(0);
});

it('of several kinds is their sum', () => {
  const [a, b] = [after([[0, 1]])!, after([[1_000, 0.25]])!];
  expect(totalPressure({ a, b, c: b }, ['a', 'b', 'none'], 1_000, halfLifeMs)).toBe(0.75);
});
