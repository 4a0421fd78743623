/** What of SECR outlives its actors, and the process. */
import { describe, expect, it } from 'vitest';
import { secrPaths } from '../../actors/secr.ts';
import { settingsHash } from '../../runtime/patch-port.ts';
import { cutAfter } from '../support/cut-log.ts';
import { expectReplays } from '../support/expect-replays.ts';
import { type Life, lives } from '../support/lives.ts';
import { bad, good, onePatient, patientKey, secrRuntime, timeout } from '../support/secr-rig.ts';

const order = { by: 'ada', why: 'test' };
const settings = onePatient();

const perform = ({ secr }: Life, sample: typeof good, times: number) => {
  for (let i = 0; i < times; i += 1) secr.updatePerformanceFeedback(sample);
};
const callTimeoutMs = (life: Life) => life.settings.current.paper.broker.breaker.callTimeoutMs;

describe('after a restart of the process', () => {
  it('a patch that was kept is in force, and everything that was learned is known', async () => {
    const all = lives({ settings });
    const first = await all.next(0);
    perform(first, bad, 5);
    const key = first.secr.reportFailure(timeout);
    await first.time.advance(1_000);
    perform(first, good, 4);
    await first.time.advance(5_000);
    first.secr.pin({ key: '/paper/strategy/quantity', ...order });
    const trust = first.secr.trust('API_TIMEOUT', 'netPatient');
    expect([callTimeoutMs(first), trust > 0.6]).toEqual([15_000, true]);
    await first.stop();
    const second = await all.next(10_000);
    expect(callTimeoutMs(second)).toBe(15_000);
    expect(second.secr.trust('API_TIMEOUT', 'netPatient')).toBe(trust);
    expect(second.secr.failure(key)).toMatchObject({ end: 'kept' });
    expect(second.secr.trainingData()).toHaveLength(1);
    expect(Object.keys(second.secr.pins)).toEqual(['/paper/strategy/quantity']);
    expect(second.secr.reportFailure({ ...timeout, severity: 0.1 })).toBe('API_TIMEOUT-2');
    second.secr.emergencyReset(order);
    await second.time.settle();
    expect(callTimeoutMs(second)).toBe(10_000);
    await second.stop();
  });

  it('what the host now gives otherwise wins over a patch, and nothing else changes', async () => {
    const all = lives({ settings });
    const first = await all.next(0);
    first.settings.patch([{ op: 'replace', path: patientKey, value: 12_000 }], order);
    first.settings.patch(
      [{ op: 'replace', path: '/paper/broker/retryMinMs', value: 2_000 }],
      order,
    );
    await first.stop();
    const breaker = { callTimeoutMs: 9_000 };
    const second = await all.next(1, { settings: { ...settings, paper: { broker: { breaker } } } });
    expect(callTimeoutMs(second)).toBe(9_000);
    expect(second.settings.current.paper.broker.retryMinMs).toBe(2_000);
    await second.stop();
  });

  it('a patch under way goes on: its window ends when it would have', async () => {
    const all = lives({ settings });
    const first = await all.next(0);
    first.secr.reportFailure(timeout);
    await first.time.advance(500);
    await first.stop();
    const second = await all.next(700);
    expect(second.secr.patches).toMatchObject([{ state: 'canary' }]);
    await second.time.advance(300);
    expect(second.secr.patches).toMatchObject([{ state: 'observing' }]);
    await second.stop();
    const third = await all.next(60_000);
    await third.time.advance(1);
    expect(third.secr.patches).toEqual([]);
    expect(callTimeoutMs(third)).toBe(10_000);
    await third.stop();
  });

  it('killed after any entry, a patch is rolled back to the same settings', async () => {
    const eachBlock = { ...settings, journal: { blockEntryCountMax: 1 } };
    const all = lives({ settings: eachBlock });
    const first = await all.next(0);
    const before = settingsHash(first.settings.current);
    await first.flush();
    first.secr.reportFailure(timeout);
    await first.time.advance(6_000);
    await first.stop();
    const { version } = await all.log.head();
    for (let end = 1; end <= version; end += 1) {
      const log = await cutAfter(all.log, end);
      const next = await lives({ settings: eachBlock }, log).next(20_000);
      await next.time.advance(10_000);
      expect(next.secr.patches, `block ${end}`).toEqual([]);
      expect(settingsHash(next.settings.current), `block ${end}`).toBe(before);
      await next.stop();
    }
  });
});

