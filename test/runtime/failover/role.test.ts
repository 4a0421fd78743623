/** The role as a host has it: until when it may act, and who is told of its end. */
import { describe, expect, it } from 'vitest';
import type { LeaseStore } from '../../../actors/ports.ts';
import { failoverSettingsSchema } from '../../../config/failover-pair.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { sleep } from '../../../runtime/failover/beat.ts';
import { Role, sideOf } from '../../../runtime/failover/role.ts';
import { memoryLeases } from '../../../runtime/lease/memory-leases.ts';

const { signal } = new AbortController();
const settings = failoverSettingsSchema.parse({});

/** Two hosts over one store; the first one's answers take their time. */
function hosts() {
  const clock = simulatedClock();
  const store = memoryLeases(() => clock.now());
  const world = { delayMs: 0, lost: [] as string[] };
  const late =
    <In, Out>(ask: (request: In) => Promise<Out>) =>
    async (request: In): Promise<Out> => {
      const outcome = await ask(request);
      await sleep(clock, world.delayMs);
      return outcome;
    };
  const slow: LeaseStore = {
    acquire: late(store.acquire),
    renew: late(store.renew),
    release: late(store.release),
    get: late(store.get),
  };
  const role = (life: string, of: LeaseStore) =>
    new Role({
      name: 'a',
      clock,
      store: of,
      settings: () => settings,
      life,
      lost: (epoch, why) => world.lost.push(`${clock.now()} ${life} ${epoch}: ${why}`),
    });
  return { clock, world, own: role('x', slow), other: role('y', store) };
}

/** Lets time pass until a promise has settled. */
async function settled<T>({ clock }: ReturnType<typeof hosts>, promise: Promise<T>): Promise<T> {
  let isOver = false;
  void promise.finally(() => {
    isOver = true;
  });
  for (let step = 0; step < 1_000 && !isOver; step += 1) await clock.advance(10);
  return promise;
}

describe('the role of a host', () => {
  it('is safe until its length has passed since the renewal was sent, not answered', async () => {
    const t = hosts();
    await settled(t, t.own.acquire('primary', 0, signal));
    await t.clock.advanceTo(1_000);
    t.world.delayMs = 500;
    const renewal = t.own.renew();
    await settled(t, renewal);
    await t.clock.advanceTo(3_999);
    expect(t.own.isSafe).toBe(true);
    await t.clock.advanceTo(4_000);
    expect(t.own.isSafe).toBe(false);
    expect(t.world.lost).toEqual(['4000 x 1: the lease ran out before it was renewed']);
  });

  it('ends when the store says that it has, and aborts what runs under it', async () => {
    const t = hosts();
    await settled(t, t.own.acquire('primary', 0, signal));
    const { calls } = t.own.held!;
    const start = t.clock.now();
    await settled(t, t.other.acquire('backup', 7, signal));
    expect(t.other.held).toMatchObject({ side: 'backup', epoch: 8 });
    expect(t.clock.now() - start).toBeGreaterThanOrEqual(2_900);
    expect(calls.signal.aborted).toBe(true);
    expect(t.world.lost).toHaveLength(1);
  });

  it('is not taken from somebody who is seen to renew it', async () => {
    const t = hosts();
    await settled(t, t.own.acquire('primary', 0, signal));
    const taken = t.other.acquire('backup', 0, signal);
    await t.clock.advance(300);
    await settled(t, t.own.renew());
    const outcome = await settled(t, taken);
    expect(outcome).toMatchObject({ kind: 'held', side: 'primary', epoch: 1 });
    expect(t.clock.now()).toBeLessThan(1_000);
  });

  it('is free at once when it was given up, and that is no loss', async () => {
    const t = hosts();
    await settled(t, t.own.acquire('primary', 0, signal));
    await settled(t, t.own.release());
    const before = t.clock.now();
    await settled(t, t.other.acquire('backup', 0, signal));
    expect(t.clock.now() - before).toBeLessThan(100);
    await t.clock.advance(1_000);
    expect(t.world.lost).toEqual([]);
  });

  it('says of a holder which side it is of', () => {
    expect([sideOf('primary@x'), sideOf('backup@x')]).toEqual(['primary', 'backup']);
  });
});
