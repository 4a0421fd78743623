import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  type CircuitBreaker,
  CircuitDownError,
  CircuitIsolatedError,
  CircuitOpenError,
  circuitBreakerChild,
} from '../../actors/circuit-breaker.ts';
import { CallTimeoutError } from '../../actors/errors.ts';
import { breakerRig, openCall, parse, settle } from '../support/breaker-rig.ts';

const untimed = { callTimeoutMs: 0 };
const refusal = (breaker: CircuitBreaker): Promise<CircuitOpenError> =>
  breaker
    .execute(async () => 'ok')
    .then(
      () => {
        throw new Error('The call was admitted.');
      },
      (error) => error,
    );

describe.each([
  ['without a limit', untimed],
  ['with a limit', { callTimeoutMs: 500 }],
])('a closed breaker %s', (_, settings) => {
  it('returns what the callee returns, a promise, a value or a thenable', async () => {
    const { breaker } = breakerRig(settings);
    expect(await breaker.execute(async () => 1)).toBe(1);
    expect(await breaker.execute(() => 2)).toBe(2);
    const thenable = { then: (resolve: (value: number) => void) => resolve(3) };
    expect(await breaker.execute(() => thenable as unknown as Promise<number>)).toBe(3);
    expect(breaker.metrics()).toMatchObject({ callCount: 3, successCount: 3 });
  });

  it('rejects with the very error of the callee', async () => {
    const { breaker } = breakerRig(settings);
    const error = new Error('down');
    await expect(breaker.execute(() => Promise.reject(error))).rejects.toBe(error);
    const thenable = { then: (_: unknown, reject: (error: unknown) => void) => reject(error) };
    await expect(breaker.execute(() => thenable as never)).rejects.toBe(error);
    expect(breaker.metrics()).toMatchObject({ failureCount: 2, consecutiveFailureCount: 2 });
  });

  it('counts a synchronous throw as a failure and rejects with it', async () => {
    const { breaker } = breakerRig(settings);
    const error = new Error('thrown');
    const result = breaker.execute(() => {
      throw error;
    });
    expect(breaker.metrics().failureCount).toBe(1);
    await expect(result).rejects.toBe(error);
  });

  it('sends nothing until its window is full, then one summary', async () => {
    const { breaker, sent, fail, succeed } = breakerRig(settings);
    await succeed(3);
    await fail(4);
    await succeed();
    await fail(4);
    expect(sent).toEqual([]);
    await fail();
    expect(sent).toEqual([
      { type: 'CALLS_COUNTED', at: 1_000, generation: 0, failureCount: 5, why: 'Error: down' },
    ]);
    expect(breaker.state).toBe('open');
  });

  it('drops results that come after it has opened, and counts them as late', async () => {
    const { breaker, fail } = breakerRig(settings);
    const calls = [openCall(breaker), openCall(breaker)];
    await fail(5);
    calls[0]?.resolve('late');
    calls[1]?.reject(new Error('late'));
    expect(await calls[0]?.outcome).toEqual({ value: 'late', error: undefined });
    expect(await calls[1]?.outcome).toMatchObject({ error: { message: 'late' } });
    expect(breaker.metrics()).toMatchObject({ lateCount: 2, successCount: 0, failureCount: 5 });
  });

  it('does not let a call of before a reset count after it', async () => {
    const { breaker, fail } = breakerRig(settings);
    const call = openCall(breaker);
    await fail(5);
    breaker.reset({ by: 'ada', why: 'fixed' });
    call.reject(new Error('late'));
    await call.outcome;
    expect(breaker.metrics()).toMatchObject({ state: 'closed', consecutiveFailureCount: 0 });
  });
});

describe('a refusal', () => {
  it('says when to try again, counted from when it is read', async () => {
    const { breaker, clock, fail } = breakerRig(untimed);
    await fail(5);
    const error = await refusal(breaker);
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({ code: 'CIRCUIT_OPEN', retryable: true, breaker: 'broker' });
    expect(error.message).toBe(
      "Circuit 'broker' is open until 1970-01-01T00:01:01.000Z: call refused.",
    );
    expect(error.retryAfterMs).toBe(60_000);
    clock.advance(20_000);
    expect(error.retryAfterMs).toBe(40_000);
    clock.advance(50_000);
    expect(error.retryAfterMs).toBe(0);
  });

  it('carries no stack, is shared within a period, and is another one in the next', async () => {
    const { breaker, clock, fail } = breakerRig(untimed);
    await fail(5);
    const first = await refusal(breaker);
    expect(first.stack).not.toContain('\n    at ');
    expect(await refusal(breaker)).toBe(first);
    clock.advance(60_000);
    await fail();
    expect(await refusal(breaker)).not.toBe(first);
    expect(breaker.metrics()).toMatchObject({ rejectionCount: 3, openedCount: 2 });
  });

  it('names the operator while isolated, with and without an expiry', async () => {
    const { breaker } = breakerRig();
    breaker.isolate({ by: 'ada', why: 'deploy', expiresAtMs: 1_500 });
    const error = await refusal(breaker);
    expect(error).toBeInstanceOf(CircuitIsolatedError);
    expect(error).toMatchObject({ code: 'CIRCUIT_ISOLATED', by: 'ada', why: 'deploy' });
    expect(error.retryAfterMs).toBe(500);
    breaker.isolate({ by: 'bob', why: 'audit' });
    expect(await refusal(breaker)).toMatchObject({
      message: "Circuit 'broker' is isolated by bob: audit. Call refused.",
      retryAfterMs: Number.POSITIVE_INFINITY,
    });
  });

  it('never reaches the callee, and says so when the actor is down', async () => {
    const { breaker, actor } = breakerRig();
    breaker.observe(undefined);
    expect([breaker.state, breaker.admits]).toEqual(['down', false]);
    expect(await refusal(breaker)).toBeInstanceOf(CircuitDownError);
    expect(breaker.metrics()).toMatchObject({ generation: -1, callCount: 0, rejectionCount: 1 });
    breaker.observe(actor.getSnapshot());
    expect(await breaker.execute(() => 'up again')).toBe('up again');
  });
});

