/** Failover pairs of one process, under the runtime. */
import { describe, expect, it } from 'vitest';
import { ConfigInvalidError, NotActiveError } from '../../../actors/errors.ts';
import type { FailoverSettingsInput } from '../../../config/failover-pair.ts';
import type { Fact } from '../../../runtime/options.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../../support/expect-replays.ts';
import { fakeSides } from '../../support/failover-sides.ts';
import { lives } from '../../support/lives.ts';

const order = { by: 'ada', why: 'drill' };

/** A runtime with the pair `session`, after its first second. */
async function paired(settings: FailoverSettingsInput = {}) {
  const t = await testRuntime();
  const facts: Fact[] = [];
  t.runtime.on('*', (fact) => {
    if (fact.type.startsWith('failover.')) facts.push(fact);
  });
  const { calls, ...sides } = fakeSides();
  const pair = t.runtime.failover('session', { ...sides, ...settings });
  await t.advance(1_000);
  const last = (type: string) => facts.findLast((fact) => fact.type === `failover.${type}`);
  const types = () => facts.map(({ type }) => type.slice('failover.'.length));
  return Object.assign(t, { pair, facts, calls, ...sides, last, types });
}

describe('a failover pair in one process', () => {
  it('activates the primary under the first epoch', async () => {
    await using t = await paired();
    expect(t.pair).toMatchObject({ state: 'primary', active: 'primary', epoch: 1, isActive: true });
    expect(t.calls).toEqual(['primary activate 1']);
    await expectReplays(t);
  });

  it('lets the backup take over after so many missed heartbeats, and not before', async () => {
    await using t = await paired();
    t.primary.isUp = false;
    await t.advance(2_999);
    expect(t.pair.state).toBe('primary');
    await t.advance(1);
    expect(t.pair).toMatchObject({ state: 'backup', active: 'backup', epoch: 2 });
    expect(t.calls).toEqual(['primary activate 1', 'primary deactivate 1', 'backup activate 2']);
    expect(t.last('switched')).toMatchObject({ from: 'primary', to: 'backup', cause: 'failure' });
    await expectReplays(t);
  });

  it('survives fewer misses than that', async () => {
    await using t = await paired();
    t.primary.isUp = false;
    await t.advance(2_000);
    t.primary.isUp = true;
    await t.advance(60_000);
    expect(t.types()).toEqual(['switched']);
    expect(t.pair.epoch).toBe(1);
  });

  it('returns once the primary was stable for long enough', async () => {
    await using t = await paired();
    t.primary.isUp = false;
    await t.advance(5_000);
    t.primary.isUp = true;
    await t.advance(30_000);
    t.primary.isUp = false;
    await t.advance(1_000);
    t.primary.isUp = true;
    await t.advance(60_000);
    expect(t.pair.state).toBe('backup');
    await t.advance(1_000);
    expect(t.pair).toMatchObject({ state: 'primary', epoch: 3 });
    expect(t.last('decided')).toMatchObject({ verdict: 'failBack', active: 'backup' });
    await expectReplays(t);
  });

  it.each([
    ['automatic', 120_000],
    ['preferPrimary', 60_000],
    ['sticky', null],
    ['manual', null],
  ] as const)('of policy %s returns a second time after %s ms', async (policy, stableMs) => {
    await using t = await paired({ policy });
    // One switch that counts, one return that counts, and one more switch.
    for (const to of ['backup', 'primary', 'backup'] as const) {
      const side = t[to === 'backup' ? 'primary' : 'backup'];
      side.isUp = false;
      await t.advance(4_000);
      if (policy === 'manual') t.pair.switchTo({ to, ...order });
      side.isUp = true;
      await t.advance(0);
    }
    expect(t.pair.state).toBe('backup');
    await t.advance(59_000);
    expect(t.pair.state).toBe('backup');
    if (policy !== 'automatic') await t.advance(3_000);
    expect(t.pair.state).toBe(policy === 'preferPrimary' ? 'primary' : 'backup');
    await t.advance(600_000);
    expect(t.pair.state).toBe(stableMs === null ? 'backup' : 'primary');
    await expectReplays(t);
  });

  it('copies the state, and hands over the newest one', async () => {
    await using t = await paired();
    t.primary.state = 'older';
    await t.advance(1_000);
    expect(t.backup.state).toBe('older');
    expect(t.pair.lagMs).toBe(0);
    t.primary.state = 'newest';
    await t.advance(500);
    expect(t.pair.lagMs).toBe(500);
    t.pair.switchTo({ to: 'backup', ...order });
    await t.advance(0);
    expect([t.pair.state, t.backup.state]).toEqual(['backup', 'newest']);
    await expectReplays(t);
  });

  it('does not switch to a copy that is too old, unless told', async () => {
    await using t = await paired({ lagMaxMs: 2_800 });
    t.backup.load = () => {
      throw new Error('the disk is full');
    };
    await t.advance(4_000);
    t.primary.isUp = false;
    await t.advance(30_000);
    expect(t.pair.state).toBe('primary');
    expect(t.last('decided')).toMatchObject({ verdict: 'stale', missedCount: 3 });
    expect(t.types().filter((type) => type === 'decided')).toHaveLength(1);
    t.pair.switchTo({ to: 'backup', ...order });
    expect(t.last('ordered')?.['refusal']).toMatch(/^its copy of the state is \d+ ms old$/);
    t.pair.switchTo({ to: 'backup', ...order, allowStale: true });
    await t.advance(0);
    expect(t.pair).toMatchObject({ state: 'backup', epoch: 2 });
    await expectReplays(t);
  });

  it('does not leave a dead side for another one that is dead, until that one lives', async () => {
    await using t = await paired();
    t.backup.isUp = false;
    t.primary.isUp = false;
    await t.advance(10_000);
    expect(t.pair.state).toBe('primary');
    expect(t.last('decided')).toMatchObject({ verdict: 'standbyDown' });
    t.backup.isUp = true;
    await t.advance(1_000);
    expect(t.pair.state).toBe('backup');
    await expectReplays(t);
  });

  it('returns to the side that it left when the other one fails, and waits longer', async () => {
    await using t = await paired();
    t.backup.isBroken = true;
    t.pair.switchTo({ to: 'backup', ...order });
    await t.advance(0);
    expect(t.pair).toMatchObject({ state: 'primary', epoch: 3 });
    expect(t.last('failed')).toMatchObject({ to: 'backup', why: 'backup is broken' });
    expect(t.calls.slice(1)).toEqual([
      'primary deactivate 1',
      'backup activate 2',
      'backup deactivate 2',
      'primary activate 3',
    ]);
    t.pair.switchTo({ to: 'backup', ...order });
    await t.advance(0);
    expect(t.last('failed')).toMatchObject({ to: 'backup', failureCount: 2 });
    t.primary.isUp = false;
    await t.advance(3_000);
    // Nobody can be active now: it tries again, after growing waits.
    const failedAt = () => t.facts.filter(({ type }) => type === 'failover.failed').map(at);
    const at = (fact: Fact) => fact['at'] as number;
    await t.advance(30_000);
    const waits = failedAt().map((time, index, all) => time - (all[index - 1] ?? 0));
    expect(waits.slice(3).every((wait, index) => wait > waits[index + 2]!)).toBe(true);
    t.backup.isBroken = false;
    await t.advance(60_000);
    expect(t.pair.state).toBe('backup');
    await expectReplays(t);
  });

  it('suspends itself when it flaps, until an order', async () => {
    await using t = await paired({ policy: 'sticky', flap: { switchCountMax: 2 } });
    for (const side of [t.primary, t.backup, t.primary]) {
      side.isUp = false;
      await t.advance(4_000);
      side.isUp = true;
      await t.advance(1_000);
    }
    expect(t.pair).toMatchObject({ state: 'suspended', active: 'primary', epoch: 3 });
    expect(t.last('suspended')).toMatchObject({ by: null, why: '2 switches within 600000 ms' });
    await t.advance(3_600_000);
    expect(t.pair.state).toBe('suspended');
    t.pair.resume(order);
    expect(t.pair).toMatchObject({ state: 'primary', suspension: null });
    await expectReplays(t);
  });

  it('resumes by itself when its settings say so', async () => {
    const flap = { switchCountMax: 1 };
    await using t = await paired({ policy: 'sticky', flap, suspendMs: 20_000 });
    t.primary.isUp = false;
    await t.advance(4_000);
    t.primary.isUp = true;
    t.backup.isUp = false;
    await t.advance(4_000);
    expect(t.pair.state).toBe('suspended');
    const { untilMs } = t.pair.suspension!;
    await t.advance(untilMs! - t.clock.now() - 1);
    expect(t.pair.state).toBe('suspended');
    await t.advance(1);
    expect(t.last('resumed')).toMatchObject({ by: null, at: untilMs, active: 'backup' });
    await t.advance(10_000);
    expect(t.pair.state).toBe('primary');
    await expectReplays(t);
  });

  it('moves by order alone while it is suspended', async () => {
    await using t = await paired();
    t.pair.suspend(order);
    t.primary.isUp = false;
    await t.advance(60_000);
    expect(t.pair).toMatchObject({ state: 'suspended', active: 'primary' });
    t.pair.switchTo({ to: 'backup', allowStale: true, ...order });
    await t.advance(0);
    expect(t.pair).toMatchObject({ state: 'backup', suspension: null });
    await expectReplays(t);
  });
});

