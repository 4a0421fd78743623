import { describe, expect, it } from 'vitest';
import { CallTimeoutError } from '../../actors/errors.ts';
import {
  BulkheadFullError,
  FallbackFailedError,
  RateLimitedError,
  RetriesExhaustedError,
} from '../../actors/protect-errors.ts';
import { type ProtectionSettingsInput, protectionSettingsSchema } from '../../config/protect.ts';
import { settle } from '../support/breaker-rig.ts';
import { errorOf, never, passing, protectRig, watch } from '../support/protect-rig.ts';

const down = new Error('down');
const fail = () => Promise.reject(down);

describe('a protection without layers', () => {
  it('settles as its callee does, and asks the clock for nothing', async () => {
    const { call, clock } = protectRig();
    expect(await call(async () => 1)).toBe(1);
    expect(await call(() => 2)).toBe(2);
    expect(await errorOf(call(fail))).toBe(down);
    expect(await errorOf(call(() => Promise.reject(undefined)))).toBe(undefined);
    const mistake = new TypeError('x is not a function');
    const thrower = () => {
      throw mistake;
    };
    expect(await errorOf(call(thrower))).toBe(mistake);
    expect(clock.pendingCount).toBe(0);
    expect(call.metrics()).toMatchObject({ startedCount: 5, succeededCount: 2, failedCount: 3 });
  });

  it('refuses what is no function, by name', () => {
    const { call } = protectRig();
    expect(() => call(7 as never)).toThrow("Call 'quotes' calls a function, got number.");
    expect(() => call.wrap(7 as never)).toThrow("'quotes' wraps a function, got number.");
    expect(() => protectRig({ isRetryable: 1 as never })).toThrow('isRetryable is a function');
  });

  it('gives every call a key of its own, the same one in each attempt', async () => {
    const { call } = protectRig({ retry: { jitter: 'none', minMs: 0 } });
    const keys: string[] = [];
    const attempts: number[] = [];
    const twice = (context: { key: string; attempt: number }) => {
      keys.push(context.key);
      attempts.push(context.attempt);
      return attempts.length % 2 === 1 ? passing() : 'ok';
    };
    await call(twice);
    await call(twice);
    await call(twice, { key: 'order-7' });
    expect(attempts).toEqual([1, 2, 1, 2, 1, 2]);
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).toBe(keys[3]);
    expect(keys[0]).not.toBe(keys[2]);
    expect(keys.slice(4)).toEqual(['order-7', 'order-7']);
  });
});

describe('time limits', () => {
  it('end a call as a whole, and abort its callee with the same error', async () => {
    const { call, clock } = protectRig({ timeoutMs: 100 });
    let signal: AbortSignal | undefined;
    const error = errorOf(
      call((context) => {
        signal = context.signal;
        return never();
      }),
    );
    clock.advance(99);
    expect(signal?.aborted).toBe(false);
    clock.advance(1);
    expect(await error).toBeInstanceOf(CallTimeoutError);
    expect(await error).toMatchObject({ call: 'quotes', timeoutMs: 100, retryable: true });
    expect(signal?.reason).toBe(await error);
    expect(call.metrics()).toMatchObject({ failed: { timeout: 1 }, abandonedCount: 1 });
    expect(((await error) as Error).stack?.split('\n')).toHaveLength(1);
  });

  it('end one attempt, which is tried again', async () => {
    const { call, clock } = protectRig({
      attemptTimeoutMs: 100,
      timeoutMs: 250,
      retry: { jitter: 'none', minMs: 10, factor: 1 },
    });
    const signals: AbortSignal[] = [];
    const watched = watch(
      call(({ signal, attempt }) => {
        signals.push(signal);
        return attempt === 2 ? 'ok' : never();
      }),
    );
    clock.advance(109);
    expect(signals).toHaveLength(1);
    expect(signals[0]?.reason).toMatchObject({ timeoutMs: 100 });
    clock.advance(1);
    await settle();
    expect(watched.outcome).toEqual({ value: 'ok' });
    expect(signals[1]?.aborted).toBe(false);
    clock.advance(1_000);
    expect(signals[1]?.aborted).toBe(false);
    expect(clock.pendingCount).toBe(0);
  });

  it('count as failures of the breaker, whichever of the two it was', async () => {
    for (const limit of ['timeoutMs', 'attemptTimeoutMs'] as const) {
      const { call, clock, breaker } = protectRig({
        [limit]: 100,
        breaker: { window: { kind: 'consecutive', failureCountMax: 2 } },
      });
      for (const _ of [1, 2]) {
        const error = errorOf(call(never));
        clock.advance(100);
        expect(await error).toBeInstanceOf(CallTimeoutError);
        await settle();
      }
      expect(breaker?.state).toBe('open');
      expect(await errorOf(call(never))).toMatchObject({ code: 'CIRCUIT_OPEN' });
      expect(call.metrics()).toMatchObject({
        failed: { timeout: 2 },
        rejected: { circuitOpen: 1 },
      });
    }
  });
});

