import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { child, supervisor } from '../../actors/child.ts';
import type { EmergencyPort, EmergencyRequest, EmergencyStepReport } from '../../actors/ports.ts';
import { ResetRefusedError } from '../../actors/safety.ts';
import { circuitBreakerSettingsSchema } from '../../config/circuit-breaker.ts';
import { circuitBreakerMachine } from '../../machines/circuit-breaker.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { replayJournal } from '../../runtime/replay/replay.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../support/expect-replays.ts';

const order = { by: 'ada', why: 'fat finger' };
const input = { settings: circuitBreakerSettingsSchema.parse({}), seed: 1 };
const tree = supervisor({
  id: 'app',
  children: [child({ id: 'trader', logic: circuitBreakerMachine, input })],
});

type Calls = [step: string, how: string, tryNumber: number][];

/** A host that does everything, and notes what it was asked. */
function hostPort(more: Partial<EmergencyPort> = {}) {
  const calls: Calls = [];
  const keys: string[] = [];
  const step =
    (name: 'cancelOrders' | 'reducePosition', report: EmergencyStepReport) =>
    async (request: EmergencyRequest) => {
      calls.push([name, request.how, request.tryNumber]);
      keys.push(request.key);
      return (await more[name]?.(request)) ?? report;
    };
  const flat = { quantity: 0, isVerified: true };
  const emergency: Partial<EmergencyPort> = {
    cancelOrders: step('cancelOrders', { isDone: true }),
    reducePosition: step('reducePosition', { isDone: true, remaining: flat }),
  };
  return { emergency, calls, keys };
}

const refuse = async () => ({ isDone: false, why: 'the broker refuses' });

