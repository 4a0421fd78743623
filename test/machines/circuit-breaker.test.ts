import { describe, expect, it } from 'vitest';
import type { CircuitBreakerSettingsInput } from '../../config/circuit-breaker.ts';
import { breakerChart } from '../support/breaker-chart.ts';

const noJitter = { openBackoff: { jitterRatio: 0 } };

describe('a closed breaker', () => {
  it('opens on the last allowed failure in a row', () => {
    const breaker = breakerChart();
    breaker.fail(4);
    expect(breaker.state).toBe('closed');
    breaker.fail();
    expect(breaker.state).toBe('open');
  });

  it('starts counting again after a success', () => {
    const breaker = breakerChart();
    breaker.fail(4);
    breaker.succeed();
    breaker.fail(4);
    expect(breaker.state).toBe('closed');
    expect(breaker.context.failureCount).toBe(4);
  });

  it('judges a counted run itself: too short a run does not open it', () => {
    const breaker = breakerChart();
    breaker.send({ type: 'CALLS_COUNTED', generation: 0, failureCount: 4 });
    expect([breaker.state, breaker.context.failureCount]).toEqual(['closed', 4]);
    breaker.send({ type: 'CALLS_COUNTED', generation: 0, failureCount: 2 });
    expect([breaker.state, breaker.context.failureCount]).toEqual(['closed', 2]);
    breaker.send({ type: 'CALLS_COUNTED', generation: 0, failureCount: 5 });
    expect(breaker.state).toBe('open');
  });

  it('ignores results of an older generation', () => {
    const breaker = breakerChart({ window: { kind: 'consecutive', failureCountMax: 1 } }, 8);
    breaker.send({ type: 'CALL_FAILED', generation: 7 });
    breaker.send({ type: 'CALLS_COUNTED', generation: 7, failureCount: 9 });
    expect([breaker.state, breaker.context.failureCount]).toEqual(['closed', 0]);
    breaker.send({ type: 'CALL_FAILED', generation: 8 });
    expect(breaker.state).toBe('open');
  });

  it('does not forget failures because of a late success', () => {
    const breaker = breakerChart({}, 8);
    breaker.fail(3);
    breaker.send({ type: 'CALL_SUCCEEDED', generation: 7 });
    expect(breaker.context.failureCount).toBe(3);
  });

  it('keeps its evidence and tells what it judged when it opens', () => {
    const breaker = breakerChart();
    breaker.clock.advance(500);
    breaker.fail(5);
    const evidence = { kind: 'consecutive', failureCount: 5, failureCountMax: 5, why: 'down' };
    expect(breaker.context.evidence).toEqual(evidence);
    expect(breaker.facts).toEqual([
      {
        type: 'breaker.opened',
        at: 1_500,
        generation: 1,
        failureCount: 5,
        openCount: 1,
        openDurationMs: 60_000,
        openUntilMs: 61_500,
        evidence,
      },
    ]);
  });

  it('ignores a reset', () => {
    const breaker = breakerChart();
    breaker.fail(2);
    breaker.reset();
    expect([breaker.context.generation, breaker.context.failureCount]).toEqual([0, 2]);
    expect(breaker.facts).toEqual([]);
  });
});

describe('an open breaker', () => {
  it('is half open after the open duration and not a millisecond earlier', () => {
    const breaker = breakerChart();
    breaker.fail(5);
    breaker.clock.advance(59_999);
    expect(breaker.state).toBe('open');
    breaker.clock.advance(1);
    expect(breaker.state).toBe('halfOpen');
    expect(breaker.facts.at(-1)).toMatchObject({ type: 'breaker.halfOpened', at: 61_000 });
  });

  it('stays open longer each time its probe fails, up to the limit', () => {
    const breaker = breakerChart(noJitter);
    breaker.fail(5);
    const seconds = [];
    for (let round = 0; round < 6; round += 1) {
      seconds.push(breaker.context.openDurationMs / 1_000);
      breaker.clock.advance(breaker.context.openDurationMs);
      breaker.fail();
    }
    expect(seconds).toEqual([60, 120, 240, 480, 600, 600]);
    expect(breaker.context.openCount).toBe(5);
  });

  it('shortens its later open times by jitter', () => {
    const breaker = breakerChart({ openBackoff: { jitterRatio: 0.5 } });
    breaker.fail(5);
    expect(breaker.context.openDurationMs).toBe(60_000);
    breaker.clock.advance(60_000);
    breaker.fail();
    expect(breaker.context.openDurationMs).toBeGreaterThanOrEqual(60_000);
    expect(breaker.context.openDurationMs).toBeLessThan(120_000);
  });

  it('starts with the first open time again after it was closed', () => {
    const breaker = breakerChart(noJitter);
    breaker.fail(5);
    breaker.clock.advance(60_000);
    breaker.fail();
    breaker.clock.advance(120_000);
    breaker.succeed();
    breaker.fail(5);
    expect([breaker.context.openDurationMs, breaker.context.openCount]).toEqual([60_000, 1]);
  });

  it('ignores results, whatever they say', () => {
    const breaker = breakerChart();
    breaker.fail(5);
    const before = breaker.context;
    breaker.fail(3);
    breaker.succeed(3);
    breaker.send({ type: 'CALLS_COUNTED', generation: 1, failureCount: 9 });
    expect([breaker.state, breaker.context]).toEqual(['open', before]);
  });

  it('closes when it is reset, and its timer is gone', () => {
    const breaker = breakerChart();
    breaker.fail(5);
    breaker.reset();
    expect([breaker.state, breaker.clock.pendingCount]).toEqual(['closed', 0]);
    expect(breaker.facts.at(-1)).toEqual({
      type: 'breaker.closed',
      at: 1_000,
      generation: 2,
      openCount: 1,
      by: 'ada',
      why: 'fixed',
    });
  });
});

