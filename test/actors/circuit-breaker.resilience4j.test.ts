/**
 * The rules of windows and slow calls that resilience4j documents, as cases:
 * https://resilience4j.readme.io/docs/circuitbreaker
 *
 * | its name | ours |
 * |---|---|
 * | `failureRateThreshold` 50 | `failureRatioMax` 0.5 |
 * | `slowCallRateThreshold`, `slowCallDurationThreshold` | `slowCallRatioMax`, `slowCallMs` |
 * | `slidingWindowType`, `slidingWindowSize` | `window`, with seconds as buckets |
 * | `minimumNumberOfCalls` | `callCountMin` |
 * | `permittedNumberOfCallsInHalfOpenState` | `probeCount`, all at once: `probeConcurrencyMax` |
 * | `waitDurationInOpenState` | `openDurationMs` |
 * | FORCED_OPEN, DISABLED, METRICS_ONLY | `isolated`, `disabled`, `metricsOnly` |
 *
 * No error counts neither way (`ignoreExceptions`), only a caller's abort does. On purpose ours
 * differs in two things. Probes are judged by the share that has to succeed: half of them failing
 * closes at 0.5, theirs opens. And they are judged as soon as the verdict is certain, not when the
 * last of them has ended.
 */
import { describe, expect, it } from 'vitest';
import type { CircuitBreakerSettingsInput } from '../../config/circuit-breaker.ts';
import { breakerRig, openCall, settle } from '../support/breaker-rig.ts';

const slowMs = 100;
const order = { by: 'ada', why: 'test' };

const started = (settings: CircuitBreakerSettingsInput) =>
  breakerRig({ callTimeoutMs: 0, openDurationMs: 60_000, ...settings });

/**
 * Makes calls one after the other: `s` succeeds, `f` fails, in capitals slowly; `=` takes exactly
 * as long as a call may; `.` lets a second pass.
 *
 * @returns the states after each of them, as `c` and `o`.
 */
async function statesAfter(settings: CircuitBreakerSettingsInput, calls: string): Promise<string> {
  const { breaker, clock } = started(settings);
  let states = '';
  for (const kind of calls) {
    if (kind === '.') clock.advance(1_000);
    else {
      const call = openCall(breaker);
      if (kind === 'S' || kind === 'F') clock.advance(slowMs + 1);
      if (kind === '=') clock.advance(slowMs);
      if (kind === 'f' || kind === 'F') call.reject(new Error('down'));
      else call.resolve('ok');
      await settle();
    }
    states += breaker.state[0];
  }
  return states;
}

const count = (size: number, callCountMin = size): CircuitBreakerSettingsInput => ({
  window: { kind: 'count', size },
  callCountMin,
});
const seconds = (durationS: number, callCountMin: number): CircuitBreakerSettingsInput => ({
  window: { kind: 'time', durationMs: durationS * 1_000, bucketCount: durationS },
  callCountMin,
});
const slow = { slowCallMs: slowMs, slowCallRatioMax: 0.5, failureRatioMax: 1 };

describe('"failure rate and slow call rate thresholds"', () => {
  it.each([
    ['opens when the failure rate equals the threshold', count(4), 'ssff', 'ccco'],
    ['stays closed while it is below', count(4), 'sssf', 'cccc'],
    ['opens when it is above', count(4), 'sfff', 'ccco'],
    ['is not judged with 9 of 10 calls, all failed', count(10), 'fffffffff', 'ccccccccc'],
    ['is judged with the tenth', count(10), 'ffffffffff', 'ccccccccco'],
    ['is judged by a success, too', count(4), 'fffs', 'ccco'],
    [
      'opens when the slow call rate equals the threshold',
      { ...count(4), ...slow },
      'ssSS',
      'ccco',
    ],
    ['counts slow failures as slow', { ...count(4), ...slow }, 'ssFS', 'ccco'],
    ['takes a call of exactly the duration for quick', { ...count(4), ...slow }, 'ss==', 'cccc'],
    ['stays closed below the slow call rate', { ...count(4), ...slow }, 'sssS', 'cccc'],
    ['needs the least number of calls for it', { ...count(4), ...slow }, 'SSS', 'ccc'],
    [
      'adds neither rate to the other',
      { ...count(4), ...slow, failureRatioMax: 0.5 },
      'ssSf',
      'cccc',
    ],
    ['knows no slow call without a duration', count(4), 'SSSS', 'cccc'],
  ])('%s', async (_, settings, calls, states) => {
    expect(await statesAfter(settings, calls)).toBe(states);
  });
});