describe('retry', () => {
  const times = async (options: Parameters<typeof protectRig>[0], error: unknown = undefined) => {
    const { call, clock } = protectRig({ ...options });
    const at: number[] = [];
    const watched = watch(
      call(() => {
        at.push(clock.now() - 1_000);
        return error === undefined ? passing() : Promise.reject(error);
      }),
    );
    for (let i = 0; i < 1_000 && !watched.outcome; i += 1) {
      await settle();
      clock.advance(10);
    }
    return { at, error: (watched.outcome as { error: unknown } | undefined)?.error };
  };

  it('pauses longer each time, and says how often it tried', async () => {
    const { at, error } = await times({ retry: { jitter: 'none', attemptCountMax: 4 } });
    expect(at).toEqual([0, 100, 300, 700]);
    expect(error).toBeInstanceOf(RetriesExhaustedError);
    expect(error).toMatchObject({ attempts: 4, exhaustedBy: 'attempts' });
    expect((error as Error).cause).toMatchObject({ message: 'down' });
  });

  it('does not try again what will not pass', async () => {
    for (const error of [new Error('no'), new TypeError('bug'), null, 7, { retryable: false }]) {
      expect(await times({ retry: {} }, error)).toEqual({ at: [0], error });
    }
  });

  it('asks the predicate that it is given, and shows its mistakes', async () => {
    const isRetryable = (error: unknown) => error === 7;
    expect((await times({ retry: { jitter: 'none' }, isRetryable }, 7)).at).toEqual([0, 100, 300]);
    expect((await times({ retry: {}, isRetryable }, down)).at).toEqual([0]);
    const mistake = new TypeError('bug');
    const thrower = () => {
      throw mistake;
    };
    expect(await times({ retry: {}, isRetryable: thrower }, 7)).toEqual({
      at: [0],
      error: mistake,
    });
  });

  it('waits as long as the failure asks, up to a bound', async () => {
    const retryAfter = (retryAfterMs: number) => ({ retryable: true, retryAfterMs });
    const retry = { jitter: 'none', attemptCountMax: 2, retryAfterMaxMs: 500 } as const;
    expect((await times({ retry }, retryAfter(500))).at).toEqual([0, 500]);
    expect((await times({ retry }, retryAfter(20))).at).toEqual([0, 100]);
    expect(await times({ retry }, retryAfter(501))).toMatchObject({
      at: [0],
      error: { attempts: 1, exhaustedBy: 'retryAfter' },
    });
  });

  it('gives up at once when there is no time left', async () => {
    const { call, clock } = protectRig({ timeoutMs: 300, retry: { jitter: 'none' } });
    const error = errorOf(call(passing));
    await settle();
    clock.advance(100);
    await settle();
    expect(await error).toMatchObject({ attempts: 2, exhaustedBy: 'deadline' });
    expect(clock.now()).toBe(1_100);
  });

  it('spends a common budget', async () => {
    const retry = { minMs: 0, maxMs: 0, budgetCountMax: 3, budgetRatio: 0.5 };
    const { call } = protectRig({ retry });
    const retries: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      const error = (await errorOf(call(passing))) as RetriesExhaustedError;
      retries.push(error.attempts - 1);
      expect(error.exhaustedBy).toBe(error.attempts === 3 ? 'attempts' : 'budget');
    }
    expect(retries).toEqual([2, 1, 1, 0, 1, 0]);
    expect(call.metrics()).toMatchObject({ retryCount: 5, retryBudgetCount: 0.5 });
  });

  it('keeps what is left of the budget when settings change, up to the new bound', () => {
    const retry = { budgetCountMax: 10, budgetRatio: 0 };
    const { layers } = protectRig({ retry });
    const adopt = (given: ProtectionSettingsInput) =>
      layers.adopt(protectionSettingsSchema.parse(given));
    layers.budgetCount = 4;
    adopt({ retry: { ...retry, minMs: 5 } });
    expect(layers.budgetCount).toBe(4);
    adopt({ retry: { ...retry, budgetCountMax: 3 } });
    expect(layers.budgetCount).toBe(3);
    adopt({});
    adopt({ retry });
    expect(layers.budgetCount).toBe(10);
  });

  it('does not wait for its own breaker', async () => {
    const { call, breaker, clock } = protectRig({
      retry: { jitter: 'none' },
      breaker: { window: { kind: 'consecutive', failureCountMax: 2 } },
    });
    const error = errorOf(call(passing));
    await settle();
    clock.advance(100);
    await settle();
    clock.advance(200);
    expect(await error).toMatchObject({ attempts: 2, exhaustedBy: 'circuitOpen' });
    expect(breaker?.state).toBe('open');
    expect(breaker?.metrics()).toMatchObject({ callCount: 2, rejectionCount: 1 });
  });
});

