/** The edge of a pair: what it does, and refuses to do, when it is asked for a step. */
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../../actors/failover-pair.ts';
import { failoverSettingsSchema } from '../../../config/failover-pair.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { PairEdge } from '../../../runtime/failover/pair-edge.ts';
import { memoryLeases } from '../../../runtime/lease/memory-leases.ts';
import { fakeSides } from '../../support/failover-sides.ts';

const options = { signal: new AbortController().signal, key: 'k' };

function edgeOf(isRemote = false) {
  const clock = simulatedClock();
  const { calls, primary, backup } = fakeSides();
  const store = memoryLeases(() => clock.now());
  const settings = failoverSettingsSchema.parse({});
  const told: WatchEvent[] = [];
  const edge = new PairEdge({
    name: 'a',
    clock,
    store,
    sides: { primary: isRemote ? { remote: true } : primary, backup },
    settings: () => settings,
    life: 'x',
  });
  edge.watch((event) => told.push(event));
  const types = () => told.map(({ type }) => type);
  return { clock, calls, primary, backup, edge, store, told, types };
}

describe('the edge of a pair', () => {
  it('activates nobody under an epoch that it does not hold', async () => {
    const { edge, calls } = edgeOf();
    await edge.acquire({ name: 'a', side: 'primary', afterEpoch: 0 }, options);
    const input = { name: 'a', side: 'primary', copiesFirst: false } as const;
    const outcome = await edge.activate({ ...input, epoch: 2 }, options);
    expect(outcome).toMatchObject({ kind: 'failed', why: 'epoch 2 has ended on this host' });
    const other = await edge.activate({ ...input, side: 'backup', epoch: 1 }, options);
    expect(other.kind).toBe('failed');
    expect([calls, edge.isActing]).toEqual([[], false]);
    expect((await edge.activate({ ...input, epoch: 1 }, options)).kind).toBe('done');
    expect([calls, edge.isActing]).toEqual([['primary activate 1'], true]);
  });

  it('lets nothing begin while a side stands down', async () => {
    const { edge, primary } = edgeOf();
    await edge.acquire({ name: 'a', side: 'primary', afterEpoch: 0 }, options);
    const step = { name: 'a', side: 'primary', epoch: 1 } as const;
    await edge.activate({ ...step, copiesFirst: false }, options);
    const ended = Promise.withResolvers<void>();
    primary.deactivate = () => ended.promise;
    const standing = edge.standDown(step, options);
    expect([edge.isActing, edge.role.held?.epoch]).toEqual([false, 1]);
    ended.resolve();
    expect((await standing).kind).toBe('done');
    expect(edge.role.held).toBeUndefined();
  });

  it('gives the role up although a side cannot stand down', async () => {
    const { edge, primary, store } = edgeOf();
    await edge.acquire({ name: 'a', side: 'primary', afterEpoch: 0 }, options);
    primary.deactivate = () => {
      throw new Error('stuck');
    };
    const outcome = await edge.standDown({ name: 'a', side: 'primary', epoch: 1 }, options);
    expect(outcome).toMatchObject({ kind: 'failed', why: 'stuck' });
    expect(await store.get('role:a')).toMatchObject({ status: 'released' });
  });

  it('tells of looks only what is new, and the rest once in a while', async () => {
    const { clock, primary, told } = edgeOf();
    await clock.advance(9_999);
    primary.isUp = false;
    await clock.advance(20_000);
    const looks = told.filter((event) => 'side' in event && event.side === 'primary');
    expect(looks.map(({ type, at }) => [type, at])).toEqual([
      ['BEAT_PASSED', 0],
      ['BEAT_MISSED', 10_000],
      ['BEAT_MISSED', 11_000],
      ['BEAT_MISSED', 12_000],
      ['BEAT_MISSED', 22_000],
    ]);
  });

  it('takes another host for alive while its signs move, and says who has the role', async () => {
    const { clock, store, told } = edgeOf(true);
    const holder = 'primary@y';
    const renew = () => store.acquire({ name: 'role:a', holder, ttlMs: 3_000 });
    await clock.advance(1_500);
    for (let beat = 0; beat < 3; beat += 1) {
      await renew();
      await clock.advance(1_000);
    }
    await clock.advance(10_000);
    const seen = told.filter((event) => !('side' in event && event.side === 'backup'));
    expect(seen.map(({ type, at }) => `${at} ${type}`)).toEqual([
      '0 WATCH_BEGAN',
      '0 BEAT_MISSED',
      '1000 BEAT_MISSED',
      '2000 ROLE_SEEN',
      '2000 BEAT_PASSED',
      '5000 BEAT_MISSED',
      '6000 BEAT_MISSED',
      '7000 ROLE_SEEN',
      '7000 BEAT_MISSED',
    ]);
    expect(seen.filter(({ type }) => type === 'ROLE_SEEN')).toMatchObject([
      { side: 'primary', epoch: 1, isReleased: false },
      { side: null, epoch: 1, isReleased: false },
    ]);
  });
});
