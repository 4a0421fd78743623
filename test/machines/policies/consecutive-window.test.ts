import { expect, it } from 'vitest';
import { isRunTooLong } from '../../../machines/policies/consecutive-window.ts';

it('finds a run of failures too long from the limit on', () => {
  const window = { failureCountMax: 5 };
  expect([0, 4, 5, 6].map((count) => isRunTooLong(window, count))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