describe('an emergency', () => {
  it('stops the tree, flat, while the runtime stays up', async () => {
    const { emergency, calls } = hostPort();
    await using t = await testRuntime({ tree, ports: { emergency } });
    const outcome = await t.runtime.safety.emergency(order);
    expect(outcome).toEqual({
      isFlat: true,
      remaining: { quantity: 0, isVerified: true },
      undone: [],
      text: 'stopped, flat',
    });
    expect(calls).toEqual([
      ['cancelOrders', 'verified', 1],
      ['reducePosition', 'verified', 1],
    ]);
    expect(t.snapshot('/app/trader')?.status).toBe('idle');
    expect([t.runtime.status, t.runtime.safety.state]).toEqual(['running', 'emergency']);
    expect((await t.replay()).divergence).toBeUndefined();
    expect(calls.length).toBe(2);
  });

  it('forbids to open from its first moment, and exits only once its plan has ended', async () => {
    const asked: boolean[][] = [];
    const modes: string[] = [];
    const may = () =>
      ['orders.open', 'orders.reduce', 'orders.cancel'].map((one) => t.runtime.posture.allows(one));
    const { emergency } = hostPort({
      cancelOrders: async () => {
        asked.push(may());
        modes.push(t.runtime.tradingMode.mode);
        return { isDone: true };
      },
    });
    await using t = await testRuntime({ tree, ports: { emergency } });
    t.runtime.tradingMode.reconciled(order);
    expect(may()).toEqual([true, true, true]);
    await t.runtime.safety.emergency(order);
    expect([asked, modes]).toEqual([[[false, true, true]], ['reduceOnly']]);
    expect(may()).toEqual([false, false, false]);
    const { reasons } = t.runtime.tradingMode;
    expect(Object.keys(reasons)).toEqual(['emergencyPlan']);
    t.runtime.safety.reset({ scope: 'trading', ...order });
    await t.settle();
    expect([t.runtime.tradingMode.mode, may()]).toEqual(['reconciling', [false, true, true]]);
    t.runtime.tradingMode.reconciled(order);
    expect(may()).toEqual([true, true, true]);
    await expectReplays(t);
  });

  it('is on disk before its effects: its entry is of class safety', async () => {
    await using t = await testRuntime({ tree, ports: { emergency: hostPort().emergency } });
    await t.runtime.safety.emergency(order);
    const entries = (await t.journal()).map(({ input }) => input);
    const asked = entries.find(({ event }) => (event as { type?: string }).type === 'EMERGENCY');
    expect(asked).toMatchObject({ path: '/safeguards/safety', class: 'safety' });
  });

  it('tries again, then blind, and then names what is left', async () => {
    const left = { quantity: 0.7, isVerified: false };
    const reducePosition = async () => ({ ...(await refuse()), remaining: left });
    const { emergency, calls } = hostPort({ cancelOrders: refuse, reducePosition });
    await using t = await testRuntime({ tree, ports: { emergency } });
    const outcome = await t.runtime.safety.emergency(order);
    expect(calls).toEqual([
      ['cancelOrders', 'verified', 1],
      ['cancelOrders', 'verified', 2],
      ['cancelOrders', 'blind', 2],
      ['reducePosition', 'verified', 1],
      ['reducePosition', 'verified', 2],
      ['reducePosition', 'blind', 2],
    ]);
    expect(outcome.text).toBe(
      'stopped, remaining position 0.7 as last known, not confirmed by the broker',
    );
    expect(outcome.undone).toEqual([
      { step: 'cancelOrders', why: 'the broker refuses' },
      { step: 'reducePosition', why: 'the broker refuses' },
    ]);
    expect(t.snapshot('/safeguards/emergencyPlan')?.value).toBe('exposed');
  });

  it('tries again when a position is left and it is ordered again, and only then', async () => {
    let isBroken = true;
    const left = { quantity: 0.7, isVerified: true };
    const plans: string[] = [];
    const reducePosition = async ({ planId }: EmergencyRequest) => {
      plans.push(planId);
      const none = { isDone: true, remaining: { quantity: 0, isVerified: true } };
      return isBroken ? { ...(await refuse()), remaining: left } : none;
    };
    const { emergency } = hostPort({ reducePosition });
    await using t = await testRuntime({ tree, ports: { emergency } });
    const { safety } = t.runtime;
    expect((await safety.emergency(order)).text).toBe('stopped, remaining position 0.7');
    isBroken = false;
    const again = safety.emergency({ by: 'bob', why: 'the venue is back' });
    expect(safety.outcome).toBeUndefined();
    expect(() => safety.reset({ scope: 'trading', ...order })).toThrow(/plan still runs/);
    expect(await again).toMatchObject({ text: 'stopped, flat', undone: [] });
    expect(await safety.emergency(order)).toMatchObject({ isFlat: true });
    // The same id each time: what was closed before is not closed again.
    expect(plans).toEqual(['e-0.1', 'e-0.1', 'e-0.1', 'e-0.1']);
    expect(t.snapshot('/safeguards/safety')?.context).toMatchObject({ emergency: { by: 'bob' } });
    expect(t.runtime.posture.allows('orders.open')).toBe(false);
    safety.reset({ scope: 'trading', ...order });
    await t.settle();
    expect(safety.state).toBe('healthy');
    await expectReplays(t);
  });

  it('says so when the host gives no port', async () => {
    await using t = await testRuntime({ tree });
    const { text, undone } = await t.runtime.safety.emergency(order);
    expect(text).toBe('stopped, remaining position unknown');
    expect(undone.map(({ step }) => step)).toEqual(['cancelOrders', 'reducePosition']);
    expect(t.snapshot('/app/trader')?.status).toBe('idle');
  });

  it('works without the safety manager', async () => {
    await using t = await testRuntime({ tree, ports: { emergency: hostPort().emergency } });
    t.runtime.alerts.raise({ key: 'x', severity: 'info', text: 'starts the safeguards' });
    await t.runtime.stopChild('/safeguards/safety');
    expect((await t.runtime.safety.emergency(order)).text).toBe('stopped, flat');
    expect(t.runtime.safety.isHalted).toBe(true);
  });

  it('ends for a second caller as for the first, and is not done twice', async () => {
    const { emergency, calls } = hostPort();
    await using t = await testRuntime({ tree, ports: { emergency } });
    const [one, two] = await Promise.all([
      t.runtime.safety.emergency(order),
      t.runtime.safety.emergency({ by: 'bob', why: 'me too' }),
    ]);
    expect(two).toBe(one);
    expect(calls.length).toBe(2);
  });

  it('wants to know who orders it and why', async () => {
    await using t = await testRuntime({ tree });
    expect(() => t.runtime.safety.emergency({ by: ' ', why: 'x' })).toThrow(TypeError);
    expect(t.runtime.safety.state).toBe('healthy');
  });
});