describe('an actor that went down', () => {
  it('is not told the results of its calls', async () => {
    const { breaker, sent } = breakerRig({ window: { kind: 'consecutive', failureCountMax: 1 } });
    const call = openCall(breaker);
    breaker.observe(undefined);
    call.reject(new Error('late'));
    await call.outcome;
    expect([sent, breaker.metrics().lateCount]).toEqual([[], 1]);
  });

  it('has a free probe again when it comes back half open', async () => {
    const { breaker, actor, clock, fail } = breakerRig();
    await fail(5);
    clock.advance(60_000);
    const probe = openCall(breaker);
    breaker.observe(undefined);
    breaker.observe(actor.getSnapshot());
    expect(breaker.admits).toBe(true);
    probe.resolve('of a former life');
    await probe.outcome;
    expect(breaker.metrics()).toMatchObject({ state: 'halfOpen', probesInFlightCount: 0 });
  });
});

describe('the time limit', () => {
  it('rejects a call at its limit, aborts the callee, and counts a failure', async () => {
    const { breaker, clock } = breakerRig({ callTimeoutMs: 500 });
    const call = openCall(breaker);
    clock.advance(499);
    expect([call.signal?.aborted, breaker.metrics().failureCount]).toEqual([false, 0]);
    clock.advance(1);
    const { error } = await call.outcome;
    expect(error).toBeInstanceOf(CallTimeoutError);
    expect(error).toMatchObject({ code: 'CALL_TIMEOUT', call: 'broker', timeoutMs: 500 });
    expect(call.signal?.reason).toBe(error);
    expect(breaker.metrics()).toMatchObject({ failureCount: 1, timeoutCount: 1 });
  });

  it('ignores what the call yields afterwards', async () => {
    const { breaker, clock } = breakerRig({ callTimeoutMs: 500 });
    const call = openCall(breaker);
    clock.advance(500);
    call.resolve('late');
    await settle();
    expect(breaker.metrics()).toMatchObject({ consecutiveFailureCount: 1, successCount: 0 });
  });

  it('does not count a timeout of before the breaker opened', async () => {
    const { breaker, clock, fail } = breakerRig({ callTimeoutMs: 500 });
    const call = openCall(breaker);
    await fail(5);
    clock.advance(500);
    expect((await call.outcome).error).toBeInstanceOf(CallTimeoutError);
    expect(breaker.metrics()).toMatchObject({ timeoutCount: 0, lateCount: 1, failureCount: 5 });
  });

  it('ends each of many overlapping calls at its own limit, with one request to the clock', async () => {
    const { breaker, clock } = breakerRig({ callTimeoutMs: 500 });
    const calls = [0, 1, 2, 3].map(() => {
      const call = openCall(breaker);
      clock.advance(100);
      return call;
    });
    expect(clock.pendingCount).toBe(1);
    calls[0]?.resolve('in time');
    calls[2]?.resolve('in time');
    await settle();
    const timeouts = () => breaker.metrics().timeoutCount;
    clock.advance(199);
    expect(timeouts()).toBe(0);
    clock.advance(1);
    expect(timeouts()).toBe(1);
    clock.advance(199);
    expect(timeouts()).toBe(1);
    clock.advance(1);
    expect([timeouts(), clock.pendingCount]).toEqual([2, 0]);
  });

  it('follows its setting: calls made before keep the old limit', async () => {
    const { breaker, clock, change } = breakerRig({ callTimeoutMs: 500 });
    const slow = openCall(breaker);
    change({ callTimeoutMs: 100 });
    const quick = openCall(breaker);
    clock.advance(100);
    expect((await quick.outcome).error).toMatchObject({ timeoutMs: 100 });
    expect(slow.signal?.aborted).toBe(false);
    clock.advance(400);
    expect((await slow.outcome).error).toMatchObject({ timeoutMs: 500 });
    change(untimed);
    openCall(breaker);
    expect(clock.pendingCount).toBe(0);
  });

  it('gives an aborted signal to a callee that reads it too late', async () => {
    const { breaker, clock } = breakerRig({ callTimeoutMs: 500 });
    let read = (): AbortSignal => AbortSignal.abort();
    const result = breaker.execute((call) => {
      read = () => call.signal;
      return new Promise(() => {});
    });
    clock.advance(500);
    const error = await result.catch((caught) => caught);
    expect([read().aborted, read().reason]).toEqual([true, error]);
  });
});

