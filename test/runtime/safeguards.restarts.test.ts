/** Safeguards that an operator stops or starts anew: the others tell them what they have missed. */
import { describe, expect, it } from 'vitest';
import { createMachine, fromCallback } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import type { EmergencyPort, EmergencyStepReport } from '../../actors/ports.ts';
import { safeguardPaths as paths } from '../../actors/safeguards.ts';
import { ResetRefusedError } from '../../actors/safety.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../support/expect-replays.ts';

const order = { by: 'ada', why: 'test' };
const trader = child({ id: 'trader', logic: fromCallback(() => {}) });
const tree = supervisor({ id: 'app', children: [trader] });
const flat = { quantity: 0, isVerified: true };
const working: Partial<EmergencyPort> = {
  cancelOrders: async () => ({ isDone: true }),
  reducePosition: async () => ({ isDone: true, remaining: flat }),
};
const start = (emergency = working) => testRuntime({ tree, ports: { emergency } });
const release = { scope: 'trading', ...order } as const;

describe('a posture that starts anew', () => {
  it('takes no new risk while a region is down that cannot say what it wants', async () => {
    await using t = await start();
    const { posture, tradingMode } = t.runtime;
    tradingMode.reconciled(order);
    tradingMode.halt(order);
    await t.runtime.stopChild(paths.tradingMode);
    await t.runtime.restart(paths.posture);
    expect(posture.allows('orders.open')).toBe(false);
    expect(posture.current.forbidden).toMatchObject([
      { capability: 'orders.open', region: 'tradingMode', state: 'unknown' },
    ]);
    await t.runtime.restart(paths.tradingMode);
    expect(posture.current.regions).toMatchObject({ tradingMode: { state: 'reconciling' } });
    await expectReplays(t);
  });
});

describe('a safety manager that starts anew', () => {
  it('knows the emergency that has ended, and can release it', async () => {
    await using t = await start();
    const { safety } = t.runtime;
    await safety.emergency(order);
    await t.runtime.restart(paths.safety);
    expect(t.snapshot(paths.safety)?.value).toEqual({ emergency: 'stopped' });
    expect(safety.outcome?.text).toBe('stopped, flat');
    safety.reset(release);
    await t.settle();
    expect([safety.state, t.runtime.tradingMode.mode]).toEqual(['healthy', 'reconciling']);
    expect(t.snapshot('/app/trader')?.status).toBe('active');
    await expectReplays(t);
  });

  it('takes over an emergency that was begun without it', async () => {
    const hang = Promise.withResolvers<EmergencyStepReport>();
    await using t = await start({ ...working, cancelOrders: () => hang.promise });
    expect(t.runtime.safety.state).toBe('healthy');
    await t.runtime.stopChild(paths.safety);
    const ended = t.runtime.safety.emergency(order);
    await t.runtime.restart(paths.safety);
    expect(t.snapshot(paths.safety)?.value).toEqual({ emergency: 'acting' });
    expect(t.snapshot(paths.safety)?.context).toMatchObject({ emergency: order });
    hang.resolve({ isDone: true });
    expect((await ended).text).toBe('stopped, flat');
    expect(t.snapshot(paths.safety)?.value).toEqual({ emergency: 'stopped' });
    await expectReplays(t);
  });

  it('asks for the score that it has missed, as degradation does', async () => {
    await using t = await start();
    t.runtime.health.probe({ id: 'broker', critical: true, everyMs: 600_000, check: () => false });
    await t.advance(0);
    const before = [t.runtime.degradation.level, t.runtime.safety.state];
    expect(before).toEqual(['level1', 'degraded']);
    for (const name of ['safety', 'degradation'] as const) await t.runtime.restart(paths[name]);
    expect([t.runtime.degradation.level, t.runtime.safety.state]).toEqual(before);
    await expectReplays(t);
  });

  it('is missed by who resets, but not by a login that fails', async () => {
    await using t = await start();
    const { safety, tradingMode } = t.runtime;
    tradingMode.reconciled(order);
    await t.runtime.stopChild(paths.safety);
    expect(() => safety.reset(release)).toThrow(ResetRefusedError);
    expect(() => safety.reset(release)).toThrow("restart '/safeguards/safety' first");
    safety.authenticationFailed({ why: 'key' });
    expect(tradingMode.mode).toBe('halted');
    expect(tradingMode.reasons).toMatchObject({ safety: { why: 'authentication failed: key' } });
    tradingMode.resume({ scope: 'safety', ...order });
    expect(t.runtime.posture.allows('orders.open')).toBe(true);
  });
});

