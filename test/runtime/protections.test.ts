/** Protections as a host asks for them: by name, under a runtime. */
import { describe, expect, it } from 'vitest';
import { supervisor } from '../../actors/child.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { Journal } from '../../runtime/journal/journal.ts';
import { memoryLog } from '../../runtime/journal/memory-log.ts';
import type { Fact } from '../../runtime/options.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../support/expect-replays.ts';
import { errorOf, never, passing } from '../support/protect-rig.ts';

const tree = supervisor({ id: 'app', children: [] });
const because = { by: 'ada', why: 'test' };

describe('a protection', () => {
  it('starts a chart for a bulkhead and a rate limit, and nothing for the rest', async () => {
    await using test = await testRuntime({ tree });
    test.runtime.protect('plain', { timeoutMs: 100, retry: {}, fallback: 1 });
    expect(test.runtime.tree().map(({ path }) => path)).toEqual(['/app']);
    test.runtime.protect('quotes', { bulkhead: {}, rateLimit: {}, breaker: {} });
    const paths = ['/protections/quotes/bulkhead', '/protections/quotes/rateLimit'];
    expect(paths.map((path) => test.snapshot(path)?.value)).toEqual(['available', 'flowing']);
    expect(test.snapshot('/breakers/quotes')?.value).toBe('closed');
    expect(test.runtime.settings.current.breakers['quotes']?.callTimeoutMs).toBe(0);
    expect(test.runtime.settings.current.protections['plain']).toMatchObject({ timeoutMs: 100 });
    await expectReplays(test);
  });

  it('journals edges, not calls, and replays them', async () => {
    await using test = await testRuntime({ tree });
    const facts: Fact[] = [];
    test.runtime.on('*', (fact) => facts.push(fact));
    const call = test.runtime.protect('quotes', { bulkhead: { concurrencyMax: 1, quietMs: 100 } });
    const before = test.runtime.seq;
    for (let i = 0; i < 50; i += 1) await call(() => i);
    expect(test.runtime.seq).toBe(before);
    void call(never);
    for (let i = 0; i < 50; i += 1) await errorOf(call(never));
    expect(test.runtime.seq).toBe(before + 1);
    await test.advance(1_000);
    expect(test.runtime.seq).toBe(before + 2);
    expect(facts).toMatchObject([
      { type: 'bulkhead.saturated', path: '/protections/quotes/bulkhead', at: 0 },
      { type: 'bulkhead.relieved', at: 100, heldMs: 100, refusedCount: 50 },
    ]);
    expect(test.clock.nextDueMs).toBe(undefined);
    await expectReplays(test);
  });

  it('runs on logical time: retries, limits and breaker together', async () => {
    await using test = await testRuntime({ tree });
    const call = test.runtime.protect('quotes', {
      timeoutMs: 10_000,
      attemptTimeoutMs: 1_000,
      retry: { jitter: 'none', attemptCountMax: 2 },
      breaker: { window: { kind: 'consecutive', failureCountMax: 2 } },
    });
    const at: number[] = [];
    const error = errorOf(
      call(() => {
        at.push(test.clock.now());
        return never();
      }),
    );
    await test.advance(10_000);
    expect(await error).toMatchObject({ attempts: 2, cause: { code: 'CALL_TIMEOUT' } });
    expect(at).toEqual([0, 1_100]);
    expect(test.snapshot('/breakers/quotes')?.value).toBe('open');
    await expectReplays(test);
  });

  it('of a name that is known shares its layers, and takes the settings given', async () => {
    await using test = await testRuntime({ tree });
    const first = test.runtime.protect('quotes', { bulkhead: { concurrencyMax: 1 } });
    void first(never);
    const second = test.runtime.protect('quotes', { fallback: 'old' });
    expect(await second(() => 'new')).toBe('old');
    expect(await errorOf(first(() => 'new'))).toMatchObject({ code: 'BULKHEAD_FULL' });
    const third = test.runtime.protect('quotes', { bulkhead: { concurrencyMax: 2 } });
    expect(await third(() => 'new')).toBe('new');
    expect(first.metrics()).toEqual(second.metrics());
  });

  it('may use the breaker of another name', async () => {
    await using test = await testRuntime({ tree });
    const window = { kind: 'consecutive', failureCountMax: 1 } as const;
    const breaker = test.runtime.breaker('exchange', { window });
    const call = test.runtime.protect('quotes', { breaker: 'exchange' });
    await errorOf(call(passing));
    expect(breaker.state).toBe('open');
    expect(test.snapshot('/breakers/quotes')).toBe(undefined);
  });

  it('follows a patch of its settings, for those who wait as well', async () => {
    await using test = await testRuntime({ tree });
    const call = test.runtime.protect('quotes', {
      timeoutMs: 500,
      bulkhead: { concurrencyMax: 1, queueCountMax: 1 },
    });
    void errorOf(call(never));
    const queued = call(() => 'queued');
    const path = '/protections/quotes/bulkhead/concurrencyMax';
    test.runtime.settings.patch([{ op: 'replace', path, value: 2 }], because);
    expect(await queued).toBe('queued');
    expect(test.snapshot('/protections/quotes/bulkhead')?.context).toMatchObject({
      settings: { concurrencyMax: 2 },
    });
    const limit = { op: 'replace', path: '/protections/quotes/timeoutMs', value: 50 } as const;
    test.runtime.settings.patch([limit], because);
    const error = errorOf(call(never));
    await test.advance(50);
    expect(await error).toMatchObject({ timeoutMs: 50 });
    expect(call.metrics()).toMatchObject({ inFlightCount: 1 });
    await test.advance(450);
    expect(call.metrics()).toMatchObject({ inFlightCount: 0, failed: { timeout: 2 } });
    await expectReplays(test);
  });

  it.each([
    '/protections/quotes',
    '/protections/quotes/bulkhead',
    '/protections/quotes/rateLimit',
    '/breakers/quotes',
  ])('goes on as it is when a patch takes %s away', async (path) => {
    await using test = await testRuntime({ tree });
    const options = { bulkhead: { concurrencyMax: 1 }, rateLimit: { callCountMax: 5 } };
    const call = test.runtime.protect('quotes', { timeoutMs: 100, breaker: {}, ...options });
    void errorOf(call(never));
    const charts = [
      ...['/protections/quotes/bulkhead', '/protections/quotes/rateLimit', '/breakers/quotes'],
    ];
    const lives = () =>
      charts.map((chart) => {
        const { context, restarts, status } = test.snapshot(chart)!;
        return [(context as { settings: unknown }).settings, restarts, status];
      });
    const before = lives();
    test.runtime.settings.patch([{ op: 'remove', path }], because);
    expect(lives()).toEqual(before);
    expect(await errorOf(call(never))).toMatchObject({ code: 'BULKHEAD_FULL' });
    await test.advance(100);
    expect(await call(() => 'again')).toBe('again');
    const larger = test.runtime.protect('quotes', { bulkhead: { concurrencyMax: 2 } });
    void errorOf(larger(never));
    expect(await larger(() => 'beside')).toBe('beside');
    await expectReplays(test);
  });

  it('without limit or retries from the next call on, when a patch takes them away', async () => {
    await using test = await testRuntime({ tree });
    const call = test.runtime.protect('quotes', { timeoutMs: 100, retry: { jitter: 'none' } });
    const before = errorOf(call(passing));
    const remove = (path: string) =>
      ({ op: 'remove', path: `/protections/quotes/${path}` }) as const;
    test.runtime.settings.patch([remove('timeoutMs'), remove('retry')], because);
    let count = 0;
    const once = call(() => {
      count += 1;
      return passing();
    });
    await expect(once).rejects.toThrow();
    const hanging = Promise.withResolvers<string>();
    const slow = call(() => hanging.promise);
    await test.advance(60_000);
    hanging.resolve('late');
    expect([await slow, count, await before]).toMatchObject(['late', 1, expect.anything()]);
    await expectReplays(test);
  });

  it('goes on when its chart has crashed, and tells the new one', async () => {
    await using test = await testRuntime({ tree });
    const call = test.runtime.protect('quotes', { bulkhead: { concurrencyMax: 1 } });
    void call(never);
    await errorOf(call(never));
    const path = '/protections/quotes/bulkhead';
    expect(test.snapshot(path)?.value).toBe('saturated');
    test.crash(path);
    expect(test.snapshot(path)?.value).toBe('available');
    await errorOf(call(never));
    expect(test.snapshot(path)?.value).toBe('saturated');
    await test.advance(5_000);
    expect(test.snapshot(path)?.value).toBe('available');
    await expectReplays(test);
  });

  it('refuses names and settings that cannot be', async () => {
    await using test = await testRuntime({ tree });
    expect(() => test.runtime.protect('a/b')).toThrow('"a/b" is not allowed in a path');
    const wrong = { timeoutMs: 0 };
    expect(() => test.runtime.protect('quotes', wrong)).toThrow('protections.quotes.timeoutMs');
  });
});

