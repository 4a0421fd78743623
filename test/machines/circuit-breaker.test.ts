import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import {
  type CircuitBreakerSettingsInput,
  circuitBreakerSettingsSchema,
} from '../../config/circuit-breaker.ts';
import {
  type CircuitBreakerEmitted,
  type CircuitBreakerEvent,
  circuitBreakerMachine,
} from '../../machines/circuit-breaker.ts';
import { FakeClock } from '../support/fake-clock.ts';

const parse = (settings: CircuitBreakerSettingsInput) =>
  circuitBreakerSettingsSchema.parse(settings);

function start(settings: CircuitBreakerSettingsInput = {}, generation?: number) {
  const clock = new FakeClock(1_000);
  const input = { settings: parse(settings), seed: 7, generation };
  const actor = createActor(circuitBreakerMachine, { input, clock: clock.forXState }).start();
  const facts: CircuitBreakerEmitted[] = [];
  actor.on('*', (fact) => facts.push(fact));
  type Bare<E> = E extends { at: number } ? Omit<E, 'at'> : E;
  const send = (event: Bare<CircuitBreakerEvent>, times = 1) => {
    for (let i = 0; i < times; i += 1) {
      actor.send({ at: clock.now(), ...event } as CircuitBreakerEvent);
    }
  };
  return {
    clock,
    facts,
    send,
    fail: (times = 1) => send({ type: 'CALL_FAILED', why: 'down' }, times),
    succeed: (times = 1) => send({ type: 'CALL_SUCCEEDED', durationMs: 3 }, times),
    isolate: (expiresAtMs?: number) =>
      send({ type: 'ISOLATE', by: 'ada', why: 'deploy', expiresAtMs }),
    reset: () => send({ type: 'RESET', by: 'ada', why: 'fixed' }),
    change: (changed: CircuitBreakerSettingsInput) =>
      send({ type: 'SETTINGS_CHANGED', settings: parse(changed) }),
    get state() {
      return actor.getSnapshot().value;
    },
    get context() {
      return actor.getSnapshot().context;
    },
  };
}

const noJitter = { openBackoff: { jitterRatio: 0 } };

describe('a closed breaker', () => {
  it('opens on the last allowed failure in a row', () => {
    const breaker = start();
    breaker.fail(4);
    expect(breaker.state).toBe('closed');
    breaker.fail();
    expect(breaker.state).toBe('open');
  });

  it('starts counting again after a success', () => {
    const breaker = start();
    breaker.fail(4);
    breaker.succeed();
    breaker.fail(4);
    expect(breaker.state).toBe('closed');
    expect(breaker.context.failureCount).toBe(4);
  });

  it('judges a counted run itself: too short a run does not open it', () => {
    const breaker = start();
    breaker.send({ type: 'CALLS_COUNTED', generation: 0, failureCount: 4 });
    expect([breaker.state, breaker.context.failureCount]).toEqual(['closed', 4]);
    breaker.send({ type: 'CALLS_COUNTED', generation: 0, failureCount: 5 });
    expect(breaker.state).toBe('open');
  });

  it('ignores results of an older generation', () => {
    const breaker = start({ window: { kind: 'consecutive', failureCountMax: 1 } }, 8);
    breaker.send({ type: 'CALL_FAILED', generation: 7 });
    breaker.send({ type: 'CALLS_COUNTED', generation: 7, failureCount: 9 });
    expect([breaker.state, breaker.context.failureCount]).toEqual(['closed', 0]);
    breaker.send({ type: 'CALL_FAILED', generation: 8 });
    expect(breaker.state).toBe('open');
  });

  it('does not forget failures because of a late success', () => {
    const breaker = start({}, 8);
    breaker.fail(3);
    breaker.send({ type: 'CALL_SUCCEEDED', generation: 7 });
    expect(breaker.context.failureCount).toBe(3);
  });

  it('keeps its evidence and tells what it judged when it opens', () => {
    const breaker = start();
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
    const breaker = start();
    breaker.fail(2);
    breaker.reset();
    expect([breaker.context.generation, breaker.context.failureCount]).toEqual([0, 2]);
    expect(breaker.facts).toEqual([]);
  });
});