describe('effects of a pair', () => {
  it('are called with the epoch, and only while a side here is active', async () => {
    await using t = await paired();
    const scope = await t.pair.execute((given) => given);
    expect(scope).toMatchObject({ epoch: 1, side: 'primary' });
    expect(scope.signal.aborted).toBe(false);
    t.backup.activate = () => new Promise(() => {});
    t.pair.switchTo({ to: 'backup', ...order });
    await t.advance(0);
    expect(scope.signal.aborted).toBe(true);
    await expect(t.pair.execute(() => 1)).rejects.toThrow(NotActiveError);
    expect(t.pair).toMatchObject({ isActive: false, state: 'switching' });
  });
});

describe('after a restart of the process', () => {
  it('nobody is active before the sides are given again, under a new epoch', async () => {
    const all = lives();
    const first = await all.next(0);
    const { calls, ...sides } = fakeSides();
    first.failover('session', sides);
    await first.time.advance(1_000);
    await first.stop();
    const second = await all.next(10_000);
    const before = second.failover('session');
    expect(before).toMatchObject({ isActive: false, epoch: 1, active: 'primary' });
    await expect(before.execute(() => 1)).rejects.toThrow(NotActiveError);
    await second.time.advance(60_000);
    expect(before.epoch).toBe(1);
    const pair = second.failover('session', sides);
    await second.time.advance(1_000);
    expect(pair).toMatchObject({ isActive: true, state: 'primary', epoch: 2 });
    expect(calls).toEqual(['primary activate 1', 'primary deactivate 1', 'primary activate 2']);
    await second.stop();
  });
});

