import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { CallTimeoutError } from '../../actors/errors.ts';
import { breakerRig, openCall, settle } from '../support/breaker-rig.ts';

const untimed = { callTimeoutMs: 0 };

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

  it('ends each of many overlapping calls at its limit, by one request to the clock', async () => {
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
