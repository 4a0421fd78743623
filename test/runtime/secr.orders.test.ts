/** What people may order of SECR, and what it refuses. */
import { describe, expect, it } from 'vitest';
import { settingsHash } from '../../runtime/patch-port.ts';
import type { PatchProposal } from '../../runtime/secr.ts';
import { PatchRefusedError } from '../../runtime/secr.ts';
import { expectReplays } from '../support/expect-replays.ts';
import { bad, good, onePatient, patientKey, secrRuntime, timeout } from '../support/secr-rig.ts';

const order = { by: 'ada', why: 'test' };

describe('people and patches', () => {
  it('a pinned setting is never touched, and a patch of it is rolled back first', async () => {
    await using t = await secrRuntime();
    t.secr.reportFailure(timeout);
    await t.settle();
    expect(t.callTimeoutMs()).toBe(11_250);
    t.secr.pin({ key: patientKey, ...order });
    await t.settle();
    expect(t.callTimeoutMs()).toBe(10_000);
    expect(t.told('secr.resolved')).toMatchObject([{ verdict: 'rolledBack', reward: null }]);
    await t.advance(86_400_000);
    t.secr.reportFailure(timeout);
    expect(t.told('secr.unanswered').at(-1)?.['why']).toContain('is pinned by ada: test');
    t.secr.unpin({ key: patientKey, ...order });
    t.secr.reportFailure(timeout);
    expect(t.secr.patches).toHaveLength(1);
    await expectReplays(t);
  });

  it('what somebody else sets meanwhile stays, and ends the patch', async () => {
    await using t = await secrRuntime();
    t.secr.reportFailure(timeout);
    await t.settle();
    const patch = [{ op: 'replace', path: patientKey, value: 20_000 }] as const;
    t.runtime.settings.patch(patch, order);
    await t.settle();
    expect(t.callTimeoutMs()).toBe(20_000);
    expect(t.told('patch.rolledBack')).toMatchObject([{ overridden: [patientKey] }]);
    await expectReplays(t);
  });

  it('a reset brings everything back that was kept, and pauses until it is resumed', async () => {
    await using t = await secrRuntime(onePatient({ patch: { cooldownMs: 0 } }));
    const before = t.live();
    for (const round of [1, 2]) {
      t.perform(bad, 20);
      t.secr.reportFailure(timeout);
      await t.advance(1_000);
      t.perform(good, 5);
      await t.advance(5_000);
      expect(t.told('patch.kept')).toHaveLength(round);
    }
    t.secr.reportFailure(timeout);
    await t.settle();
    expect(t.callTimeoutMs()).toBeGreaterThan(20_000);
    t.secr.emergencyReset(order);
    expect(t.secr.state).toBe('resetting');
    await t.settle();
    expect(t.secr.state).toBe('paused');
    expect(settingsHash(t.live())).toBe(settingsHash(before));
    t.secr.reportFailure(timeout);
    expect(t.secr.patches).toEqual([]);
    expect(t.secr.trust('API_TIMEOUT', 'netPatient')).toBeGreaterThan(0.5);
    t.secr.resume(order);
    await t.advance(1);
    t.secr.reportFailure(timeout);
    expect(t.secr.patches).toHaveLength(1);
    await expectReplays(t);
  });

  it('a resolver that nobody trusts needs approval, and an alert says so', async () => {
    const learning = { verdictCountMin: 1, trustMin: 0.4 };
    await using t = await secrRuntime(onePatient({ learning, patch: { cooldownMs: 0 } }));
    const alerts = () => t.runtime.alerts.list().map(({ key, state }) => [key, state]);
    expect(alerts()).toEqual([]);
    t.perform(good, 5);
    t.secr.reportFailure(timeout);
    await t.settle();
    t.perform(bad, 3);
    await t.settle();
    t.secr.reportFailure(timeout);
    await t.settle();
    expect(t.secr.patches).toMatchObject([{ id: 'p-2', state: 'quarantined' }]);
    expect(t.callTimeoutMs()).toBe(10_000);
    expect(alerts()).toEqual([['secr.patch.p-2', 'notified']]);
    expect(() => t.secr.approve('p-9', order)).toThrow("No patch 'p-9' is under way, but: p-2.");
    t.secr.approve('p-2', order);
    await t.settle();
    expect(t.callTimeoutMs()).toBe(11_250);
    expect(alerts()).toEqual([['secr.patch.p-2', 'resolved']]);
    t.secr.withdraw('p-2', order);
    await t.settle();
    expect(t.callTimeoutMs()).toBe(10_000);
    await expectReplays(t);
  });

  it('a patch that nobody approves in time is rejected', async () => {
    const learning = { verdictCountMin: 1, trustMin: 0.4 };
    const patch = { cooldownMs: 0, approvalMs: 500 };
    await using t = await secrRuntime(onePatient({ learning, patch }));
    t.secr.rehearseWith(async () => ({ kind: 'evaluated', isWorse: true, text: 'worse' }));
    t.secr.reportFailure(timeout);
    await t.settle();
    t.secr.reportFailure(timeout);
    await t.advance(500);
    const rejected = t.told('patch.rejected').map(({ why }) => why);
    expect(rejected).toEqual(['worse', 'nobody approved it in time']);
    // Nothing is learned from a person who was not there.
    expect(t.secr.trust('API_TIMEOUT', 'netPatient')).toBeCloseTo(1 / 3);
  });

  it('a rollback that is refused waits for a person, and is tried again', async () => {
    await using t = await secrRuntime();
    t.secr.propose({
      ...{ group: 'NET', subgroup: 'SOCKET_DROP', ...order },
      operations: [{ op: 'replace', path: '/paper/broker/retryMaxMs', value: 120_000 }],
    });
    await t.advance(1_000);
    const minMs = (value: number) =>
      t.runtime.settings.patch([{ op: 'replace', path: '/paper/broker/retryMinMs', value }], order);
    minMs(100_000);
    await t.advance(5_000);
    expect(t.secr.patches).toMatchObject([{ id: 'h-1', state: 'quarantined' }]);
    expect(t.live().paper.broker.retryMaxMs).toBe(120_000);
    minMs(1_000);
    await t.advance(60_000);
    expect(t.secr.patches).toEqual([]);
    expect(t.live().paper.broker.retryMaxMs).toBe(60_000);
    await expectReplays(t);
  });

  it('a reset that is refused raises an alert, until one brings everything back', async () => {
    await using t = await secrRuntime();
    const { alerts } = t.runtime;
    t.perform(bad, 20);
    t.secr.propose({
      ...{ group: 'NET', subgroup: 'SOCKET_DROP', ...order },
      operations: [{ op: 'replace', path: '/paper/broker/retryMaxMs', value: 120_000 }],
    });
    await t.advance(1_000);
    t.perform(good, 5);
    await t.advance(5_000);
    expect(t.told('patch.kept')).toHaveLength(1);
    const minMs = (value: number) =>
      t.runtime.settings.patch([{ op: 'replace', path: '/paper/broker/retryMinMs', value }], order);
    const ended = async () => {
      t.secr.emergencyReset(order);
      await t.settle();
      const states = alerts.list().map(({ key, state }) => `${key} ${state}`);
      return [t.secr.state, t.live().paper.broker.retryMaxMs, ...states];
    };
    minMs(100_000);
    expect(await ended()).toEqual(['paused', 120_000, 'secr.reset notified']);
    minMs(1_000);
    expect(await ended()).toEqual(['paused', 60_000, 'secr.reset resolved']);
    await expectReplays(t);
  });
});

