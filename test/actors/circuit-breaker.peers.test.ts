/**
 * Ours beside opossum 10 and cockatiel 4 on the same simulated calls. With settings that mean the
 * same, the three admit the same calls. Where we differ on purpose, a case shows each difference:
 *
 * | case | opossum 10 | cockatiel 4 | kintsugi | why |
 * |---|---|---|---|---|
 * | share equals the limit | stays closed | stays closed | opens | as resilience4j documents it |
 * | a success makes the window bad enough | waits | waits | judges | it is bad enough |
 * | calls beside the probe | refused | wait, then all run | refused | no burst on the weak |
 * | counts after closing | kept | the probe's success | none | the old outage says nothing of now |
 * | a result of before the trip | counts | counts | late, dropped | it is no news of the probe |
 * | slow calls | do not open | do not open | share of slow calls | slow is down for who waits |
 */
import {
  CircuitState,
  ConsecutiveBreaker,
  CountBreaker,
  circuitBreaker,
  handleAll,
} from 'cockatiel';
import fc from 'fast-check';
import Opossum from 'opossum';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CircuitBreakerSettingsInput } from '../../config/circuit-breaker.ts';
import { breakerRig, openCall, settle } from '../support/breaker-rig.ts';

const openMs = 1_000;
const runs = process.env.KINTSUGI_RUNS === 'full' ? 1_000 : 60;
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ ok: fc.boolean(), waitMs: fc.constant(0) }) },
    {
      weight: 2,
      arbitrary: fc.record({ ok: fc.boolean(), waitMs: fc.integer({ min: 1, max: 700 }) }),
    },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);

beforeEach(() => {
  vi.useFakeTimers({
    now: 10_000,
    toFake: ['Date', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const ours = (settings: CircuitBreakerSettingsInput) => {
  const rig = breakerRig({
    callTimeoutMs: 0,
    openDurationMs: openMs,
    openBackoff: { factor: 1, jitterRatio: 0 },
    ...settings,
  });
  rig.clock.advance(9_000);
  return rig;
};

/** Makes a call and says whether it was admitted. */
type Caller = (ok: boolean) => Promise<boolean>;

const callerOf =
  (execute: (callee: () => Promise<string>) => Promise<unknown>): Caller =>
  async (ok) => {
    let isAdmitted = false;
    await execute(() => {
      isAdmitted = true;
      return ok ? Promise.resolve('ok') : Promise.reject(new Error('down'));
    }).catch(() => {});
    return isAdmitted;
  };

/** Both see the same calls; ends when `isOver`, for then they differ on purpose. */
async function expectSame(
  rig: ReturnType<typeof ours>,
  peer: Caller,
  sequence: readonly { readonly ok: boolean; readonly waitMs: number }[],
  isOver = (_ok: boolean) => false,
): Promise<void> {
  const mine = callerOf((callee) => rig.breaker.execute(callee));
  const seen: boolean[][] = [];
  for (const { ok, waitMs } of sequence) {
    vi.advanceTimersByTime(waitMs);
    rig.clock.advance(waitMs);
    seen.push([await mine(ok), await peer(ok)]);
    if (isOver(ok)) break;
  }
  expect(seen.map(([our]) => our)).toEqual(seen.map(([, their]) => their));
}

/** It has closed again, or a success has opened it. */
const hasClosed = (rig: ReturnType<typeof ours>) => (ok: boolean) =>
  rig.breaker.state === 'closed' ? rig.breaker.metrics().generation > 0 : ok;

describe('the same calls are admitted', () => {
  it('by a run of failures, as by cockatiel', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (failureCountMax, sequence) => {
        const peer = circuitBreaker(handleAll, {
          halfOpenAfter: openMs,
          breaker: new ConsecutiveBreaker(failureCountMax),
        });
        const rig = ours({ window: { kind: 'consecutive', failureCountMax } });
        await expectSame(
          rig,
          callerOf((callee) => peer.execute(callee)),
          sequence,
        );
      }),
      { numRuns: runs },
    ));

  it('by a count window, as by cockatiel, until it has closed again', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), steps, async (size, sequence) => {
        const peer = circuitBreaker(handleAll, {
          halfOpenAfter: openMs,
          breaker: new CountBreaker({ threshold: 0.45, size, minimumNumberOfCalls: 1 }),
        });
        const window = { kind: 'count', size } as const;
        const rig = ours({ window, failureRatioMax: 0.45, callCountMin: 1 });
        await expectSame(
          rig,
          callerOf((callee) => peer.execute(callee)),
          sequence,
          hasClosed(rig),
        );
      }),
      { numRuns: runs },
    ));

  it('by a time window, as by opossum, until it has closed again', () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(500, 2_000), steps, async (durationMs, sequence) => {
        vi.setSystemTime(10_000);
        const peer = opossumOf({
          rollingCountTimeout: durationMs,
          errorThresholdPercentage: 45.67,
        });
        const window = { kind: 'time', durationMs, bucketCount: 10 } as const;
        const rig = ours({ window, failureRatioMax: 0.4567, callCountMin: 1 });
        await expectSame(
          rig,
          callerOf((callee) => peer.fire(callee)),
          sequence,
          hasClosed(rig),
        );
        peer.shutdown();
      }),
      { numRuns: runs },
    ));
});