describe('a caller that gives up', () => {
  it.each([
    ['without a limit', untimed],
    ['with a limit', { callTimeoutMs: 500 }],
  ])('%s gets its own reason, and nothing is counted', async (_, settings) => {
    const { breaker, clock } = breakerRig(settings);
    const caller = new AbortController();
    const call = openCall(breaker, caller);
    caller.abort('changed my mind');
    expect((await call.outcome).error).toBe('changed my mind');
    expect([call.signal?.aborted, call.signal?.reason]).toEqual([true, 'changed my mind']);
    call.reject(new Error('aborted'));
    clock.advance(1_000);
    await settle();
    expect(breaker.metrics()).toMatchObject({
      abortCount: 1,
      successCount: 0,
      failureCount: 0,
      timeoutCount: 0,
      lateCount: 0,
    });
  });

  it('before the call makes none', async () => {
    const { breaker } = breakerRig();
    const signal = AbortSignal.abort('too late');
    const call = openCall(breaker, { signal });
    expect([call.isStarted, (await call.outcome).error]).toEqual([false, 'too late']);
    expect(breaker.metrics().callCount).toBe(0);
  });

  it.each([
    ['a success', untimed, (call: ReturnType<typeof openCall>) => call.resolve('ok')],
    ['a failure', untimed, (call: ReturnType<typeof openCall>) => call.reject(new Error('down'))],
    ['a timeout', { callTimeoutMs: 5 }, () => {}],
  ])('keeps no listener after %s', async (_, settings, end) => {
    const { breaker, clock } = breakerRig(settings);
    const caller = new AbortController();
    const call = openCall(breaker, caller);
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(1);
    end(call);
    clock.advance(5);
    await call.outcome;
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  });

  it('keeps no listener after a synchronous throw', async () => {
    const { breaker } = breakerRig();
    const { signal } = new AbortController();
    const thrower = () => {
      throw new Error('down');
    };
    await expect(breaker.execute(thrower, { signal })).rejects.toThrow('down');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('does not exist for most calls: they share a signal that keeps no listeners', async () => {
    const { breaker } = breakerRig(untimed);
    const [one, two] = [openCall(breaker), openCall(breaker)];
    expect(one.signal).toBe(two.signal);
    one.signal?.addEventListener('abort', () => {});
    expect(getEventListeners(one.signal as AbortSignal, 'abort')).toHaveLength(0);
  });
});

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

describe('circuitBreakerChild', () => {
  const scope = { path: '/b', seed: 9, incarnation: 2, settings: undefined, at: 0 };
  const inputOf = (spec: ReturnType<typeof circuitBreakerChild>, settings?: unknown) =>
    (spec.input as (from: unknown) => unknown)({ ...scope, settings });

  it('lives by the defaults, seeded by its scope, a leap of generations after each restart', () => {
    expect(inputOf(circuitBreakerChild({ id: 'broker' }), { all: 'settings' })).toEqual({
      settings: parse({}),
      seed: 9,
      generation: 2 * 2 ** 32,
    });
  });

  it('lives by its preset, unless its pointer has settings', () => {
    const preset = parse({ probeCount: 2 });
    const spec = circuitBreakerChild({ id: 'broker', settings: '/broker', preset });
    expect(spec.settings).toBe('/broker');
    expect(inputOf(spec)).toMatchObject({ settings: { probeCount: 2 } });
    expect(inputOf(spec, { probeCount: 3 })).toMatchObject({ settings: { probeCount: 3 } });
  });
});

describe('when misused', () => {
  it('says that it executes functions only', () => {
    const { breaker } = breakerRig();
    expect(() => breaker.execute(Promise.resolve(1) as never)).toThrow(
      new TypeError("Circuit 'broker' executes a function, got object."),
    );
  });

  it('asks for who orders and why', () => {
    const { breaker } = breakerRig();
    expect(() => breaker.isolate({ by: '', why: 'deploy' })).toThrow(TypeError);
    expect(() => breaker.reset({ by: 'ada' } as never)).toThrow(
      new TypeError("An order needs 'why' as text, got undefined."),
    );
  });

  it('refuses an isolation that is over already', () => {
    const { breaker } = breakerRig();
    const order = { by: 'ada', why: 'deploy' };
    for (const expiresAtMs of [1_000, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => breaker.isolate({ ...order, expiresAtMs })).toThrow(RangeError);
    }
    expect(breaker.state).toBe('closed');
  });

  it('survives whatever is thrown at it', async () => {
    const { breaker, clock, fail } = breakerRig();
    await fail(5);
    clock.advance(60_000);
    const odd = Object.create(null);
    await expect(breaker.execute(() => Promise.reject(odd))).rejects.toBe(odd);
    expect(breaker.state).toBe('open');
  });
});
