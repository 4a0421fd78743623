import fc from 'fast-check';
import { expect, it } from 'vitest';
import { severityOf } from '../../../machines/policies/failure-severity.ts';

it.each([
  [4, 0],
  [5, 0],
  [10, 0.25],
  [25, 1],
  [1_000, 1],
])('%d is of severity %d between 5 and 25', (value, severity) => {
  expect(severityOf(value, { limit: 5, worst: 25 })).toBe(severity);
});

it.each([
  [0.9, 0],
  [0.75, 0.5],
  [0.2, 1],
])('%d is of severity %d where less is worse', (value, severity) => {
  expect(severityOf(value, { limit: 0.85, worst: 0.65 })).toBe(severity);
});

it('never shrinks on the way from limit to worst', () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(number, number, number, number, (limit, worst, a, b) => {
      fc.pre(Math.abs(worst - limit) > 1e-3);
      const [near, far] = [a, b].sort((x, y) => (worst > limit ? x - y : y - x));
      const scale = { limit, worst };
      expect(severityOf(far!, scale)).toBeGreaterThanOrEqual(severityOf(near!, scale));
    }),
  );
});
