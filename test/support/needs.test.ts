import { expect, it } from 'vitest';
import { needs, verdictOf } from './needs.ts';

it.each([
  { present: true, inCi: false, mayLack: false, verdict: 'run' },
  { present: true, inCi: true, mayLack: false, verdict: 'run' },
  { present: false, inCi: false, mayLack: false, verdict: 'leave out' },
  { present: false, inCi: true, mayLack: true, verdict: 'leave out' },
  { present: false, inCi: true, mayLack: false, verdict: 'fail' },
])(
  'says $verdict when present is $present, in CI is $inCi, and CI may lack it is $mayLack',
  (c) => {
    expect(verdictOf(c.present, c.inCi, c.mayLack)).toBe(c.verdict);
  },
);

const present = needs('a machine', true, 'always there');
present('is a plain test when the part is present', () => {
  expect(present).toBe(it);
});