describe('after a crash', () => {
  it('of a patch, a successor rolls it back, and nothing is learned', async () => {
    await using t = await secrRuntime();
    t.secr.reportFailure(timeout);
    await t.settle();
    expect(t.callTimeoutMs()).toBe(11_250);
    t.crash(`${secrPaths.coordinator}/p-1`);
    await t.settle();
    expect(t.callTimeoutMs()).toBe(10_000);
    expect(t.told('secr.patchCrashed')).toMatchObject([{ id: 'p-1', crashCount: 1 }]);
    expect(t.told('secr.resolved')).toMatchObject([{ verdict: 'rolledBack', reward: null }]);
    expect(t.snapshot(secrPaths.coordinator)?.status).toBe('active');
    await expectReplays(t);
  });

  it('of the coordinator, patches, pins and trust are as before', async () => {
    await using t = await secrRuntime();
    t.secr.reportFailure(timeout);
    t.secr.pin({ key: '/paper/strategy/quantity', ...order });
    await t.settle();
    t.crash(secrPaths.coordinator);
    await t.settle();
    expect(t.secr.patches).toMatchObject([{ id: 'p-1', state: 'canary' }]);
    expect(Object.keys(t.secr.pins)).toHaveLength(1);
    await t.advance(6_000);
    expect(t.told('patch.rolledBack')).toHaveLength(1);
    expect(t.callTimeoutMs()).toBe(10_000);
    await expectReplays(t);
  });

  it('again and again, a patch is left to people, and its settings stay owned', async () => {
    await using t = await secrRuntime();
    t.runtime.alerts.list();
    t.secr.reportFailure(timeout);
    await t.settle();
    for (const actor of ['p-1', 'p-1.1', 'p-1.2', 'p-1.3', 'p-1.4', 'p-1.5']) {
      // Each successor is caught before it is done.
      t.crash(`${secrPaths.coordinator}/${actor}`);
    }
    await t.settle();
    expect(t.told('secr.patchCrashed')).toHaveLength(6);
    expect(t.secr.patches).toMatchObject([{ id: 'p-1', crashCount: 6 }]);
    const alerts = t.runtime.alerts.list().map(({ severity, text }) => [severity, text]);
    expect(alerts[0]?.[0]).toBe('critical');
    expect(alerts[0]?.[1]).toContain('Patch p-1 crashed 6 times: its settings need a person.');
    // Nobody is there to hear of it any more.
    t.perform(good);
    t.secr.reportFailure(timeout);
    t.secr.withdraw('p-1', order);
    t.secr.pin({ key: patientKey, ...order });
    expect(t.callTimeoutMs()).toBe(11_250);
    t.secr.emergencyReset(order);
    await t.settle();
    expect(t.snapshot(secrPaths.coordinator)?.restarts).toBe(0);
    expect([t.callTimeoutMs(), t.secr.state, t.secr.patches]).toEqual([10_000, 'paused', []]);
    expect(t.told('secr.resolved')).toMatchObject([{ verdict: 'rolledBack', reward: null }]);
    expect(t.runtime.alerts.list()).toMatchObject([{ state: 'resolved' }]);
    await expectReplays(t);
  });

  it('a patch that is left to people leaves what they set, also when it is reset', async () => {
    await using t = await secrRuntime();
    t.secr.reportFailure(timeout);
    await t.settle();
    for (const successor of ['', '.1', '.2', '.3', '.4', '.5']) {
      t.crash(`${secrPaths.coordinator}/p-1${successor}`);
    }
    const patch = [{ op: 'replace', path: patientKey, value: 12_000 }] as const;
    t.runtime.settings.patch(patch, order);
    t.secr.emergencyReset(order);
    await t.settle();
    expect([t.callTimeoutMs(), t.secr.state, t.secr.patches]).toEqual([12_000, 'paused', []]);
  });
});