describe('bulkhead and rate limit', () => {
  it('refuse with one error, without a stack, and say when to come again', async () => {
    const { call } = protectRig({ bulkhead: { concurrencyMax: 1 } });
    void call(never);
    const full = await errorOf(call(never));
    expect(full).toBeInstanceOf(BulkheadFullError);
    expect(await errorOf(call(never))).toBe(full);
    expect((full as Error).stack?.split('\n')).toHaveLength(1);
    expect(call.metrics()).toMatchObject({ rejected: { bulkheadFull: 2 }, runningCount: 1 });

    const limited = protectRig({ rateLimit: { callCountMax: 2, periodMs: 500 } });
    await limited.call(() => 1);
    limited.clock.advance(100);
    await limited.call(() => 1);
    const error = await errorOf(limited.call(() => 1));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterMs: 400, call: 'quotes' });
    limited.clock.advance(399);
    expect(error).toMatchObject({ retryAfterMs: 1 });
    expect(await errorOf(limited.call(() => 1))).toBe(error);
    limited.clock.advance(1);
    expect(await limited.call(() => 3)).toBe(3);
  });

  it('a place that is free again is one place', async () => {
    const { call } = protectRig({ bulkhead: { concurrencyMax: 2, queueCountMax: 9 } });
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
    const calls = gates.map(({ promise }) => call(() => promise));
    const counts = () => {
      const { runningCount, queuedCount } = call.metrics();
      return [runningCount, queuedCount];
    };
    expect(counts()).toEqual([2, 3]);
    for (const left of [2, 1, 0]) {
      gates[2 - left]!.resolve(1);
      await calls[2 - left];
      expect(counts()).toEqual([2, left]);
    }
    gates[3]!.resolve(1);
    await calls[3];
    expect(counts()).toEqual([1, 0]);
    gates[4]!.resolve(1);
    await calls[4];
  });

  it('an open breaker uses up neither a place nor a turn', async () => {
    const { call, breaker, clock } = protectRig({
      breaker: { window: { kind: 'consecutive', failureCountMax: 1 } },
      bulkhead: { concurrencyMax: 1, queueCountMax: 1 },
      rateLimit: { callCountMax: 2, periodMs: 1_000_000 },
    });
    const results = [errorOf(call(fail)), errorOf(call(() => 1))];
    expect(await results[0]).toBe(down);
    expect(await results[1]).toMatchObject({ code: 'CIRCUIT_OPEN' });
    for (let i = 0; i < 5; i += 1) {
      expect(await errorOf(call(() => 1))).toMatchObject({ code: 'CIRCUIT_OPEN' });
    }
    clock.advance(60_000);
    expect(await call(() => 'probe')).toBe('probe');
    expect(breaker?.state).toBe('closed');
    expect(call.metrics()).toMatchObject({ runningCount: 0, rejected: { circuitOpen: 6 } });
  });

  it('a breaker that opens sends everybody in the line away, without their turns', async () => {
    const { call, clock } = protectRig({
      breaker: { window: { kind: 'consecutive', failureCountMax: 1 }, openDurationMs: 150 },
      rateLimit: { callCountMax: 1, periodMs: 100, waitMaxMs: 1_000 },
    });
    const first = errorOf(call(fail));
    const waiting = [watch(call(() => 1)), watch(call(() => 2))];
    await first;
    clock.advance(100);
    await settle();
    const refused = { outcome: { error: { code: 'CIRCUIT_OPEN' } } };
    expect(waiting).toMatchObject([refused, refused]);
    clock.advance(50);
    expect(await call(() => 'probe')).toBe('probe');
  });

  it('a retry takes another turn, and keeps its place', async () => {
    const { call, clock } = protectRig({
      bulkhead: { concurrencyMax: 1 },
      rateLimit: { callCountMax: 1, periodMs: 1_000, waitMaxMs: 5_000 },
      retry: { jitter: 'none' },
    });
    const at: number[] = [];
    const watched = watch(
      call(({ attempt }) => {
        at.push(clock.now());
        return attempt < 3 ? passing() : 'ok';
      }),
    );
    for (let i = 0; i < 30; i += 1) {
      await settle();
      if (!watched.outcome) expect(call.metrics().runningCount).toBe(1);
      clock.advance(100);
    }
    expect(at).toEqual([1_000, 2_000, 3_000]);
    expect(watched.outcome).toEqual({ value: 'ok' });
  });
});

