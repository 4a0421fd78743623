/** SECR under the runtime: failures in, patches tried, judged, kept or rolled back. */
import { describe, expect, it } from 'vitest';
import { secrPaths } from '../../actors/secr.ts';
import { settingsHash } from '../../runtime/patch-port.ts';
import { expectReplays } from '../support/expect-replays.ts';
import { bad, good, onePatient, secrRuntime, timeout } from '../support/secr-rig.ts';

describe('secr', () => {
  it('starts when it is first told something', async () => {
    await using t = await secrRuntime();
    expect([t.snapshot(secrPaths.root), t.secr.state, t.secr.threshold]).toEqual([
      undefined,
      'watching',
      0.5,
    ]);
    expect(t.secr.reportFailure({ ...timeout, severity: 0.4 })).toBe('API_TIMEOUT-1');
    expect(t.secr.failure('API_TIMEOUT-1')).toMatchObject({ severity: 0.4, patch: null });
    expect(t.secr.patches).toEqual([]);
    expect(t.secr.pressure('NET')).toBeCloseTo(0.4);
    await t.advance(600_000);
    expect(t.secr.pressure('API_TIMEOUT')).toBeCloseTo(0.2);
    await expectReplays(t);
  });

  it('keeps a patch that helps, canary first', async () => {
    await using t = await secrRuntime();
    const before = settingsHash(t.live());
    t.perform(bad, 5);
    t.secr.reportFailure(timeout);
    await t.settle();
    expect(t.secr.patches).toMatchObject([{ id: 'p-1', state: 'canary', resolver: 'netPatient' }]);
    expect(t.callTimeoutMs()).toBe(11_250);
    await t.advance(1_000);
    expect(t.callTimeoutMs()).toBe(15_000);
    expect(t.secr.patches[0]?.state).toBe('observing');
    t.perform(good, 5);
    await t.advance(5_000);
    expect(t.secr.patches).toEqual([]);
    expect(t.told('patch.kept')).toHaveLength(1);
    expect(settingsHash(t.live())).not.toBe(before);
    expect(t.secr.trust('API_TIMEOUT', 'netPatient')).toBeGreaterThan(0.6);
    expect(t.secr.failure('API_TIMEOUT-1')).toMatchObject({ patch: 'p-1', end: 'kept' });
    const record = t.secr.trainingData({ batchSize: 1 })[0];
    expect(record).toMatchObject({ verdict: 'kept', before: bad, after: good, durationMs: 6_000 });
    await expectReplays(t);
  });

  it('rolls a patch back that nobody has seen to help: settings are as before', async () => {
    await using t = await secrRuntime();
    const before = t.live();
    t.secr.reportFailure(timeout);
    await t.advance(6_000);
    expect(t.live()).toEqual(before);
    const [rolledBack] = t.told('patch.rolledBack');
    expect(rolledBack?.['hash']).toBe(settingsHash(before));
    expect(rolledBack?.['hashBefore']).toBe(settingsHash(before));
    expect(rolledBack?.['why']).toBe('no evidence that it helped');
    expect(t.secr.trust('API_TIMEOUT', 'netPatient')).toBe(0.5);
    await expectReplays(t);
  });

  it('takes no credit for one failure that does not come again', async () => {
    await using t = await secrRuntime(onePatient({ halfLifeMs: 2_000 }));
    t.secr.reportFailure(timeout);
    await t.advance(6_000);
    expect(t.told('patch.rolledBack')).toHaveLength(1);
  });

  it('keeps a patch after which a failure that came again and again stays away', async () => {
    await using t = await secrRuntime(onePatient({ halfLifeMs: 2_000, actPressureMin: 1.5 }));
    for (let i = 0; i < 3; i += 1) {
      t.secr.reportFailure({ ...timeout, severity: 0.8 });
      await t.advance(500);
    }
    await t.advance(6_000);
    expect(t.told('patch.judged')).toMatchObject([{ isKept: true, outcome: { recurrence: 1 } }]);
  });

  it('rolls a harmful patch back at once, and trusts its resolver less', async () => {
    await using t = await secrRuntime();
    t.perform(good, 5);
    t.secr.reportFailure(timeout);
    await t.settle();
    t.perform(bad, 2);
    expect(t.secr.patches[0]?.state).toBe('canary');
    t.perform(bad);
    await t.settle();
    expect(t.secr.patches).toEqual([]);
    expect(t.callTimeoutMs()).toBe(10_000);
    expect(t.secr.trust('API_TIMEOUT', 'netPatient')).toBeLessThan(0.4);
    await expectReplays(t);
  });

  it('rejects with numbers what would have made the recent past worse', async () => {
    await using t = await secrRuntime();
    const text = 'drawdown 0.04 instead of 0.02, 3 orders refused instead of 1';
    t.secr.rehearseWith(async () => ({ kind: 'evaluated', isWorse: true, text }));
    t.secr.reportFailure(timeout);
    await t.settle();
    expect(t.told('patch.rejected')).toMatchObject([{ why: text }]);
    expect(t.told('patch.canaryStarted')).toEqual([]);
    expect(t.callTimeoutMs()).toBe(10_000);
    expect(t.secr.trust('API_TIMEOUT', 'netPatient')).toBeCloseTo(1 / 3);
    await expectReplays(t);
  });

  it('tries half of the change after a rehearsal, a quarter without one', async () => {
    await using t = await secrRuntime();
    t.secr.rehearseWith(async () => ({ kind: 'evaluated', isWorse: false, text: 'no difference' }));
    t.secr.reportFailure(timeout);
    await t.settle();
    expect(t.callTimeoutMs()).toBe(12_500);
  });

  it('goes on without a rehearsal that takes too long, or fails', async () => {
    await using t = await secrRuntime(onePatient({ patch: { rehearsalMs: 50 } }));
    t.secr.rehearseWith(() => new Promise(() => {}));
    t.secr.reportFailure(timeout);
    await t.advance(50);
    expect(t.told('patch.rehearsed')).toMatchObject([
      { rehearsal: { kind: 'notEvaluable', text: 'it took too long' } },
    ]);
    expect(t.callTimeoutMs()).toBe(11_250);
    await expectReplays(t);
  });

  it('obeys the rules of the host', async () => {
    await using t = await secrRuntime();
    t.secr.rule('lazy', ({ paper }) =>
      paper.broker.breaker.callTimeoutMs > 12_000 ? 'nobody waits that long' : undefined,
    );
    t.secr.rule('broken', () => {
      throw new Error('no quotes');
    });
    t.secr.reportFailure(timeout);
    await t.settle();
    expect(t.told('patch.rejected')).toMatchObject([
      { why: "rule 'lazy': nobody waits that long; rule 'broken' failed: no quotes" },
    ]);
    expect(t.secr.trust('API_TIMEOUT', 'netPatient')).toBeLessThan(0.5);
  });

  it('answers no failure without a pattern, and not twice at the same time', async () => {
    await using t = await secrRuntime();
    t.secr.reportFailure({ ...timeout, severity: 0.6 });
    expect(t.secr.patches).toEqual([]);
    t.secr.reportFailure({ ...timeout, severity: 0.6 });
    expect(t.secr.patches).toHaveLength(1);
    t.secr.reportFailure(timeout);
    t.secr.reportFailure({ group: 'ORDER', subgroup: 'SLIP_DRIFT', severity: 1 });
    expect(t.secr.patches).toHaveLength(1);
    const words = t.told('secr.unanswered').map(({ why }) => why);
    expect(words[0]).toBe('patch p-1 is under way for API_TIMEOUT');
    expect(words[1]).toContain('1 patches are under way, at most 1 may be');
  });

  it('leaves settings alone that cool down', async () => {
    await using t = await secrRuntime(onePatient({ patch: { cooldownMs: 10_000 } }));
    t.secr.reportFailure(timeout);
    await t.advance(6_000);
    t.secr.reportFailure(timeout);
    expect(t.told('secr.unanswered').at(-1)?.['why']).toContain('cools down for 10000 ms more');
    await t.advance(10_000);
    t.secr.reportFailure(timeout);
    expect(t.secr.patches).toHaveLength(1);
  });

  it('moves its threshold, and tells who listens', async () => {
    await using t = await secrRuntime();
    const moves: unknown[] = [];
    t.secr.onThreshold(({ from, to }) => moves.push([from, to]));
    const collapse = { group: 'ENTROPY', subgroup: 'ICAP_COLLAPSE', severity: 0.9 } as const;
    t.secr.reportFailure({ ...collapse, context: { icapValue: 0.15 } });
    expect(moves).toEqual([[0.5, 0.6]]);
    t.secr.reportFailure(collapse);
    expect(t.secr.threshold).toBe(0.6);
    await t.advance(300_000);
    t.secr.updateMarket({ volatilityRatio: 3, volumeRatio: 0.5, momentumRatio: 0.4 });
    expect(moves).toHaveLength(2);
    expect(t.secr.threshold).toBeGreaterThan(0.65);
    await expectReplays(t);
  });

  it('moves shares of workers, which still add up to 1', async () => {
    await using t = await secrRuntime({ secr: { patch: { canaryMs: 100 } } });
    t.secr.reportFailure({ group: 'PERF', subgroup: 'GPU_LAG', severity: 1 });
    await t.advance(100);
    const { trading, analytics, background } = t.live().allocation.workers;
    expect(trading + analytics + background).toBeCloseTo(1, 9);
  });
});
