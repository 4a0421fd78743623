import { describe, expect, it } from 'vitest';
import { settle } from '../support/breaker-rig.ts';
import { errorOf, never, passing, protectRig } from '../support/protect-rig.ts';

/** A signal that tells how many listen to it. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener: (...args: Parameters<typeof addEventListener>) => {
      count += 1;
      addEventListener.apply(signal, args);
    },
    removeEventListener: (...args: Parameters<typeof removeEventListener>) => {
      count -= 1;
      removeEventListener.apply(signal, args);
    },
  });
  return { controller, signal, listeners: () => count };
}

describe('a caller that gives up', () => {
  it('before the call: nothing is begun', async () => {
    const { call } = protectRig({ timeoutMs: 100, bulkhead: {} });
    const signal = AbortSignal.abort('no');
    let started = 0;
    expect(await errorOf(call(() => (started += 1), { signal }))).toBe('no');
    expect(started).toBe(0);
    expect(call.metrics()).toMatchObject({ rejected: { aborted: 1 }, runningCount: 0 });
  });

  it('while its callee runs: the callee is told why, and late results are dropped', async () => {
    for (const breaker of [undefined, {}]) {
      const { call, layers } = protectRig({ timeoutMs: 100, breaker });
      const { controller, signal, listeners } = counted();
      const result = Promise.withResolvers<number>();
      let seen: AbortSignal | undefined;
      const error = errorOf(
        call(
          (context) => {
            seen = context.signal;
            return result.promise;
          },
          { signal },
        ),
      );
      expect(listeners()).toBeGreaterThan(0);
      controller.abort('enough');
      expect(seen?.reason).toBe('enough');
      expect(await error).toBe('enough');
      expect(listeners()).toBe(0);
      expect(call.metrics()).toMatchObject({ failed: { aborted: 1 }, abandonedCount: 1 });
      result.resolve(1);
      await settle();
      expect(call.metrics()).toMatchObject({ succeededCount: 0, abandonedCount: 0 });
      expect(layers.breaker?.metrics() ?? { failureCount: 0 }).toMatchObject({ failureCount: 0 });
    }
  });

  it('is seen by a callee that asks for its signal afterwards', async () => {
    const { call } = protectRig();
    const controller = new AbortController();
    const seen: unknown[] = [];
    const error = errorOf(
      call(
        async (context) => {
          await settle();
          seen.push(context.signal.aborted, context.signal.reason);
        },
        { signal: controller.signal },
      ),
    );
    controller.abort('enough');
    expect(await error).toBe('enough');
    await settle();
    await settle();
    expect(seen).toEqual([true, 'enough']);
  });

  it('in the queue: leaves it, and those behind move up', async () => {
    const { call } = protectRig({ bulkhead: { concurrencyMax: 1, queueCountMax: 3 } });
    const gate = Promise.withResolvers<void>();
    const order: number[] = [];
    const first = call(() => gate.promise);
    const { controller, signal, listeners } = counted();
    const queued = [0, 1, 2].map((number) =>
      call(() => order.push(number), number === 1 ? { signal } : {}).catch((error) => error),
    );
    controller.abort('enough');
    expect(call.metrics()).toMatchObject({ queuedCount: 2, rejected: { aborted: 1 } });
    expect(listeners()).toBe(0);
    gate.resolve();
    await first;
    expect(await queued[1]).toBe('enough');
    await Promise.all(queued);
    expect(order).toEqual([0, 2]);
  });

  it('in the line of the rate limit: takes no turn', async () => {
    const rateLimit = { callCountMax: 1, periodMs: 100, waitMaxMs: 1_000 };
    const { call, clock } = protectRig({ rateLimit });
    await call(() => 0);
    const controller = new AbortController();
    const order: number[] = [];
    const given = errorOf(call(() => order.push(1), { signal: controller.signal }));
    const kept = call(() => order.push(2));
    controller.abort('enough');
    expect(await given).toBe('enough');
    clock.advance(100);
    await kept;
    expect(order).toEqual([2]);
    clock.advance(100);
    expect(await call(() => 3)).toBe(3);
  });

  it('in the pause before a retry: the timer is withdrawn', async () => {
    const { call, clock, layers } = protectRig({ retry: { jitter: 'none' } });
    const { controller, signal, listeners } = counted();
    let attempts = 0;
    const error = errorOf(
      call(
        () => {
          attempts += 1;
          return passing();
        },
        { signal },
      ),
    );
    await settle();
    expect([clock.pendingCount, layers.pausing.size]).toEqual([1, 1]);
    controller.abort('enough');
    expect(await error).toBe('enough');
    expect([clock.pendingCount, layers.pausing.size, listeners()]).toEqual([0, 0, 0]);
    clock.advance(10_000);
    expect(attempts).toBe(1);
    expect(call.metrics()).toMatchObject({ failed: { aborted: 1 }, inFlightCount: 0 });
  });

  it('while it is judged whether to try again', async () => {
    const controller = new AbortController();
    const { call, clock } = protectRig({
      retry: {},
      isRetryable: () => {
        controller.abort('enough');
        return true;
      },
    });
    expect(await errorOf(call(passing, { signal: controller.signal }))).toBe('enough');
    expect(clock.pendingCount).toBe(0);
    expect(call.metrics()).toMatchObject({ failed: { aborted: 1 }, inFlightCount: 0 });
  });

  it('too late: nothing happens', async () => {
    const { call } = protectRig({ timeoutMs: 100, retry: {}, bulkhead: {} });
    const { controller, signal, listeners } = counted();
    let seen: AbortSignal | undefined;
    await call((context) => (seen = context.signal), { signal });
    expect(listeners()).toBe(0);
    controller.abort('late');
    expect(seen?.aborted).toBe(false);
    expect(call.metrics()).toMatchObject({ succeededCount: 1, failedCount: 0, runningCount: 0 });
  });
});

describe('a stop of the runtime', () => {
  it('ends whatever waits or has a limit, and refuses what comes', async () => {
    const { call, clock, layers } = protectRig({
      timeoutMs: 1_000,
      retry: { jitter: 'none' },
      bulkhead: { concurrencyMax: 3, queueCountMax: 5 },
      rateLimit: { callCountMax: 2, waitMaxMs: 1_000 },
    });
    const running = call(never);
    const pausing = call(passing);
    await settle();
    const errors = [running, pausing, call(never), call(never)].map(errorOf);
    expect(call.metrics()).toMatchObject({ runningCount: 3, queuedCount: 1, limitedCount: 1 });
    layers.close();
    const stopped = { code: 'RUNTIME_STOPPED' };
    expect(await Promise.all(errors)).toMatchObject([stopped, stopped, stopped, stopped]);
    expect(await errorOf(call(never))).toMatchObject(stopped);
    expect(call.metrics()).toMatchObject({
      inFlightCount: 0,
      runningCount: 0,
      failed: { stopped: 2 },
      rejected: { stopped: 3 },
    });
    expect(layers.pausing.size).toBe(0);
    clock.advance(10_000);
    expect(clock.pendingCount).toBe(0);
  });

  it('leaves a call alone that needs nobody, and does not try it again', async () => {
    const { call, layers } = protectRig({ retry: {} });
    const [good, bad] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
    const calls = [call(() => good.promise), errorOf(call(() => bad.promise))];
    layers.close();
    good.resolve(1);
    const error = { retryable: true };
    bad.reject(error);
    expect(await Promise.all(calls)).toEqual([1, error]);
  });
});
