/** Breakers of a runtime: what survives a restart, what operators order, what a replay says. */
import { describe, expect, it } from 'vitest';
import { supervisor } from '../../actors/child.ts';
import { replayJournal } from '../../runtime/replay/replay.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { lives } from '../support/lives.ts';

const tree = supervisor({ id: 'app', children: [] });
const settings = { window: { kind: 'count', size: 6 }, callCountMin: 4 } as const;
const order = { by: 'ada', why: 'drill' };

const call = (runtime: Runtime, ok: boolean) =>
  runtime
    .breaker('b')
    .execute(() => (ok ? 'ok' : Promise.reject(new Error('down'))))
    .catch(() => {});

/** Types of what breakers say from now on. */
function breakerFacts(runtime: Runtime): string[] {
  const facts: string[] = [];
  runtime.on('*', ({ type }) => type.startsWith('breaker.') && facts.push(type));
  return facts;
}

describe('a breaker of a runtime', () => {
  it('still holds its window after a restart of the process, and the replay agrees', async () => {
    const all = lives({ tree });
    const first = await all.next(0);
    first.breaker('b', settings);
    for (const ok of [true, false, false]) await call(first, ok);
    await first.stop();
    const second = await all.next(1_000);
    expect(second.breaker('b').metrics().window).toMatchObject({ callCount: 3, failureCount: 2 });
    await call(second, true);
    expect(second.breaker('b').state).toBe('open');
    await second.stop();
    expect((await all.inputs()).filter(({ kind }) => kind === 'event')).toHaveLength(2);
    const replayed = await replayJournal(all.log, { tree });
    expect([replayed.divergence, replayed.digest]).toEqual([undefined, second.digest]);
  });

  it('still holds its window after a restart of its actor', async () => {
    const all = lives({ tree });
    const runtime = await all.next(0);
    runtime.breaker('b', settings);
    for (const ok of [true, false, false]) await call(runtime, ok);
    await runtime.restart('/breakers/b');
    expect(runtime.breaker('b').metrics().window).toMatchObject({ callCount: 3 });
    await call(runtime, false);
    expect(runtime.breaker('b').state).toBe('open');
    await runtime.stop();
  });

  it('keeps its window through a patch of its size', async () => {
    const all = lives({ tree });
    const runtime = await all.next(0);
    runtime.breaker('b', settings);
    for (const ok of [true, true, true, false]) await call(runtime, ok);
    runtime.breaker('b', { window: { kind: 'count', size: 2 } });
    expect(runtime.breaker('b').metrics().window).toMatchObject({ callCount: 2, failureCount: 1 });
    await runtime.stop();
  });

  it('takes orders as entries of class safety, and says so by facts', async () => {
    const all = lives({ tree });
    const runtime = await all.next(0);
    const facts = breakerFacts(runtime);
    const breaker = runtime.breaker('b', settings);
    breaker.disable(order);
    breaker.metricsOnly(order);
    breaker.enable(order);
    breaker.isolate(order);
    await expect(breaker.execute(() => 'ok')).rejects.toMatchObject({ code: 'CIRCUIT_ISOLATED' });
    breaker.reset(order);
    expect(await breaker.execute(() => 'ok')).toBe('ok');
    await runtime.stop();
    expect(facts).toEqual([
      'breaker.disabled',
      'breaker.setMetricsOnly',
      'breaker.enabled',
      'breaker.isolated',
      'breaker.closed',
    ]);
    const entries: { readonly kind: string; readonly class?: string }[] = await all.inputs();
    const orders = entries.filter((entry) => entry.kind === 'event' && entry.class === 'safety');
    expect(orders).toHaveLength(5);
    expect((await replayJournal(all.log, { tree })).divergence).toBeUndefined();
  });

  it('admits all calls while disabled, and in a dry run, which says what it would do', async () => {
    const all = lives({ tree });
    const runtime = await all.next(0);
    const facts = breakerFacts(runtime);
    const breaker = runtime.breaker('b', settings);
    let calledCount = 0;
    const fails = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const down = new Error('down');
        const called = breaker.execute(() => {
          calledCount++;
          return Promise.reject(down);
        });
        await expect(called).rejects.toBe(down);
      }
    };
    breaker.disable(order);
    await fails(10);
    expect(breaker.metrics()).toMatchObject({ failureCount: 0, uncountedCount: 10 });
    breaker.metricsOnly(order);
    await fails(10);
    expect(calledCount).toBe(20);
    expect(facts).toEqual(['breaker.disabled', 'breaker.setMetricsOnly', 'breaker.wouldOpen']);
    breaker.enable(order);
    await fails(4);
    expect(breaker.state).toBe('open');
    await runtime.stop();
    expect((await replayJournal(all.log, { tree })).divergence).toBeUndefined();
  });

  it('asks the predicates that were given last', async () => {
    const all = lives({ tree });
    const runtime = await all.next(0);
    runtime.breaker('b', settings, { isFailure: () => false });
    runtime.breaker('b');
    await call(runtime, false);
    expect(runtime.breaker('b').metrics()).toMatchObject({ successCount: 1, failureCount: 0 });
    runtime.breaker('b', undefined, {});
    await call(runtime, false);
    expect(runtime.breaker('b').metrics().failureCount).toBe(1);
    await runtime.stop();
  });
});