describe('a reset', () => {
  it('starts the tree again and rebases the confirmations', async () => {
    await using t = await testRuntime({ tree, ports: { emergency: hostPort().emergency } });
    for (let i = 0; i < 3; i++) t.runtime.safety.report({ source: 'drawdown', why: 'too deep' });
    await t.settle();
    expect(t.runtime.safety.outcome?.text).toBe('stopped, flat');
    t.runtime.safety.reset({ scope: 'trading', ...order });
    await t.settle();
    expect(t.snapshot('/app/trader')?.status).toBe('active');
    expect([t.runtime.safety.state, t.runtime.safety.isHalted]).toEqual(['healthy', false]);
    t.runtime.safety.report({ source: 'drawdown', why: 'too deep' });
    expect(t.runtime.safety.state).toBe('healthy');
    expect((await t.replay()).divergence).toBeUndefined();
  });

  it('leads to what health says by then', async () => {
    await using t = await testRuntime({ tree, ports: { emergency: hostPort().emergency } });
    await t.runtime.safety.emergency(order);
    t.runtime.health.probe({ id: 'broker', critical: true, everyMs: 600_000, check: () => false });
    await t.advance(0);
    expect(t.runtime.safety.state).toBe('emergency');
    t.runtime.safety.reset({ scope: 'trading', ...order });
    await t.settle();
    expect(t.runtime.safety.state).toBe('degraded');
    await t.runtime.safety.emergency(order);
    t.runtime.health.probe({ id: 'feed', critical: true, failureCountMax: 1, check: () => false });
    await t.advance(0);
    t.runtime.safety.reset({ scope: 'trading', ...order });
    await t.settle();
    expect(t.runtime.safety.state).toBe('critical');
    await expectReplays(t);
  });

  it.each([
    ['everything', /Say what is reset, 'trading' .* got 'everything'/],
    [undefined, /got nothing/],
    ['trading', /Nothing of 'trading' is latched/],
  ])('of %s is refused in words', async (scope, words) => {
    await using t = await testRuntime({ tree });
    const reset = () => t.runtime.safety.reset({ scope: scope as 'all', ...order });
    expect(reset).toThrow(ResetRefusedError);
    expect(reset).toThrow(words);
  });

  it('is refused while the plan runs', async () => {
    const hang = Promise.withResolvers<EmergencyStepReport>();
    const { emergency } = hostPort({ cancelOrders: () => hang.promise });
    await using t = await testRuntime({ tree, ports: { emergency } });
    const ended = t.runtime.safety.emergency(order);
    expect(() => t.runtime.safety.reset({ scope: 'all', ...order })).toThrow(/plan still runs/);
    hang.resolve({ isDone: true });
    await ended;
    t.runtime.safety.reset({ scope: 'all', ...order });
    expect(t.runtime.safety.state).toBe('healthy');
  });
});

describe('a halt', () => {
  it('follows a failed login, lets exits through, and waits for its reset', async () => {
    await using t = await testRuntime({ tree });
    const { safety } = t.runtime;
    safety.authenticationFailed({ why: 'key revoked' });
    expect([safety.state, safety.isHalted]).toEqual(['healthy', true]);
    expect(safety.orderLimit({ quantity: 2, reduces: false })).toBe(0);
    expect(safety.orderLimit({ quantity: 2, reduces: true })).toBe(2);
    expect(t.runtime.alerts.list()).toMatchObject([
      { severity: 'critical', text: 'Trading is halted: authentication failed: key revoked' },
    ]);
    safety.reset({ scope: 'trading', ...order });
    expect(safety.orderLimit({ quantity: 2, reduces: false })).toBe(2);
    expect(t.runtime.alerts.list()[0]?.state).toBe('resolved');
  });
});

