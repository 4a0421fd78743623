import { expect, it } from 'vitest';
import { bulkheadAdmission } from '../../../machines/policies/bulkhead.ts';

it('gives a place, then a place in the queue, then none; nobody overtakes', () => {
  const settings = { concurrencyMax: 2, queueCountMax: 1 };
  const of = (running: number, queued: number) => bulkheadAdmission(settings, running, queued);
  expect([of(0, 0), of(1, 0), of(2, 0), of(2, 1), of(1, 1)]).toEqual([
    'run',
    'run',
    'queue',
    'refuse',
    'refuse',
  ]);
  expect(bulkheadAdmission({ ...settings, queueCountMax: 0 }, 2, 0)).toBe('refuse');
});
