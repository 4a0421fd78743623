import { expect, it } from 'vitest';
import { HeldCalls } from '../../actors/held-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { errorOf, never, protectRig } from '../support/protect-rig.ts';

it('tells of two edges, however many calls are held', async () => {
  const bulkhead = { concurrencyMax: 1, queueCountMax: 1, quietMs: 50 };
  const { call, clock, facts } = protectRig({ bulkhead });
  void call(never);
  clock.advance(5);
  void call(never);
  for (let i = 0; i < 100; i += 1) {
    await errorOf(call(never));
    clock.advance(1);
  }
  expect(facts).toEqual([{ type: 'bulkhead.saturated', at: 1_005, settings: bulkhead }]);
  clock.advance(1_000);
  expect(facts.slice(1)).toEqual([
    { type: 'bulkhead.relieved', at: 1_154, heldMs: 149, refusedCount: 100, waitedCount: 1 },
  ]);
  await errorOf(call(never));
  expect(facts.map(({ type, at }) => [type, at])[2]).toEqual(['bulkhead.saturated', 2_105]);
});

it('tells of a rate limit that is reached', async () => {
  const { call, clock, facts } = protectRig({ rateLimit: { callCountMax: 1, quietMs: 10 } });
  await call(() => 1);
  await errorOf(call(() => 1));
  clock.advance(10);
  expect(facts).toMatchObject([
    { type: 'rateLimit.limited', at: 1_000 },
    { type: 'rateLimit.relieved', at: 1_010, heldMs: 10, refusedCount: 1, waitedCount: 0 },
  ]);
});

it('follows its chart: down, made anew, or restored as held', () => {
  const clock = new FakeClock();
  const sent: string[] = [];
  const held = new HeldCalls(10, clock, ({ type }) => sent.push(type));
  held.observe('down');
  held.countRefusal();
  clock.advance(100);
  expect(sent).toEqual([]);
  held.observe('calm');
  held.countRefusal();
  held.observe('calm');
  held.countRefusal();
  expect(sent).toEqual(['CALLS_HELD', 'CALLS_HELD']);
  held.observe('down');
  clock.advance(100);
  expect(sent).toHaveLength(2);
  held.observe('held');
  clock.advance(9);
  expect(sent).toHaveLength(2);
  clock.advance(1);
  expect(sent).toEqual(['CALLS_HELD', 'CALLS_HELD', 'CALLS_FLOWED']);
  expect(clock.pendingCount).toBe(0);
});