describe('bad input', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  it.each([
    [{ subgroup: 'API_TIMEOUTS' }, RangeError, "Did you mean 'API_TIMEOUT'?"],
    [{ subgroup: 'GPU_LAG' }, RangeError, 'Subgroup of NET "GPU_LAG" does not exist.'],
    [{ group: '__proto__' }, RangeError, 'Failure group "__proto__" does not exist.'],
    [{ severity: Number.NaN }, RangeError, 'severity must be from 0 to 1, got NaN.'],
    [{ severity: 7 }, RangeError, 'got 7'],
    [{ severity: '1' }, RangeError, 'got 1'],
    [{ context: circle }, TypeError, 'must be JSON'],
    [{ context: 'x'.repeat(5_000) }, TypeError, 'at most 4096 are kept'],
    [{ context: () => 1 }, TypeError, 'must be JSON'],
    [{ target: 7 }, TypeError, 'target must be a name'],
  ])('a report with %o is refused, counted, and touches nothing', async (over, kind, words) => {
    await using t = await secrRuntime();
    const report = () => t.secr.reportFailure({ ...timeout, ...over } as never);
    expect(report).toThrow(kind);
    expect(report).toThrow(words);
    expect([t.secr.refusedCount, t.runtime.seq]).toEqual([2, 1]);
  });

  it.each([
    [{ path: '/paper/broker/nothing', value: 1 }, 'has no envelope'],
    [{ path: '/safety/dwellMs', value: 1 }, 'has no envelope'],
    [{ path: patientKey, value: '11000' }, 'needs a number'],
    [{ path: patientKey, value: Number.NaN }, 'needs a number'],
    [{ path: patientKey, value: 90_000 }, 'leaves its envelope, 2000 to 30000'],
    [{ path: '/__proto__/polluted', value: 1 }, 'has no envelope'],
    [{ path: '/protections/__proto__/timeoutMs', value: 1_000 }, 'is not set'],
    [{ path: '/breakers/constructor/callTimeoutMs', value: 1_000 }, 'is not set'],
    [{ path: '', value: {} }, 'operations are'],
    [{ op: 'move', from: '/a', path: patientKey }, 'operations are'],
  ])('a proposal of %o is refused, counted, and touches nothing', async (operation, words) => {
    await using t = await secrRuntime();
    const before = t.live();
    const operations = [{ op: 'replace', ...operation }] as never;
    const proposal: PatchProposal = { group: 'NET', subgroup: 'API_TIMEOUT', operations, ...order };
    expect(() => t.secr.propose(proposal)).toThrow(PatchRefusedError);
    expect(() => t.secr.propose(proposal)).toThrow(words);
    await t.settle();
    expect([t.secr.refusedCount, t.secr.patches, t.live()]).toEqual([2, [], before]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('patches, samples and orders that say nothing are refused', async () => {
    await using t = await secrRuntime();
    const { secr } = t;
    const kind = { group: 'NET', subgroup: 'API_TIMEOUT', ...order } as const;
    expect(() => secr.propose({ ...kind, operations: [] })).toThrow('it changes nothing');
    expect(() => secr.propose({ ...kind, operations: 'x' as never })).toThrow('operations are');
    expect(() => t.perform({ ...good, latencyMs: -1 })).toThrow('latencyMs must be from 0');
    expect(() => t.perform({ ...good, profitDelta: Number.NaN })).toThrow(RangeError);
    expect(() => secr.updatePerformanceFeedback(undefined as never)).toThrow(RangeError);
    expect(() => secr.updateMarket({} as never)).toThrow(RangeError);
    expect(() => secr.emergencyReset({ by: '', why: 'x' })).toThrow(TypeError);
    expect(() => secr.pin({ key: '/paper/symbol', ...order })).toThrow('No patch may change');
    expect(() => secr.trainingData({ batchSize: 0 })).toThrow(RangeError);
  });

  it('an event past the handle is refused by the coordinator as well', async () => {
    await using t = await secrRuntime();
    t.secr.reportFailure({ ...timeout, severity: 0.1 });
    const event = { type: 'FAILURE_REPORTED', at: 0, group: 'NET', subgroup: 'X', severity: 1 };
    t.send('/secr/coordinator', event);
    t.send('/secr/coordinator', { ...event, subgroup: 'API_TIMEOUT', severity: Number.NaN });
    expect(t.told('secr.refused').map(({ why }) => why)).toEqual([
      'NET has no subgroup "X"',
      'severity must be from 0 to 1, got NaN',
    ]);
    expect(t.secr.refusedCount).toBe(2);
    t.send('/secr/coordinator', { ...event, subgroup: 'API_TIMEOUT' });
    expect(t.secr.failure('API_TIMEOUT-2')).toMatchObject({ severity: 1, patch: 'p-1' });
  });
});
