import { describe, expect, it } from 'vitest';
import {
  CircuitDownError,
  CircuitIsolatedError,
  CircuitOpenError,
  circuitBreakerChild,
} from '../../actors/circuit-breaker.ts';
import { breakerRig, openCall, parse, refusal, settle } from '../support/breaker-rig.ts';

const untimed = { callTimeoutMs: 0 };
type Settle = (resolve: (value: number) => void, reject: (error: unknown) => void) => void;
/** Built from entries, because a literal with a `then` is refused by the linter. */
const thenableOf = (settleIt: Settle) =>
  Object.fromEntries([['then', settleIt]]) as unknown as Promise<number>;

describe.each([
  ['without a limit', untimed],
  ['with a limit', { callTimeoutMs: 500 }],
])('a closed breaker %s', (_, settings) => {
  it('returns what the callee returns, a promise, a value or a thenable', async () => {
    const { breaker } = breakerRig(settings);
    expect(await breaker.execute(async () => 1)).toBe(1);
    expect(await breaker.execute(() => 2)).toBe(2);
    const thenable = thenableOf((resolve) => resolve(3));
    expect(await breaker.execute(() => thenable)).toBe(3);
    expect(breaker.metrics()).toMatchObject({ callCount: 3, successCount: 3 });
  });

  it('rejects with the very error of the callee', async () => {
    const { breaker } = breakerRig(settings);
    const error = new Error('down');
    await expect(breaker.execute(() => Promise.reject(error))).rejects.toBe(error);
    const thenable = thenableOf((_, reject) => reject(error));
    await expect(breaker.execute(() => thenable)).rejects.toBe(error);
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

  it('does not let a call of before an isolation count after it', async () => {
    const { breaker, sent } = breakerRig({
      ...settings,
      window: { kind: 'consecutive', failureCountMax: 1 },
    });
    const calls = [openCall(breaker), openCall(breaker)];
    breaker.isolate({ by: 'ada', why: 'deploy' });
    breaker.reset({ by: 'ada', why: 'done' });
    calls[0]?.reject(new Error('late'));
    calls[1]?.resolve('late');
    await settle();
    expect(breaker.metrics()).toMatchObject({ failureCount: 0, successCount: 0, lateCount: 2 });
    expect([breaker.admits, sent.map(({ type }) => type)]).toEqual([true, ['ISOLATE', 'RESET']]);
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
