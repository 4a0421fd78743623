/** Predicates, orders and ill-behaved callees: what counts, and that counts add up. */
import { describe, expect, it } from 'vitest';
import { breakerRig, openCall, settle } from '../support/breaker-rig.ts';

const order = { by: 'ada', why: 'test' };
const one = { window: { kind: 'consecutive', failureCountMax: 1 }, callTimeoutMs: 0 } as const;
const guarded = { ...one, callTimeoutMs: 500 };

type Metrics = ReturnType<ReturnType<typeof breakerRig>['breaker']['metrics']>;
const ended = (all: Metrics) =>
  all.successCount + all.failureCount + all.abortCount + all.lateCount + all.uncountedCount;

describe.each([
  ['without a limit', one],
  ['with a limit', guarded],
])('predicates %s', (_, settings) => {
  it('tell failures from errors of the caller, which count as successes', async () => {
    const { breaker } = breakerRig(settings);
    breaker.classify({ isFailure: (error) => (error as Error).message !== 'not found' });
    const error = new Error('not found');
    await expect(breaker.execute(() => Promise.reject(error))).rejects.toBe(error);
    expect(breaker.metrics()).toMatchObject({ state: 'closed', successCount: 1 });
    await breaker.execute(() => Promise.reject(new Error('down'))).catch(() => {});
    expect(breaker.state).toBe('open');
  });

  it('find failures among results, which their callers get all the same', async () => {
    const { breaker, sent } = breakerRig(settings);
    breaker.classify({ isFailedResult: (result) => (result as { status: number }).status > 499 });
    expect(await breaker.execute(() => ({ status: 200 }))).toEqual({ status: 200 });
    expect(await breaker.execute(async () => ({ status: 503 }))).toEqual({ status: 503 });
    expect(sent).toMatchObject([{ type: 'CALLS_COUNTED', why: 'a failed result' }]);
  });

  it('that throw make a failure, and are reported once', async () => {
    const { breaker, actor, sent } = breakerRig({
      ...settings,
      window: { kind: 'consecutive', failureCountMax: 3 },
    });
    const facts: unknown[] = [];
    actor.on('breaker.predicateFailed', (fact) => facts.push(fact));
    breaker.classify({
      isFailedResult: () => {
        throw new TypeError('no status');
      },
    });
    for (let call = 0; call < 3; call += 1) expect(await breaker.execute(() => 'ok')).toBe('ok');
    expect(sent.map(({ type }) => type)).toEqual(['PREDICATE_FAILED', 'CALLS_COUNTED']);
    expect(facts).toMatchObject([{ predicate: 'isFailedResult', why: 'TypeError: no status' }]);
    expect(breaker.state).toBe('open');
  });
});

it('a predicate is not asked about calls that ran out of time', () => {
  const { breaker, clock } = breakerRig(guarded);
  breaker.classify({ isFailure: () => false });
  openCall(breaker);
  clock.advance(500);
  expect(breaker.state).toBe('open');
});

it('predicates judge probes as well', async () => {
  const { breaker, clock, fail } = breakerRig(one);
  breaker.classify({ isFailedResult: (result) => result === 'bad' });
  await fail();
  clock.advance(60_000);
  await breaker.execute(() => 'bad');
  expect(breaker.state).toBe('open');
  clock.advance(120_000);
  breaker.classify({ isFailure: () => false });
  await fail();
  expect(breaker.state).toBe('closed');
});

describe('a disabled breaker', () => {
  it('admits all calls, counts none, and keeps their time limit', async () => {
    const { breaker, sent, clock, fail, succeed } = breakerRig(guarded);
    breaker.disable({ ...order, expiresAtMs: 9_000 });
    await fail(7);
    await succeed(2);
    const hanging = openCall(breaker);
    clock.advance(500);
    expect((await hanging.outcome).error).toMatchObject({ code: 'CALL_TIMEOUT' });
    expect(sent.map(({ type }) => type)).toEqual(['DISABLE']);
    expect(breaker.metrics()).toMatchObject({
      ...{ state: 'disabled', callCount: 10, uncountedCount: 10, failureCount: 0 },
      inFlightCount: 0,
    });
    const late = openCall(breaker);
    clock.advance(8_000);
    late.reject(new Error('down'));
    await settle();
    expect(breaker.metrics()).toMatchObject({ state: 'closed', failureCount: 0 });
  });

  it('opens an open breaker to all, and is enabled with clean counts', async () => {
    const { breaker, fail, succeed } = breakerRig(one);
    await fail();
    breaker.enable(order);
    expect(breaker.state).toBe('open');
    breaker.disable(order);
    await succeed();
    breaker.enable(order);
    expect(breaker.metrics()).toMatchObject({ state: 'closed', successCount: 0 });
  });
});

describe('a dry run', () => {
  it('says what the breaker would have done, and refuses nothing', async () => {
    const { breaker, actor, clock, fail, succeed } = breakerRig(one);
    const facts: string[] = [];
    actor.on('*', ({ type, at }) => facts.push(`${at} ${type}`));
    breaker.metricsOnly({ ...order, expiresAtMs: 400_000 });
    await fail();
    await fail(3);
    expect(breaker.metrics()).toMatchObject({
      failureCount: 1,
      uncountedCount: 3,
    });
    clock.advance(60_000);
    await fail();
    clock.advance(120_000);
    await succeed();
    clock.advance(300_000);
    expect(facts).toEqual([
      '1000 breaker.setMetricsOnly',
      '1000 breaker.wouldOpen',
      '61000 breaker.wouldOpen',
      '181000 breaker.wouldClose',
      '400000 breaker.enabled',
    ]);
    expect(breaker.metrics()).toMatchObject({ state: 'closed', rejectionCount: 0 });
  });
});

describe('counts add up', () => {
  it('whatever 100,000 concurrent calls do', async () => {
    const { breaker, clock } = breakerRig({
      window: { kind: 'count', size: 10_000 },
      callCountMin: 10_000,
      failureRatioMax: 1,
      callTimeoutMs: 1_000,
    });
    const settleLater: (() => void)[] = [];
    const caller = new AbortController();
    const never = () => new Promise<string>(() => {});
    const callees = [
      never,
      () => {
        throw new Error('at once');
      },
      () => Promise.reject(undefined),
      () => new Promise<string>((resolve) => settleLater.push(() => resolve('late'))),
      () => breaker.execute(() => 'inner'),
      () => 'ok',
    ];
    const kinds = [
      ...callees.map((callee) => ({ callee, signal: undefined })),
      { callee: never, ...caller },
    ];
    let made = 0;
    for (let call = 0; call < 100_000; call += 1) {
      const { callee } = kinds[call % kinds.length]!;
      const isAborted = call % kinds.length === kinds.length - 1;
      made += call % kinds.length === 4 ? 2 : 1;
      breaker.execute<string>(callee, isAborted ? caller : undefined).catch(() => {});
    }
    await settle();
    const before = breaker.metrics();
    expect([before.callCount, before.callCount - ended(before)]).toEqual([
      made,
      before.inFlightCount,
    ]);
    expect(before.inFlightCount).toBeGreaterThan(40_000);
    caller.abort('enough');
    clock.advance(1_000);
    for (const finish of settleLater) finish();
    await settle();
    breaker.reset(order);
    const after = breaker.metrics();
    expect([after.inFlightCount, ended(after), clock.pendingCount]).toEqual([0, made, 0]);
  });
});