describe('a half-open breaker', () => {
  const halfOpen = (settings: CircuitBreakerSettingsInput = {}) => {
    const breaker = breakerChart(settings);
    breaker.fail(5);
    breaker.clock.advance(60_000);
    breaker.facts.length = 0;
    return breaker;
  };

  it('closes after a successful probe, with clean counts', () => {
    const breaker = halfOpen();
    breaker.succeed();
    expect(breaker.state).toBe('closed');
    expect(breaker.context).toMatchObject({
      generation: 3,
      failureCount: 0,
      probeSuccessCount: 0,
      openCount: 0,
    });
    expect(breaker.facts).toMatchObject([
      { type: 'breaker.probed', ok: true, generation: 2, durationMs: 3, successCount: 1 },
      { type: 'breaker.closed', generation: 3, openCount: 1, by: null, why: null, at: 61_000 },
    ]);
  });

  it('opens after a failed probe, and says so with the probes as evidence', () => {
    const breaker = halfOpen();
    breaker.fail();
    expect(breaker.facts).toMatchObject([
      { type: 'breaker.probed', ok: false, generation: 2, why: 'down', failureCount: 1 },
      { type: 'breaker.opened', generation: 3, openCount: 2, failureCount: 1, at: 61_000 },
    ]);
    expect(breaker.context.evidence).toEqual({
      kind: 'probes',
      successCount: 0,
      failureCount: 1,
      probeCount: 1,
      probeSuccessRatioMin: 1,
      why: 'down',
    });
  });

  it('closes as soon as enough probes have succeeded', () => {
    const breaker = halfOpen({ probeCount: 10, probeSuccessRatioMin: 0.8 });
    breaker.fail(2);
    breaker.succeed(7);
    expect(breaker.state).toBe('halfOpen');
    breaker.succeed();
    expect(breaker.state).toBe('closed');
  });

  it('opens as soon as enough probes cannot succeed any more', () => {
    const breaker = halfOpen({ probeCount: 10, probeSuccessRatioMin: 0.8 });
    breaker.succeed(7);
    breaker.fail(2);
    expect(breaker.state).toBe('halfOpen');
    breaker.fail();
    expect(breaker.state).toBe('open');
  });

  it('forgets the probes of the period before', () => {
    const breaker = halfOpen({ probeCount: 3, probeSuccessRatioMin: 0.6 });
    breaker.succeed();
    breaker.fail(2);
    breaker.clock.advance(120_000);
    expect(breaker.context).toMatchObject({ probeSuccessCount: 0, probeFailureCount: 0 });
  });

  it('ignores late results and the run of the closed state', () => {
    const breaker = halfOpen();
    breaker.send({ type: 'CALL_FAILED', generation: 0 });
    breaker.send({ type: 'CALL_SUCCEEDED', generation: 1 });
    breaker.send({ type: 'CALLS_COUNTED', generation: 2, failureCount: 9 });
    expect([breaker.state, breaker.facts]).toEqual(['halfOpen', []]);
  });

  it('closes when it is reset', () => {
    const breaker = halfOpen({ probeCount: 2 });
    breaker.succeed();
    breaker.reset();
    expect([breaker.state, breaker.context.probeSuccessCount]).toEqual(['closed', 0]);
  });
});
