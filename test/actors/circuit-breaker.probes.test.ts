import { describe, expect, it } from 'vitest';
import { CallTimeoutError } from '../../actors/errors.ts';
import { breakerRig, openCall, parse, refusal, settle } from '../support/breaker-rig.ts';

const untimed = { callTimeoutMs: 0 };

describe('a half-open breaker', () => {
  const halfOpen = async (settings: Parameters<typeof breakerRig>[0] = {}) => {
    const rig = breakerRig(settings);
    await rig.fail(5);
    rig.clock.advance(60_000);
    rig.sent.length = 0;
    return rig;
  };
  const four = { probeCount: 4, probeSuccessRatioMin: 0.5, probeConcurrencyMax: 2 };

  it('admits as many probes at a time as allowed, and as many in all', async () => {
    const { breaker } = await halfOpen({ ...four, probeSuccessRatioMin: 1 });
    const probes = [openCall(breaker), openCall(breaker)];
    expect([breaker.admits, breaker.metrics().probesInFlightCount]).toEqual([false, 2]);
    expect(await refusal(breaker)).toMatchObject({ code: 'CIRCUIT_OPEN', retryAfterMs: 0 });
    probes[0]?.resolve('ok');
    await settle();
    probes.push(openCall(breaker));
    expect(probes[2]?.isStarted).toBe(true);
    probes[1]?.resolve('ok');
    await settle();
    probes.push(openCall(breaker));
    probes[2]?.resolve('ok');
    await settle();
    expect([breaker.state, openCall(breaker).isStarted]).toEqual(['halfOpen', false]);
    probes[3]?.resolve('ok');
    await settle();
    expect(breaker.state).toBe('closed');
  });

  it('reports each probe with its generation', async () => {
    const { breaker, sent, clock } = await halfOpen(four);
    const probe = openCall(breaker);
    clock.advance(40);
    probe.resolve('ok');
    await settle();
    await breaker.execute(() => Promise.reject('odd')).catch(() => {});
    expect(sent).toEqual([
      { type: 'CALL_SUCCEEDED', at: 61_040, generation: 2, durationMs: 40 },
      { type: 'CALL_FAILED', at: 61_040, generation: 2, why: 'odd' },
    ]);
  });

  it('counts a probe without an answer as failed at the time limit', async () => {
    const { breaker, clock } = await halfOpen({ callTimeoutMs: 500 });
    const probe = openCall(breaker);
    clock.advance(499);
    expect(breaker.state).toBe('halfOpen');
    clock.advance(1);
    expect(breaker.state).toBe('open');
    expect((await probe.outcome).error).toBeInstanceOf(CallTimeoutError);
  });

  it('judges a silent probe after the open duration when calls have no limit', async () => {
    const { breaker, clock } = await halfOpen(untimed);
    const probe = openCall(breaker);
    clock.advance(59_999);
    expect(breaker.state).toBe('halfOpen');
    clock.advance(1);
    expect([breaker.state, probe.signal?.aborted]).toEqual(['open', false]);
    probe.resolve('at last');
    expect(await probe.outcome).toMatchObject({ value: 'at last' });
    expect(breaker.metrics().lateCount).toBe(1);
  });

  it('frees the place of a probe that its caller gave up', async () => {
    const { breaker, sent } = await halfOpen();
    const caller = new AbortController();
    openCall(breaker, caller);
    expect(breaker.admits).toBe(false);
    caller.abort();
    expect([breaker.admits, sent]).toEqual([true, []]);
    await breaker.execute(() => 'ok');
    expect(breaker.state).toBe('closed');
  });

  it('drops the answers of probes that are out when the verdict falls', async () => {
    const { breaker } = await halfOpen({ ...four, probeSuccessRatioMin: 1 });
    const [slow, quick] = [openCall(breaker), openCall(breaker)];
    quick.reject(new Error('down'));
    await settle();
    slow.resolve('ok');
    await settle();
    expect(breaker.metrics()).toMatchObject({ state: 'open', lateCount: 1 });
  });

  it('always has a probe to offer, also after the probe count was lowered', async () => {
    const { breaker, change, succeed } = await halfOpen(four);
    await succeed();
    await breaker.execute(() => Promise.reject(new Error('down'))).catch(() => {});
    change({ probeCount: 2 });
    expect([breaker.state, breaker.admits]).toEqual(['halfOpen', true]);
    await breaker.execute(() => Promise.reject(new Error('down'))).catch(() => {});
    expect(breaker.state).toBe('open');
  });
});

describe('inside a turn, while events wait', () => {
  it('reports a trip once, refuses at once, and drops what was still out', async () => {
    const rig = breakerRig();
    const call = openCall(rig.breaker);
    rig.beginTurn();
    await rig.fail(5);
    expect([rig.breaker.state, rig.breaker.admits]).toEqual(['closed', false]);
    expect((await refusal(rig.breaker)).retryAfterMs).toBe(60_000);
    call.reject(new Error('late'));
    await call.outcome;
    expect(rig.sent).toHaveLength(1);
    rig.endTurn();
    expect([rig.breaker.state, rig.breaker.metrics().lateCount]).toEqual(['open', 1]);
  });

  it('goes on refusing when its snapshot changes before the report is judged', async () => {
    const rig = breakerRig();
    rig.beginTurn();
    await rig.fail(5);
    rig.actor.send({ type: 'SETTINGS_CHANGED', at: 0, settings: parse({ openDurationMs: 10 }) });
    expect([rig.breaker.state, rig.breaker.admits]).toEqual(['closed', false]);
    rig.endTurn();
    expect([rig.breaker.state, rig.sent.length]).toEqual(['open', 1]);
  });

  it('admits again when its report met settings that allow the run', async () => {
    const rig = breakerRig();
    rig.beginTurn();
    rig.change({ window: { kind: 'consecutive', failureCountMax: 7 } });
    await rig.fail(5);
    expect(rig.breaker.admits).toBe(false);
    rig.endTurn();
    expect([rig.breaker.state, rig.breaker.admits]).toEqual(['closed', true]);
    await rig.fail(2);
    expect(rig.breaker.state).toBe('open');
  });

  it('starts no probe after one that decided', async () => {
    const rig = breakerRig({ probeCount: 2 });
    await rig.fail(5);
    rig.clock.advance(60_000);
    rig.beginTurn();
    await rig.fail();
    expect(rig.breaker.admits).toBe(false);
    rig.endTurn();
    expect(rig.breaker.state).toBe('open');
  });

  it('probes on when the verdict met settings that ask for more', async () => {
    const rig = breakerRig();
    await rig.fail(5);
    rig.clock.advance(60_000);
    rig.beginTurn();
    rig.change({ probeCount: 3 });
    await rig.succeed();
    rig.endTurn();
    expect([rig.breaker.state, rig.breaker.admits]).toEqual(['halfOpen', true]);
    await rig.succeed(2);
    expect(rig.breaker.state).toBe('closed');
  });
});
