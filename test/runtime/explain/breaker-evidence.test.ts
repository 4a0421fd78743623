/** Decisions of breakers: their evidence in words, and judged again by the same rules. */
import { describe, expect, it } from 'vitest';
import { circuitBreakerChild } from '../../../actors/circuit-breaker.ts';
import { circuitBreakerSettingsSchema } from '../../../config/circuit-breaker.ts';
import { type Decision, judge } from '../../../runtime/explain/evidence.ts';
import type { Happening } from '../../../runtime/explain/explanation.ts';
import { judgementLines } from '../../../runtime/explain/happening-text.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { explained } from '../../support/explained.ts';

const path = '/breakers/b';
const settings = {
  window: { kind: 'consecutive', failureCountMax: 2 },
  openDurationMs: 1_000,
  probeCount: 2,
  probeSuccessRatioMin: 1,
} as const;

const fail = (runtime: Runtime, at = 0) =>
  runtime.send(path, { type: 'CALL_FAILED', at, why: 'HTTP 503' });
const succeed = (runtime: Runtime, at: number) =>
  runtime.send(path, { type: 'CALL_SUCCEEDED', at });

/** Seqs: 1 start, 2 settings, 3 supervisor, 4 breaker; then what is played. */
const breaker = (play: Parameters<typeof explained>[1]) =>
  explained([], (runtime, clock) => {
    runtime.breaker('b', settings);
    return play(runtime, clock);
  });

const judgementsOf = (happened: readonly Happening[]) =>
  happened.flatMap((one) => (one.kind === 'fact' && one.judgement ? [one.judgement] : []));

describe('a trip', () => {
  it('is told with its window and comes to the same decision again', async () => {
    const { why, section } = await breaker((runtime) => {
      fail(runtime);
      fail(runtime);
    });
    expect(judgementsOf((await why(5)).happened)).toEqual([]);
    expect(judgementsOf((await why(6)).happened)).toEqual([
      {
        text:
          'opened for 1 s, until 1970-01-01T00:00:01.000Z: ' +
          '2 failures in a row reached the limit of 2; the last one: HTTP 503',
        checks: [
          { what: 'failures in a row', expected: 2, actual: 2 },
          { what: 'limit in the settings', expected: 2, actual: 2 },
          { what: 'the run is too long', expected: true, actual: true },
          { what: 'open for, ms', expected: 1_000, actual: 1_000 },
          { what: 'open until, ms', expected: 1_000, actual: 1_000 },
          { what: 'opens in a row', expected: 1, actual: 1 },
        ],
        agrees: true,
      },
    ]);
    expect(await section(6, 'Decided')).toEqual([
      `${path} opened for 1 s, until 1970-01-01T00:00:01.000Z: ` +
        '2 failures in a row reached the limit of 2; the last one: HTTP 503',
      '  evaluated again: agrees (6 checks)',
    ]);
    expect(await section(5, 'What happened')).toContain(
      '  guard isTrip is false (circuitBreaker.closed on.CALL_FAILED), not taken',
    );
  });

  it('by a run that the fast path counted is judged by that run', async () => {
    const { why } = await breaker((runtime) =>
      runtime.send(path, { type: 'CALLS_COUNTED', at: 0, generation: 0, failureCount: 7 }),
    );
    const [judgement] = judgementsOf((await why(5)).happened);
    expect(judgement).toMatchObject({ agrees: true });
    expect(judgement!.text).toContain('7 failures in a row reached the limit of 2');
  });
});

describe('later decisions', () => {
  it('are judged too: probes, a second opening, the closing', async () => {
    const { why } = await breaker(async (runtime, clock) => {
      fail(runtime);
      fail(runtime);
      await clock.advance(1_000);
      succeed(runtime, 1_000);
      fail(runtime, 1_000);
      await clock.advance(10_000);
      succeed(runtime, 11_000);
      succeed(runtime, 11_000);
    });
    const told = async (seq: number) =>
      judgementsOf((await why(seq)).happened).map(({ text, agrees }) => [agrees, text]);
    expect(await told(7)).toEqual([
      [true, 'admits 2 probes, because its 1 s are over: 2 must succeed'],
    ]);
    expect(await told(9)).toEqual([
      [
        true,
        expect.stringContaining(
          '1 of 2 probes failed and 1 succeeded: 2 had to succeed (ratio 1); ' +
            'the last one: HTTP 503',
        ),
      ],
    ]);
    expect(await told(12)).toEqual([[true, 'closed: 2 of 2 probes succeeded, 2 had to (ratio 1)']]);
  });

  it('are judged too: isolation, its end, and a reset by an operator', async () => {
    const { why } = await breaker(async (runtime, clock) => {
      const order = { type: 'ISOLATE', at: 0, by: 'Ann', why: 'drill' };
      runtime.send(path, { ...order, expiresAtMs: 500 });
      await clock.advance(500);
      runtime.send(path, order);
      runtime.send(path, { type: 'RESET', at: 500, by: 'Bob', why: 'over' });
    });
    const told = async (seq: number) =>
      judgementsOf((await why(seq)).happened).map(({ text, agrees }) => [agrees, text]);
    expect(await told(5)).toEqual([
      [true, 'held open by Ann until 1970-01-01T00:00:00.500Z: "drill"'],
    ]);
    expect(await told(6)).toEqual([
      [true, 'admits 2 probes, because the isolation has expired: 2 must succeed'],
    ]);
    expect(await told(7)).toEqual([[true, 'held open by Ann until another order: "drill"']]);
    expect(await told(8)).toEqual([[true, 'closed by Bob: over']]);
  });
});