describe('when misused', () => {
  it('refuses names, sides, settings and orders that are none', async () => {
    await using t = await paired();
    const { failover } = t.runtime;
    const { calls: _, ...sides } = fakeSides();
    expect(() => failover('a b', sides)).toThrow(TypeError);
    expect(() => failover('gone')).toThrow(RangeError);
    expect(() => failover('x', { ...sides, backup: null as never })).toThrow(/'backup'/);
    expect(() => failover('x', { ...sides, backup: { check: () => true } as never })).toThrow(
      "'backup.activate' must be a function",
    );
    const remote = { remote: true } as const;
    expect(() => failover('x', { primary: remote, backup: remote })).toThrow(/no part in it/);
    expect(() => failover('x', { ...sides, heartbeatMs: 0 })).toThrow(ConfigInvalidError);
    expect(() => t.pair.switchTo({ to: 'tertiary' as never, ...order })).toThrow(RangeError);
    expect(() => t.pair.suspend({ by: 'ada', why: ' ' })).toThrow(TypeError);
    const before = t.runtime.seq;
    expect(t.snapshot('/failover/x')).toBeUndefined();
    t.pair.switchTo({ to: 'primary', ...order });
    expect(t.last('ordered')).toMatchObject({ refusal: 'it is active already' });
    expect(t.runtime.seq).toBe(before + 1);
  });
});