describe('the life of a runtime', () => {
  it('ends what waits for time when it stops', async () => {
    const test = await testRuntime({ tree });
    const call = test.runtime.protect('quotes', {
      timeoutMs: 100,
      bulkhead: { concurrencyMax: 1, queueCountMax: 1 },
    });
    const errors = [errorOf(call(never)), errorOf(call(never))];
    await test.runtime.stop();
    const stopped = { code: 'RUNTIME_STOPPED' };
    expect(await Promise.all(errors)).toMatchObject([stopped, stopped]);
    expect(await errorOf(call(never))).toMatchObject(stopped);
    expect(() => test.runtime.protect('other')).toThrow();
    expect(test.clock.nextDueMs).toBe(undefined);
  });

  it('continues: a chart that was left saturated is relieved by the next process', async () => {
    const log = memoryLog();
    const open = async (startMs: number) => {
      const clock = simulatedClock({ startMs });
      const runtime = await createRuntime({ tree, journal: new Journal(log), clock });
      await runtime.start();
      return { runtime, clock };
    };
    const bulkhead = { concurrencyMax: 1, quietMs: 100 };
    const first = await open(0);
    const call = first.runtime.protect('quotes', { bulkhead });
    const keys: string[] = [];
    const callee = (context: { key: string }) => {
      keys.push(context.key);
      return never();
    };
    void call(callee);
    await errorOf(call(callee));
    await first.runtime.stop();

    const second = await open(1_000);
    const path = '/protections/quotes/bulkhead';
    expect(second.runtime.snapshot(path)?.value).toBe('saturated');
    expect(second.runtime.snapshot(path)?.context).toMatchObject({ settings: bulkhead });
    const again = second.runtime.protect('quotes', { bulkhead });
    void again(callee);
    expect(new Set(keys).size).toBe(2);
    await second.clock.advance(100);
    expect(second.runtime.snapshot(path)?.value).toBe('available');
    await second.runtime.stop();
  });
});