describe('fallback', () => {
  it('answers every failure: with a value, or with what a function makes of it', async () => {
    const fixed = protectRig({ fallback: 'old', bulkhead: { concurrencyMax: 1 } });
    expect(await fixed.call(() => 'new')).toBe('new');
    expect(await fixed.call(fail)).toBe('old');
    void fixed.call(never);
    expect(await fixed.call(() => 'new')).toBe('old');
    expect(fixed.call.metrics()).toMatchObject({ fallbackCount: 2, failedCount: 1 });
    const made = protectRig({
      fallback: async (error: unknown, { attempt, key }) => ({ error, attempt, key }),
    });
    expect(await made.call(fail, { key: 'k' })).toEqual({ error: down, attempt: 1, key: 'k' });
  });

  it('that fails itself names both failures', async () => {
    const second = new Error('cache is down');
    const { call } = protectRig({ fallback: () => Promise.reject(second) });
    const error = await errorOf(call(fail));
    expect(error).toBeInstanceOf(FallbackFailedError);
    expect(error).toMatchObject({ cause: down, failure: second });
    expect(call.metrics()).toMatchObject({ fallbackCount: 0, fallbackFailedCount: 1 });
  });

  it('does not answer whoever has given up', async () => {
    const { call } = protectRig({ fallback: 'old' });
    const controller = new AbortController();
    const error = errorOf(call(never, { signal: controller.signal }));
    controller.abort('enough');
    expect(await error).toBe('enough');
  });
});
