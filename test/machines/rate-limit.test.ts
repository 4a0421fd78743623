import { describe, expect, it } from 'vitest';
import { createActor, type SnapshotFrom } from 'xstate';
import { rateLimitSettingsSchema } from '../../config/protect.ts';
import {
  rateLimitMachine as machine,
  type RateLimitEmitted,
  type RateLimitEvent,
} from '../../machines/rate-limit.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { walk } from '../../runtime/testing/walk.ts';

const settings = rateLimitSettingsSchema.parse({});
const input = { settings };
const other = rateLimitSettingsSchema.parse({ quietMs: 7 });

const events = (): RateLimitEvent[] => [
  { type: 'CALLS_HELD', at: 100 },
  { type: 'CALLS_HELD', at: 200 },
  { type: 'CALLS_FLOWED', at: 300, refusedCount: 2, waitedCount: 1 },
  { type: 'SETTINGS_CHANGED', settings: other },
];

const key = ({ value, context }: SnapshotFrom<typeof machine>) => JSON.stringify([value, context]);

describe('a rate limit', () => {
  it('is sound, and knows since when exactly while calls are held', () => {
    const edges = expectSound(machine, { input, events, key });
    expect(edges.length).toBeGreaterThan(10);
    for (const { to } of walk(machine, { input, events, key })) {
      expect(to.context.heldSinceMs !== null).toBe(to.value === 'limited');
    }
  });

  it('tells of its edges, once each', () => {
    const actor = createActor(machine, { input }).start();
    const facts: RateLimitEmitted[] = [];
    actor.on('*', (fact) => facts.push(fact));
    const end = { refusedCount: 2, waitedCount: 1 };
    actor.send({ type: 'CALLS_FLOWED', at: 50, ...end });
    actor.send({ type: 'CALLS_HELD', at: 100 });
    actor.send({ type: 'CALLS_HELD', at: 200 });
    actor.send({ type: 'SETTINGS_CHANGED', settings: other });
    actor.send({ type: 'CALLS_FLOWED', at: 300, ...end });
    actor.send({ type: 'CALLS_HELD', at: 400 });
    expect(facts).toEqual([
      { type: 'rateLimit.limited', at: 100, settings },
      { type: 'rateLimit.relieved', at: 300, heldMs: 200, ...end },
      { type: 'rateLimit.limited', at: 400, settings: other },
    ]);
  });
});