describe('health as a source', () => {
  it('is critical when a monitor that promised a score is silent, and well otherwise', async () => {
    await using t = await testRuntime();
    t.runtime.health.probe({ id: 'broker', everyMs: 60_000, check: () => true });
    await t.advance(600_000);
    expect(t.runtime.safety.state).toBe('healthy');
    await t.runtime.stopChild('/safeguards/health');
    await t.advance(300_000);
    expect(t.runtime.safety.state).toBe('critical');
    expect(t.runtime.posture.allows('orders.open')).toBe(false);
    expect(t.runtime.alerts.list()).toMatchObject([
      { severity: 'critical', text: 'The system is critical: no health was reported for 30 s' },
    ]);
    await expectReplays(t);
  });

  it('waits for nothing of gauges alone: nobody promised when they speak again', async () => {
    await using t = await testRuntime();
    t.runtime.health.gauge('latency', 3);
    await t.advance(3_600_000);
    expect(t.runtime.safety.state).toBe('healthy');
  });

  it('counts a failure when it begins, not as long as it lasts', async () => {
    await using t = await testRuntime();
    let isUp = false;
    t.runtime.health.probe({ id: 'disk', check: () => isUp });
    await t.advance(60_000);
    expect(t.runtime.safety.metrics().failureCounts).toEqual({ disk: 1 });
    isUp = true;
    await t.advance(60_000);
    isUp = false;
    await t.advance(60_000);
    expect(t.runtime.safety.metrics().failureCounts).toEqual({ disk: 2 });
  });

  it('starts the plan once three scores in a row are an emergency', async () => {
    await using t = await testRuntime({ tree, ports: { emergency: hostPort().emergency } });
    t.runtime.health.probe({ id: 'broker', critical: true, check: () => false });
    t.runtime.health.probe({ id: 'feed', critical: true, check: () => false });
    await t.advance(0);
    expect(t.runtime.safety.state).not.toBe('emergency');
    await t.advance(60_000);
    expect(t.runtime.safety.state).toBe('emergency');
    expect(t.runtime.safety.outcome?.text).toBe('stopped, flat');
    await expectReplays(t);
  });

  it('is nothing to a host that only asks', async () => {
    await using t = await testRuntime();
    expect(t.runtime.posture.allows('analytics')).toBe(true);
    await t.advance(3_600_000);
    expect(t.runtime.safety.state).toBe('healthy');
    expect(t.runtime.alerts.list()).toEqual([]);
  });
});

describe('a process that ends in the middle of a plan', () => {
  it('goes on from the step it was in, under the same key', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kintsugi-safeguards-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const life = async (emergency: Partial<EmergencyPort>) => {
      const journal = join(folder, 'journal');
      return createRuntime({ tree, journal, clock: simulatedClock(), ports: { emergency } });
    };
    const hang = Promise.withResolvers<EmergencyStepReport>();
    const reached = Promise.withResolvers<void>();
    const first = hostPort({
      reducePosition: () => {
        reached.resolve();
        return hang.promise;
      },
    });
    const one = await life(first.emergency);
    await one.start();
    void one.safety.emergency(order);
    await reached.promise;
    await one.stop();
    hang.resolve({ isDone: false });
    const second = hostPort();
    const two = await life(second.emergency);
    await two.start();
    const outcome = await two.safety.emergency(order);
    await two.stop();
    expect(outcome.text).toBe('stopped, flat');
    expect(second.calls).toEqual([['reducePosition', 'verified', 1]]);
    expect(second.keys).toEqual([first.keys[1]]);
    const { divergence } = await replayJournal(join(folder, 'journal'), { tree });
    expect(divergence).toBeUndefined();
    expect(second.calls.length).toBe(1);
  });
});