const opossumOf = (options: Opossum.Options) =>
  new Opossum((callee: () => Promise<string>) => callee(), {
    timeout: false,
    resetTimeout: openMs,
    rollingCountBuckets: 10,
    ...options,
  });

describe('on purpose', () => {
  const half = { window: { kind: 'count', size: 4 }, failureRatioMax: 0.5 } as const;
  const cockatielOf = (minimumNumberOfCalls: number) =>
    circuitBreaker(handleAll, {
      halfOpenAfter: openMs,
      breaker: new CountBreaker({ threshold: 0.5, size: 4, minimumNumberOfCalls }),
    });

  const openedBy = async (results: readonly boolean[], volumeThreshold: number) => {
    const rig = ours({ ...half, callCountMin: volumeThreshold });
    const opossum = opossumOf({ volumeThreshold });
    const cockatiel = cockatielOf(volumeThreshold);
    for (const ok of results) {
      await callerOf((callee) => rig.breaker.execute(callee))(ok);
      await callerOf((callee) => opossum.fire(callee))(ok);
      await callerOf((callee) => cockatiel.execute(callee))(ok);
    }
    opossum.shutdown();
    return [opossum.opened, cockatiel.state === CircuitState.Open, rig.breaker.state === 'open'];
  };

  it('a share that equals the limit opens ours', async () => {
    expect(await openedBy([true, false], 2)).toEqual([false, false, true]);
  });

  it('a success that completes the least number of calls is judged', async () => {
    expect(await openedBy([false, false, true], 3)).toEqual([false, false, true]);
  });

  it('calls beside the probe are refused, while those of cockatiel wait and run', async () => {
    const rig = ours({ window: { kind: 'consecutive', failureCountMax: 1 } });
    const cockatiel = circuitBreaker(handleAll, {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(1),
    });
    await callerOf((callee) => rig.breaker.execute(callee))(false);
    await callerOf((callee) => cockatiel.execute(callee))(false);
    vi.advanceTimersByTime(openMs);
    rig.clock.advance(openMs);
    let run = 0;
    const theirs = Array.from({ length: 5 }, () => cockatiel.execute(async () => ++run));
    const mine = Array.from({ length: 5 }, () => openCall(rig.breaker));
    await Promise.all(theirs);
    expect([run, mine.filter(({ isStarted }) => isStarted).length]).toEqual([5, 1]);
  });

  it('nothing of before the outage counts after it', async () => {
    const rig = ours({ ...half, callCountMin: 2 });
    const opossum = opossumOf({ volumeThreshold: 2 });
    const sequence = [false, false, false];
    for (const ok of sequence) await callerOf((callee) => rig.breaker.execute(callee))(ok);
    for (const ok of sequence) await callerOf((callee) => opossum.fire(callee))(ok);
    vi.advanceTimersByTime(openMs);
    rig.clock.advance(openMs);
    for (const ok of [true, false]) {
      await callerOf((callee) => rig.breaker.execute(callee))(ok);
      await callerOf((callee) => opossum.fire(callee))(ok);
    }
    const held = rig.breaker.metrics();
    expect([opossum.opened, held.state, held.window.callCount]).toEqual([true, 'closed', 1]);
    opossum.shutdown();
  });

  it('a result of before the trip does not decide for the probe', async () => {
    const rig = ours({ window: { kind: 'consecutive', failureCountMax: 1 } });
    const opossum = opossumOf({});
    const { promise, resolve } = Promise.withResolvers<string>();
    const old = openCall(rig.breaker);
    const theirs = opossum.fire(() => promise);
    await callerOf((callee) => rig.breaker.execute(callee))(false);
    await callerOf((callee) => opossum.fire(callee))(false);
    vi.advanceTimersByTime(openMs);
    rig.clock.advance(openMs);
    old.resolve('late');
    resolve('late');
    await theirs;
    await settle();
    expect([opossum.closed, rig.breaker.state]).toEqual([true, 'halfOpen']);
    opossum.shutdown();
  });

  it('calls that are only slow open ours', async () => {
    const rig = ours({ ...half, callCountMin: 4, slowCallMs: 50 });
    const opossum = opossumOf({ volumeThreshold: 4 });
    const cockatiel = cockatielOf(4);
    for (let call = 0; call < 4; call += 1) {
      const { promise, resolve } = Promise.withResolvers<string>();
      const mine = openCall(rig.breaker);
      const theirs = [opossum.fire(() => promise), cockatiel.execute(() => promise)];
      rig.clock.advance(60);
      vi.advanceTimersByTime(60);
      mine.resolve('ok');
      resolve('ok');
      await Promise.all(theirs);
    }
    const { state } = rig.breaker;
    expect([opossum.opened, cockatiel.state, state]).toEqual([false, CircuitState.Closed, 'open']);
    opossum.shutdown();
  });
});
