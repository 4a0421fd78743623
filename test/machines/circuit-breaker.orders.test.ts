import { describe, expect, it } from 'vitest';
import { breakerChart } from '../support/breaker-chart.ts';

describe('an isolated breaker', () => {
  it('tells who isolated it, why, and until when', () => {
    const breaker = breakerChart();
    breaker.isolate(5_000);
    expect(breaker.context.order).toEqual({ by: 'ada', why: 'deploy', expiresAtMs: 5_000 });
    expect(breaker.facts).toEqual([
      {
        type: 'breaker.isolated',
        at: 1_000,
        generation: 1,
        by: 'ada',
        why: 'deploy',
        expiresAtMs: 5_000,
      },
    ]);
  });

  it('lets probes decide once the isolation has expired, and not a millisecond earlier', () => {
    const breaker = breakerChart();
    breaker.isolate(5_000);
    breaker.clock.advance(3_999);
    expect(breaker.state).toBe('isolated');
    breaker.clock.advance(1);
    expect([breaker.state, breaker.context.order]).toEqual(['halfOpen', null]);
    expect(breaker.facts.at(-1)).toMatchObject({ type: 'breaker.halfOpened', at: 5_000 });
  });

  it('waits for its reset for ever when no expiry is given', () => {
    const breaker = breakerChart();
    breaker.isolate();
    breaker.send({ type: 'ORDER_EXPIRED' });
    expect([breaker.state, breaker.clock.pendingCount]).toEqual(['isolated', 0]);
    breaker.reset();
    expect([breaker.state, breaker.context.order]).toEqual(['closed', null]);
  });

  it('expires at once when the expiry has passed already', () => {
    const breaker = breakerChart();
    breaker.isolate(1);
    breaker.clock.advance(0);
    expect(breaker.state).toBe('halfOpen');
  });

  it('follows the later of two orders', () => {
    const breaker = breakerChart();
    breaker.isolate(5_000);
    breaker.isolate(9_000);
    expect(breaker.clock.pendingCount).toBe(1);
    breaker.clock.advance(7_999);
    expect(breaker.state).toBe('isolated');
    breaker.clock.advance(1);
    expect(breaker.state).toBe('halfOpen');
  });

  it('can be ordered while open, and the open timer is gone', () => {
    const breaker = breakerChart();
    breaker.fail(5);
    breaker.isolate();
    breaker.clock.advance(3_600_000);
    expect(breaker.state).toBe('isolated');
  });

  it('withdraws its expiry when it is reset', () => {
    const breaker = breakerChart();
    breaker.isolate(5_000);
    breaker.reset();
    expect(breaker.clock.pendingCount).toBe(0);
  });
});

describe('a change of settings', () => {
  const limit = (failureCountMax: number) => ({
    window: { kind: 'consecutive' as const, failureCountMax },
  });

  it('keeps state, counts and generation', () => {
    const breaker = breakerChart();
    breaker.fail(3);
    breaker.change(limit(2));
    expect([breaker.state, breaker.context.failureCount, breaker.context.generation]).toEqual([
      'closed',
      3,
      0,
    ]);
  });

  it('trips a run that is too long by now only with the next failure', () => {
    const breaker = breakerChart();
    breaker.fail(3);
    breaker.change(limit(2));
    breaker.fail();
    expect(breaker.state).toBe('open');
  });

  it('lets the current open period end as it began', () => {
    const breaker = breakerChart();
    breaker.fail(5);
    breaker.change({ openDurationMs: 5 });
    breaker.clock.advance(59_999);
    expect(breaker.state).toBe('open');
    breaker.clock.advance(1);
    expect(breaker.state).toBe('halfOpen');
  });
});