describe('windows that judge shares', () => {
  const play = (given: object, run: Parameters<typeof explained>[1]) =>
    explained([], (runtime, clock) => {
      runtime.breaker('b', given);
      return run(runtime, clock);
    });
  const count = { window: { kind: 'count', size: 4 }, callCountMin: 3 } as const;

  it('are counted again from the results that the entry carries', async () => {
    const { why } = await play(count, async (runtime) => {
      const breaker = runtime.breaker('b');
      for (const ok of [true, false, false]) {
        await breaker.execute(() => (ok ? 1 : Promise.reject(new Error('down')))).catch(() => {});
      }
    });
    const [judgement] = judgementsOf((await why(5)).happened);
    expect(judgement).toMatchObject({ agrees: true });
    expect(judgement!.text).toBe(
      'opened for 60 s, until 1970-01-01T00:01:00.000Z: 2 of the last 3 calls failed: ' +
        'a ratio of 0.6667 reached the limit of 0.5; the last one: Error: down',
    );
    expect(judgement!.checks.map(({ what }) => what)).toContain('share that failed');
  });

  it('name the duration that slow calls took, and the time that was looked at', async () => {
    const window = { kind: 'time', durationMs: 5_000, bucketCount: 5 };
    const given = { window, callCountMin: 2, slowCallMs: 100, slowCallRatioMax: 0.5 };
    const { why } = await play(given, (runtime) => {
      for (const durationMs of [100, 101]) {
        runtime.send(path, { type: 'CALL_SUCCEEDED', at: 0, durationMs });
      }
    });
    const [judgement] = judgementsOf((await why(6)).happened);
    expect([judgement!.agrees, judgement!.text]).toEqual([
      true,
      'opened for 60 s, until 1970-01-01T00:01:00.000Z: 1 of the last 2 calls of 5 s took longer ' +
        'than 100 ms: a ratio of 0.5 reached the limit of 0.5',
    ]);
  });

  it('are judged in a dry run too, as are the orders around it', async () => {
    const { why } = await play({ ...settings, probeCount: 1 }, async (runtime, clock) => {
      const order = { at: 0, by: 'Ann', why: 'drill' };
      runtime.send(path, { type: 'DISABLE', ...order });
      runtime.send(path, { type: 'METRICS_ONLY', ...order, expiresAtMs: 9_000 });
      fail(runtime);
      fail(runtime);
      await clock.advance(1_000);
      succeed(runtime, 1_000);
      await clock.advance(9_000);
      runtime.send(path, { type: 'DISABLE', ...order });
      runtime.send(path, { type: 'ENABLE', ...order });
    });
    const told = await Promise.all(
      [5, 6, 8, 10, 11, 13].map(async (seq) => judgementsOf((await why(seq)).happened)),
    );
    expect(told.flat().map(({ agrees, text }) => [agrees, text])).toEqual([
      [true, 'switched off by Ann until another order: "drill"'],
      [true, 'made to measure only by Ann until 1970-01-01T00:00:09.000Z: "drill"'],
      [true, expect.stringContaining('would open for 1 s, until 1970-01-01T00:00:01.000Z: 2 fail')],
      [true, 'would close: 1 of 1 probe succeeded, 1 had to (ratio 1)'],
      [true, 'enabled, because the order that held it has expired'],
      [true, 'enabled by Ann: drill'],
    ]);
  });
});

describe('a judgement', () => {
  const parsed = circuitBreakerSettingsSchema.parse(settings);
  const before = { settings: parsed, seed: 1, generation: 0, failureCount: 0, openCount: 0 };
  const evidence = { kind: 'consecutive', failureCount: 2, failureCountMax: 2, why: null };
  const decision: Decision = {
    fact: {
      ...{ type: 'breaker.opened', openCount: 1, openDurationMs: 1_000, openUntilMs: 1_000 },
      evidence,
    },
    event: { type: 'CALL_FAILED', at: 0 },
    before: { ...before, failureCount: 1 },
    after: undefined,
  };

  it('disagrees when the rules come to something else, and says where', () => {
    const honest = judge('circuitBreaker', decision)!;
    expect(honest.agrees).toBe(true);
    const early = judge('circuitBreaker', { ...decision, before })!;
    expect(early.agrees).toBe(false);
    expect(judgementLines(early).slice(1)).toEqual([
      'evaluated again: DISAGREES',
      '  failures in a row: the rules say 1, the journal 2',
      '  the run is too long: the rules say false, the journal true',
    ]);
    const longer = { ...decision, fact: { ...decision.fact, openDurationMs: 2_000 } };
    expect(judge('circuitBreaker', longer)!.agrees).toBe(false);
    const ratio = { kind: 'ratio', reason: 'failureRatio', callCount: 1, failureCount: 1 };
    const window = { kind: 'count', size: 4 };
    const shared = { ...decision.fact, evidence: { ...ratio, slowCount: 0, window } };
    expect(judge('circuitBreaker', { ...decision, fact: shared })!.agrees).toBe(false);
    const groundless = { ...decision, fact: { ...decision.fact, evidence: null } };
    expect(judge('circuitBreaker', groundless)!.agrees).toBe(false);
  });

  it('is known for registered facts only; others add theirs', () => {
    expect(judge('circuitBreaker', { ...decision, fact: { type: 'other' } })).toBeUndefined();
    expect(judge('other', decision)).toBeUndefined();
    const known = { other: { 'breaker.opened': () => ({ text: 'so', checks: [] }) } };
    expect(judge('other', decision, known)).toEqual({ text: 'so', checks: [], agrees: true });
    expect(judge('circuitBreaker', { ...decision, event: undefined })).toBeUndefined();
  });

  it('is found for the breakers of this repository by the id of their machine', () => {
    const { logic } = circuitBreakerChild({ id: 'b', settings: '/breakers/b' });
    expect((logic as { id?: string }).id).toBe('circuitBreaker');
  });
});