describe('an open breaker', () => {
  it('is half open after the open duration and not a millisecond earlier', () => {
    const breaker = start();
    breaker.fail(5);
    breaker.clock.advance(59_999);
    expect(breaker.state).toBe('open');
    breaker.clock.advance(1);
    expect(breaker.state).toBe('halfOpen');
    expect(breaker.facts.at(-1)).toMatchObject({ type: 'breaker.halfOpened', at: 61_000 });
  });

  it('stays open longer each time its probe fails, up to the limit', () => {
    const breaker = start(noJitter);
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
    const breaker = start({ openBackoff: { jitterRatio: 0.5 } });
    breaker.fail(5);
    expect(breaker.context.openDurationMs).toBe(60_000);
    breaker.clock.advance(60_000);
    breaker.fail();
    expect(breaker.context.openDurationMs).toBeGreaterThanOrEqual(60_000);
    expect(breaker.context.openDurationMs).toBeLessThan(120_000);
  });

  it('starts with the first open time again after it was closed', () => {
    const breaker = start(noJitter);
    breaker.fail(5);
    breaker.clock.advance(60_000);
    breaker.fail();
    breaker.clock.advance(120_000);
    breaker.succeed();
    breaker.fail(5);
    expect([breaker.context.openDurationMs, breaker.context.openCount]).toEqual([60_000, 1]);
  });

  it('ignores results, whatever they say', () => {
    const breaker = start();
    breaker.fail(5);
    const before = breaker.context;
    breaker.fail(3);
    breaker.succeed(3);
    breaker.send({ type: 'CALLS_COUNTED', generation: 1, failureCount: 9 });
    expect([breaker.state, breaker.context]).toEqual(['open', before]);
  });

  it('closes when it is reset, and its timer is gone', () => {
    const breaker = start();
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
    const breaker = start(settings);
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

describe('an isolated breaker', () => {
  it('tells who isolated it, why, and until when', () => {
    const breaker = start();
    breaker.isolate(5_000);
    expect(breaker.context.isolation).toEqual({ by: 'ada', why: 'deploy', expiresAtMs: 5_000 });
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
    const breaker = start();
    breaker.isolate(5_000);
    breaker.clock.advance(3_999);
    expect(breaker.state).toBe('isolated');
    breaker.clock.advance(1);
    expect([breaker.state, breaker.context.isolation]).toEqual(['halfOpen', null]);
    expect(breaker.facts.at(-1)).toMatchObject({ type: 'breaker.halfOpened', at: 5_000 });
  });

  it('waits for its reset for ever when no expiry is given', () => {
    const breaker = start();
    breaker.isolate();
    breaker.send({ type: 'ISOLATION_EXPIRED' });
    expect([breaker.state, breaker.clock.pendingCount]).toEqual(['isolated', 0]);
    breaker.reset();
    expect([breaker.state, breaker.context.isolation]).toEqual(['closed', null]);
  });

  it('expires at once when the expiry has passed already', () => {
    const breaker = start();
    breaker.isolate(1);
    breaker.clock.advance(0);
    expect(breaker.state).toBe('halfOpen');
  });

  it('follows the later of two orders', () => {
    const breaker = start();
    breaker.isolate(5_000);
    breaker.isolate(9_000);
    expect(breaker.clock.pendingCount).toBe(1);
    breaker.clock.advance(7_999);
    expect(breaker.state).toBe('isolated');
    breaker.clock.advance(1);
    expect(breaker.state).toBe('halfOpen');
  });

  it('can be ordered while open, and the open timer is gone', () => {
    const breaker = start();
    breaker.fail(5);
    breaker.isolate();
    breaker.clock.advance(3_600_000);
    expect(breaker.state).toBe('isolated');
  });

  it('withdraws its expiry when it is reset', () => {
    const breaker = start();
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
    const breaker = start();
    breaker.fail(3);
    breaker.change(limit(2));
    expect([breaker.state, breaker.context.failureCount, breaker.context.generation]).toEqual([
      'closed',
      3,
      0,
    ]);
  });

  it('trips a run that is too long by now only with the next failure', () => {
    const breaker = start();
    breaker.fail(3);
    breaker.change(limit(2));
    breaker.fail();
    expect(breaker.state).toBe('open');
  });

  it('lets the current open period end as it began', () => {
    const breaker = start();
    breaker.fail(5);
    breaker.change({ openDurationMs: 5 });
    breaker.clock.advance(59_999);
    expect(breaker.state).toBe('open');
    breaker.clock.advance(1);
    expect(breaker.state).toBe('halfOpen');
  });
});