describe('"count-based sliding window"', () => {
  it.each([
    ['judges the last calls only: an old failure is evicted', count(4), 'fsssf', 'ccccc'],
    ['opens as soon as those are bad enough', count(4), 'fsssff', 'ccccco'],
    ['is judged before it is full', count(10, 2), 'ff', 'co'],
    ['that is smaller than the least number is judged when full', count(2, 10), 'ff', 'co'],
  ])('%s', async (_, settings, calls, states) => {
    expect(await statesAfter(settings, calls)).toBe(states);
  });
});

describe('"time-based sliding window"', () => {
  it.each([
    ['adds up the seconds of the window', seconds(3, 4), 's.s.ff', 'ccccco'],
    ['evicts the oldest second as a whole', seconds(3, 4), 'ff...ff', 'ccccccc'],
    ['keeps what is younger than the window', seconds(3, 4), 'ff..ff', 'ccccco'],
    ['has no bound of calls', seconds(3, 4), 'sssssff.fff', 'cccccccccco'],
    ['forgets slow calls as failures', { ...seconds(3, 4), ...slow }, 'SS...ss', 'ccccccc'],
  ])('%s', async (_, settings, calls, states) => {
    expect(await statesAfter(settings, calls)).toBe(states);
  });
});

describe('"half open"', () => {
  const half = { ...count(2), probeCount: 4, probeConcurrencyMax: 4, probeSuccessRatioMin: 0.75 };

  async function probing(settings: CircuitBreakerSettingsInput = {}) {
    const rig = started({ ...half, ...settings });
    await rig.fail(2);
    expect(rig.breaker.state).toBe('open');
    rig.clock.advance(59_999);
    expect(openCall(rig.breaker).isStarted).toBe(false);
    rig.clock.advance(1);
    return { ...rig, probes: Array.from({ length: 5 }, () => openCall(rig.breaker)) };
  }

  it('comes after the wait, permits as many calls as it says, rejects others', async () => {
    const { probes, breaker } = await probing();
    expect(probes.map(({ isStarted }) => isStarted)).toEqual([true, true, true, true, false]);
    expect(breaker.state).toBe('halfOpen');
  });

  it.each([
    ['closes when enough of them succeed', 'sssf', 'closed'],
    ['opens again when too many fail', 'ffss', 'open'],
    ['opens again when too many are slow', 'SSss', 'open'],
  ])('%s', async (_, results, state) => {
    const { probes, breaker, clock } = await probing({ slowCallMs: slowMs });
    for (const [at, kind] of [...results].entries()) {
      if (kind === 'f') probes[at]!.reject(new Error('down'));
      if (kind === 's') probes[at]!.resolve('ok');
    }
    await settle();
    clock.advance(slowMs + 1);
    for (const [at, kind] of [...results].entries()) if (kind === 'S') probes[at]!.resolve('ok');
    await settle();
    expect(breaker.state).toBe(state);
  });

  it('differs: half of the probes failing closes, as early as it is certain', async () => {
    const { probes, breaker } = await probing({ probeSuccessRatioMin: 0.5 });
    probes[0]!.reject(new Error('down'));
    probes[1]!.resolve('ok');
    await settle();
    expect(breaker.state).toBe('halfOpen');
    probes[2]!.resolve('ok');
    await settle();
    expect(breaker.state).toBe('closed');
  });
});

describe('exceptions and special states', () => {
  it('count what is no failure as a success', async () => {
    const { breaker } = started(count(2));
    breaker.classify({ isFailure: (error) => (error as Error).message === 'down' });
    for (let i = 0; i < 2; i += 1) {
      await breaker.execute(() => Promise.reject(new Error('not found'))).catch(() => {});
    }
    expect(breaker.metrics()).toMatchObject({ state: 'closed', successCount: 2 });
  });

  it('FORCED_OPEN denies all, DISABLED and METRICS_ONLY allow all', async () => {
    const { breaker, fail } = started(count(2));
    breaker.isolate(order);
    expect(openCall(breaker).isStarted).toBe(false);
    breaker.reset(order);
    for (const act of ['disable', 'metricsOnly'] as const) {
      breaker[act](order);
      await fail(4);
      expect(openCall(breaker).isStarted).toBe(true);
      breaker.enable(order);
    }
  });
});