describe('an emergency plan that starts anew', () => {
  it('begins again in the middle of an emergency', async () => {
    const calls: string[] = [];
    const hang = Promise.withResolvers<EmergencyStepReport>();
    await using t = await start({
      ...working,
      cancelOrders: ({ planId }) => {
        calls.push(planId);
        return calls.length === 1 ? hang.promise : Promise.resolve({ isDone: true });
      },
    });
    const ended = t.runtime.safety.emergency(order);
    await t.settle();
    await t.runtime.restart(paths.plan);
    expect((await ended).text).toBe('stopped, flat');
    expect(calls).toEqual(['e-0.1', 'e-1.1']);
    expect(t.runtime.tradingMode.mode).toBe('haltedAfterPlan');
    await expectReplays(t);
  });

  it('releases what it had stopped before', async () => {
    await using t = await start();
    const { safety } = t.runtime;
    await safety.emergency(order);
    await t.runtime.restart(paths.plan);
    expect([safety.state, safety.outcome?.text]).toEqual(['emergency', 'stopped, flat']);
    safety.reset(release);
    await t.settle();
    expect([safety.state, t.runtime.tradingMode.mode]).toEqual(['healthy', 'reconciling']);
    expect(t.snapshot('/app/trader')?.status).toBe('active');
    await expectReplays(t);
  });

  it('is waited for by a reset, and not by who orders an emergency', async () => {
    await using t = await start();
    const { safety, tradingMode } = t.runtime;
    tradingMode.reconciled(order);
    await t.runtime.stopChild(paths.plan);
    const outcome = await safety.emergency(order);
    expect(outcome.text).toBe('the emergency plan does not run, position unknown');
    expect([outcome.isFlat, safety.state, tradingMode.mode]).toEqual([
      false,
      'emergency',
      'reduceOnly',
    ]);
    expect(() => safety.reset(release)).toThrow("restart '/safeguards/emergencyPlan' first");
    await t.runtime.restart(paths.plan);
    await t.settle();
    expect(safety.outcome?.text).toBe('stopped, flat');
    safety.reset(release);
    await t.settle();
    expect([safety.state, tradingMode.reasons]).toEqual(['healthy', {}]);
    await expectReplays(t);
  });

  it('that is stopped while it acts leaves nobody waiting', async () => {
    await using t = await start({ ...working, cancelOrders: () => new Promise(() => {}) });
    const ended = t.runtime.safety.emergency(order);
    await t.runtime.stopChild(paths.plan);
    expect((await ended).isFlat).toBe(false);
    await t.runtime.stopChild(paths.safety);
    expect((await t.runtime.safety.emergency(order)).remaining).toBeNull();
  });
});

describe('a trading mode that starts anew', () => {
  it('is told of the emergency and of the halt, and waits for a reconciliation', async () => {
    await using t = await start();
    const { safety, tradingMode, posture } = t.runtime;
    tradingMode.reconciled(order);
    safety.authenticationFailed({ why: 'key' });
    await t.runtime.restart(paths.tradingMode);
    expect(Object.keys(tradingMode.reasons)).toEqual(['safety']);
    await t.runtime.stopChild(paths.tradingMode);
    await safety.emergency(order);
    await t.runtime.restart(paths.tradingMode);
    expect(tradingMode.mode).toBe('haltedAfterPlan');
    safety.reset(release);
    await t.settle();
    expect([tradingMode.mode, posture.allows('orders.open')]).toEqual(['reconciling', false]);
    tradingMode.reconciled(order);
    expect(posture.allows('orders.open')).toBe(true);
    await expectReplays(t);
  });
});

it('a trading mode that starts anew in the middle of an emergency opens nothing', async () => {
  const hang = Promise.withResolvers<EmergencyStepReport>();
  await using t = await start({ ...working, cancelOrders: () => hang.promise });
  const { safety, tradingMode, posture } = t.runtime;
  tradingMode.reconciled(order);
  const ended = safety.emergency(order);
  await t.runtime.restart(paths.tradingMode);
  tradingMode.reconciled(order);
  expect([tradingMode.mode, posture.allows('orders.reduce')]).toEqual(['reduceOnly', true]);
  hang.resolve({ isDone: true });
  await ended;
  expect(tradingMode.mode).toBe('haltedAfterPlan');
  await expectReplays(t);
});

describe('an order that is given within a turn', () => {
  it('begins the emergency after it, also when the safeguards have not started', async () => {
    await using t = await start();
    let ended: Promise<{ text: string }> | undefined;
    const act = () => {
      ended = t.runtime.safety.emergency(order);
    };
    const logic = createMachine({ on: { GO: { actions: act } } });
    await t.runtime.spawn('/app', child({ id: 'late', logic, actions: 'inTurn' }));
    t.send('/app/late', { type: 'GO' });
    await t.settle();
    expect((await ended)?.text).toBe('stopped, flat');
    expect(t.runtime.safety.state).toBe('emergency');
  });
});
