/** SECR under the runtime: failures in, patches tried, judged, kept or rolled back. */
import { describe, expect, it } from 'vitest';
import { secrPaths } from '../../actors/secr.ts';
import type { SettingsInput } from '../../config/settings.ts';
import type { Fact } from '../../runtime/options.ts';
import { settingsHash } from '../../runtime/patch-port.ts';
import type { FailureReport } from '../../runtime/secr.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../support/expect-replays.ts';

const order = { by: 'ada', why: 'test' };
const timeout: FailureReport = { group: 'NET', subgroup: 'API_TIMEOUT', severity: 1 };
const good = { profitDelta: 1, latencyMs: 100, errorRatio: 0.01, stabilityScore: 95 };
const bad = { profitDelta: -5, latencyMs: 900, errorRatio: 0.4, stabilityScore: 20 };
const patientKey = '/paper/broker/breaker/callTimeoutMs';

/** One resolver, so that everybody knows which is chosen. */
const only = (name: string, secr: object = {}): SettingsInput => {
  const others = ['netPatient', 'netQuick', 'netCalmRetry', 'timeoutPatientBreaker'];
  const off = [...others, 'timeoutPatientCall'].filter((other) => other !== name);
  const none = { group: 'NET', meaning: 'off', enabled: false } as const;
  const changes = [{ key: patientKey, by: 'set', amount: 1 }] as const;
  const resolvers = Object.fromEntries(off.map((one) => [one, { ...none, changes: [...changes] }]));
  return { secr: { resolvers, patch: { canaryMs: 1_000, observationMs: 5_000 }, ...secr } };
};

async function secrRuntime(settings: SettingsInput = only('netPatient')) {
  const t = await testRuntime({ settings });
  const facts: Fact[] = [];
  t.runtime.on('*', (fact) => facts.push(fact));
  const told = (type: string) => facts.filter((fact) => fact.type === type);
  const perform = (sample: typeof good, times = 1) => {
    for (let i = 0; i < times; i += 1) t.runtime.secr.updatePerformanceFeedback(sample);
  };
  const live = () => t.runtime.settings.current;
  return Object.assign(t, { facts, told, perform, live, secr: t.runtime.secr });
}

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
    expect(t.live().paper.broker.breaker.callTimeoutMs).toBe(11_250);
    await t.advance(1_000);
    expect(t.live().paper.broker.breaker.callTimeoutMs).toBe(15_000);
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

  it('rolls a patch back that nobody has seen to help: the settings are what they were', async () => {
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
    expect(t.live().paper.broker.breaker.callTimeoutMs).toBe(10_000);
    expect(t.secr.trust('API_TIMEOUT', 'netPatient')).toBeLessThan(0.4);
    await expectReplays(t);
  });
});
