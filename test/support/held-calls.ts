/** What the charts of a bulkhead and of a rate limit have in common. */
import { describe, expect, it } from 'vitest';
import { type AnyEventObject, type AnyStateMachine, createActor } from 'xstate';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { walk } from '../../runtime/testing/walk.ts';

interface HeldCallsChart {
  readonly machine: AnyStateMachine;
  readonly settings: object;
  /** Other settings, to change to. */
  readonly other: object;
  /** The state in which calls are held back, and the facts of its begin and end. */
  readonly held: string;
  readonly begin: string;
  readonly end: string;
}

export function heldCallsTests(title: string, chart: HeldCallsChart): void {
  const { machine, settings, other, held, begin, end } = chart;
  const input = { settings };
  const events = () => [
    { type: 'CALLS_HELD', at: 100 },
    { type: 'CALLS_HELD', at: 200 },
    { type: 'CALLS_FLOWED', at: 300, refusedCount: 2, waitedCount: 1 },
    { type: 'SETTINGS_CHANGED', settings: other },
  ];
  const key = ({ value, context }: { value: unknown; context: unknown }) =>
    JSON.stringify([value, context]);

  describe(title, () => {
    it('is sound, and knows since when exactly while calls are held', () => {
      expect(expectSound(machine, { input, events, key }).length).toBeGreaterThan(10);
      for (const { to } of walk(machine, { input, events, key })) {
        expect(to.context.heldSinceMs !== null).toBe(to.value === held);
      }
    });

    it('tells of its edges, once each', () => {
      const actor = createActor(machine, { input }).start();
      const facts: AnyEventObject[] = [];
      actor.on('*', (fact) => facts.push(fact));
      const counts = { refusedCount: 2, waitedCount: 1 };
      actor.send({ type: 'CALLS_FLOWED', at: 50, ...counts });
      actor.send({ type: 'CALLS_HELD', at: 100 });
      actor.send({ type: 'CALLS_HELD', at: 200 });
      actor.send({ type: 'SETTINGS_CHANGED', settings: other });
      actor.send({ type: 'CALLS_FLOWED', at: 300, ...counts });
      actor.send({ type: 'CALLS_HELD', at: 400 });
      expect(facts).toEqual([
        { type: begin, at: 100, settings },
        { type: end, at: 300, heldMs: 200, ...counts },
        { type: begin, at: 400, settings: other },
      ]);
    });
  });
}
