import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DeadlineQueue, type Waiting } from '../../actors/deadline-queue.ts';
import { FakeClock } from '../support/fake-clock.ts';

const limitMs = 10;

it('expires exactly what was not removed, in order, each at its own time', () => {
  const step = fc.record({ waitMs: fc.nat({ max: 6 }), removeAfterMs: fc.nat({ max: 20 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const clock = new FakeClock();
      const queue = new DeadlineQueue(clock, limitMs);
      const expired: [number, number][] = [];
      const expected: [number, number][] = [];
      for (const [number, { waitMs, removeAfterMs }] of steps.entries()) {
        clock.advance(waitMs);
        const addedMs = clock.now();
        const entry: Waiting = {
          dueMs: 0,
          earlier: null,
          later: null,
          expire: () => expired.push([number, clock.now()]),
        };
        if (removeAfterMs < limitMs) clock.at(addedMs + removeAfterMs, () => queue.remove(entry));
        else expected.push([number, addedMs + limitMs]);
        queue.add(entry, addedMs);
        expect(clock.pendingCount).toBeLessThanOrEqual(steps.length + 1);
      }
      clock.advance(3 * limitMs);
      expect(expired).toEqual(expected);
      expect(clock.pendingCount).toBe(0);
    }),
  );
});

it('asks the clock for one deadline at a time, and for none when nobody waits', () => {
  const clock = new FakeClock();
  const queue = new DeadlineQueue(clock, limitMs);
  const entries = [1, 2, 3].map(
    (): Waiting => ({ dueMs: 0, earlier: null, later: null, expire: () => {} }),
  );
  for (const entry of entries) queue.add(entry, clock.now());
  expect(clock.pendingCount).toBe(1);
  for (const entry of entries) queue.remove(entry);
  clock.advance(limitMs);
  expect(clock.pendingCount).toBe(0);
});

it('takes new entries while others expire', () => {
  const clock = new FakeClock();
  const queue = new DeadlineQueue(clock, limitMs);
  const dueTimes: number[] = [];
  const add = (): void =>
    queue.add(
      {
        dueMs: 0,
        earlier: null,
        later: null,
        expire: () => {
          dueTimes.push(clock.now());
          if (dueTimes.length < 3) add();
        },
      },
      clock.now(),
    );
  add();
  clock.advance(100);
  expect(dueTimes).toEqual([10, 20, 30]);
});
