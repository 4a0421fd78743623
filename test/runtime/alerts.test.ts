/** What the runtime tells people of itself, and when it takes it back. */
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../support/expect-replays.ts';

const order = { by: 'ada', why: 'test' };

async function started(options: Parameters<typeof testRuntime>[0] = {}) {
  const t = await testRuntime(options);
  const { alerts } = t.runtime;
  const rows = () => alerts.list().map(({ key, severity, state }) => [key, severity, state]);
  const text = () => alerts.list().at(-1)?.text;
  return Object.assign(t, { rows, text });
}

describe('people are told', () => {
  it('of a breaker that opens, until it closes', async () => {
    await using t = await started();
    const breaker = t.runtime.breaker('quotes', {
      window: { kind: 'consecutive', failureCountMax: 2 },
    });
    const call = (ok: boolean) =>
      breaker.execute(() => (ok ? 1 : Promise.reject(new Error('503')))).catch(() => {});
    await call(false);
    expect(t.rows()).toEqual([]);
    await call(false);
    await t.settle();
    expect(t.rows()).toEqual([['breaker:/breakers/quotes', 'warning', 'notified']]);
    expect(t.text()).toBe(
      "Breaker '/breakers/quotes' has opened for 60 s: 2 failures in a row; the last: Error: 503",
    );
    await t.advance(60_000);
    expect(t.rows()).toEqual([['breaker:/breakers/quotes', 'warning', 'notified']]);
    await call(true);
    expect(t.rows()).toEqual([['breaker:/breakers/quotes', 'warning', 'resolved']]);
    await expectReplays(t);
  });

  it('no longer of a breaker that was stopped while it was open, once it starts anew', async () => {
    await using t = await started();
    const breaker = t.runtime.breaker('quotes', {
      window: { kind: 'consecutive', failureCountMax: 1 },
    });
    await t.advance(600_000);
    await breaker.execute(() => Promise.reject(new Error('503'))).catch(() => {});
    await t.runtime.stopChild('/breakers/quotes');
    expect(t.rows()[0]?.[2]).not.toBe('resolved');
    await t.runtime.restart('/breakers/quotes');
    expect(t.runtime.alerts.list()).toMatchObject([{ state: 'resolved', resolvedAtMs: 600_000 }]);
    await expectReplays(t);
  });

  it.each(['isolate', 'disable', 'metricsOnly', 'reset'] as const)(
    'no longer of a breaker that an operator takes over by %s',
    async (act) => {
      await using t = await started();
      const breaker = t.runtime.breaker('quotes', {
        window: { kind: 'count', size: 2 },
        callCountMin: 2,
        failureRatioMax: 0.5,
      });
      await breaker.execute(() => 1);
      await breaker.execute(() => Promise.reject(new Error('503'))).catch(() => {});
      expect(t.text()).toMatch(/: of 2 calls 1 failed and 0 were slow; the last/);
      breaker[act](order);
      expect(t.rows()).toEqual([['breaker:/breakers/quotes', 'warning', 'resolved']]);
    },
  );

  it('of components that are down, one by one, until they pass or are removed', async () => {
    await using t = await started();
    let isUp = false;
    const { health } = t.runtime;
    health.probe({ id: 'disk', check: () => isUp, weight: 0.01 });
    health.probe({ id: 'feed', check: () => isUp, weight: 0.01, critical: true });
    health.probe({ id: 'rest', check: () => true, weight: 100 });
    await t.advance(5_000);
    const own = () => t.rows().filter(([key]) => key!.startsWith('health:'));
    expect(own()).toEqual([]);
    await t.advance(5_000);
    expect(own()).toEqual([
      ['health:disk', 'info', 'logged'],
      ['health:feed', 'warning', 'notified'],
    ]);
    isUp = true;
    health.remove('disk');
    await t.advance(5_000);
    expect(own().map(([, , state]) => state)).toEqual(['resolved', 'resolved']);
    await expectReplays(t);
  });

  it('of a level of degradation, for the log, until it is normal again', async () => {
    await using t = await started();
    t.runtime.degradation.holdAt({ level: 'level2', ...order });
    expect(t.rows()).toEqual([['degradation', 'info', 'logged']]);
    expect(t.text()).toBe('Degraded to level2: held by ada: test');
    t.runtime.degradation.release(order);
    t.runtime.degradation.holdAt({ level: 'normal', ...order });
    expect(t.rows()).toEqual([['degradation', 'info', 'resolved']]);
  });

  it('of halts of operators and sources, until the last one is released', async () => {
    await using t = await started();
    const { tradingMode } = t.runtime;
    tradingMode.reduceOnly({ by: 'desk', why: 'news' });
    expect(t.rows()).toEqual([['tradingMode', 'info', 'logged']]);
    tradingMode.halt(order);
    await t.settle();
    expect(t.rows()).toEqual([['tradingMode', 'warning', 'notified']]);
    expect(t.text()).toBe('Trading is halted by desk: news; ada: test');
    tradingMode.resume({ scope: 'ada', ...order });
    expect(t.rows()).toEqual([['tradingMode', 'warning', 'notified']]);
    tradingMode.resume({ scope: 'desk', ...order });
    expect(t.rows()).toEqual([['tradingMode', 'warning', 'resolved']]);
    await expectReplays(t);
  });

  it('once of an emergency, not of every safeguard that follows from it', async () => {
    await using t = await started();
    await t.runtime.safety.emergency(order);
    expect(t.rows().map(([key]) => key)).toEqual(['safety']);
    t.runtime.safety.reset({ scope: 'all', ...order });
    t.runtime.safety.authenticationFailed({ why: 'key' });
    expect(t.rows().map(([key]) => key)).toEqual(['safety', 'safety.halt']);
  });

  it('of a supervisor that gave up, also when the one above it starts it again', async () => {
    const fragile = createMachine({});
    const inner = supervisor({
      id: 'inner',
      intensity: 1,
      children: [child({ id: 'fragile', logic: fragile })],
    });
    const tree = supervisor({ id: 'app', children: [inner] });
    await using t = await started({ tree });
    t.crash('/app/inner/fragile');
    expect(t.rows()).toEqual([]);
    t.crash('/app/inner/fragile');
    await t.settle();
    expect(t.rows()).toEqual([['supervisor:/app/inner', 'critical', 'notified']]);
    expect(t.text()).toBe(
      "'/app/inner' gave up: more than 1 restarts in 5 s, the last of 'fragile': crashed by a test",
    );
    expect(t.snapshot('/app/inner/fragile')?.status).toBe('active');
    t.runtime.alerts.resolve('supervisor:/app/inner');
    // One that is told to stop has not given up.
    await t.runtime.stopChild('/app/inner');
    expect(t.snapshot('/app/inner')?.status).toBe('idle');
    expect(t.rows().map(([, , state]) => state)).toEqual(['resolved']);
    await expectReplays(t);
  });

  it('as severely as settings say, or not at all', async () => {
    const severities = { tradingHalted: 'emergency', degraded: 'off' } as const;
    await using t = await started({ settings: { alerts: { severities } } });
    t.runtime.degradation.holdAt({ level: 'emergency', ...order });
    t.runtime.tradingMode.halt(order);
    await t.settle();
    expect(t.rows()).toEqual([['tradingMode', 'emergency', 'escalated']]);
    const patch = {
      op: 'replace',
      path: '/alerts/severities/degraded',
      value: 'critical',
    } as const;
    t.runtime.settings.patch([patch], order);
    t.runtime.degradation.holdAt({ level: 'level3', ...order });
    expect(t.rows()[1]?.slice(0, 2)).toEqual(['degradation', 'critical']);
  });
});
