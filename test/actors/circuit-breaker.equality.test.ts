/** The fast breaker equals the naive one, for every sequence of calls and results that is found. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CircuitBreakerSettingsInput } from '../../config/circuit-breaker.ts';
import { breakerRig, openCall, settle } from '../support/breaker-rig.ts';
import { NaiveBreaker } from '../support/naive-breaker.ts';

const runs = process.env.KINTSUGI_RUNS === 'full' ? 10_000 : 500;

const share = fc.constantFrom(0.3, 0.5, 1);
const windows = fc.oneof(
  fc.record({
    window: fc.record({
      kind: fc.constant('consecutive' as const),
      failureCountMax: fc.integer({ min: 1, max: 3 }),
    }),
  }),
  fc.record({
    window: fc.oneof(
      fc.record({ kind: fc.constant('count' as const), size: fc.integer({ min: 1, max: 6 }) }),
      fc.constantFrom(
        { kind: 'time' as const, durationMs: 12, bucketCount: 3 },
        { kind: 'time' as const, durationMs: 40, bucketCount: 4 },
        { kind: 'time' as const, durationMs: 9, bucketCount: 1 },
      ),
    ),
    failureRatioMax: share,
    slowCallMs: fc.constantFrom(0, 0, 3, 6),
    slowCallRatioMax: share,
    callCountMin: fc.integer({ min: 1, max: 4 }),
  }),
);

const settings = fc
  .record({
    windows,
    callTimeoutMs: fc.constantFrom(0, 0, 7, 20),
    openDurationMs: fc.constantFrom(5, 10),
    probeCount: fc.integer({ min: 1, max: 3 }),
    probeSuccessRatioMin: fc.constantFrom(0.3, 0.6, 1),
    probeConcurrencyMax: fc.integer({ min: 1, max: 3 }),
  })
  .map(
    ({ windows, probeConcurrencyMax, ...rest }): CircuitBreakerSettingsInput => ({
      ...rest,
      ...windows,
      openBackoff: { maxMs: 30, jitterRatio: 0.5 },
      probeConcurrencyMax: Math.min(probeConcurrencyMax, rest.probeCount),
    }),
  );

const pick = fc.nat({ max: 1_000 });
const finish = fc.record({ kind: fc.constant('finish' as const), pick, ok: fc.boolean() });
const kind = <K extends string>(name: K) => fc.constant(name);
const command = fc.oneof(
  { weight: 24, arbitrary: fc.record({ kind: kind('start'), canAbort: fc.boolean() }) },
  { weight: 24, arbitrary: finish },
  { weight: 6, arbitrary: fc.record({ kind: kind('call'), ok: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ kind: kind('abort'), pick }) },
  {
    weight: 20,
    arbitrary: fc.record({ kind: kind('advance'), ms: fc.integer({ min: 1, max: 12 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('order'),
      type: fc.constantFrom('ISOLATE', 'DISABLE', 'METRICS_ONLY', 'METRICS_ONLY'),
      forMs: fc.constantFrom(4, 9, 40, undefined),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: kind('release'), type: fc.constantFrom('RESET', 'ENABLE') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('checkpoint') }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('change'), settings }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: kind('turn'), finishes: fc.array(finish, { minLength: 2 }) }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

const order = { by: 'ada', why: 'test' };
const orders = { ISOLATE: 'isolate', DISABLE: 'disable', METRICS_ONLY: 'metricsOnly' } as const;
const releases = { RESET: 'reset', ENABLE: 'enable' } as const;
/** What happened in all runs together: a property that nothing happened in proves nothing. */
const seen: Record<string, number> = {};

const mustBeSeen = [
  ...['closed', 'open', 'halfOpen', 'isolated', 'disabled', 'CALLS_COUNTED', 'CALL_SUCCEEDED'],
  ...['{"metricsOnly":"closed"}', '{"metricsOnly":"open"}', '{"metricsOnly":"halfOpen"}'],
  ...['CALL_FAILED', 'uncountedCount', 'failureRatio', 'slowCallRatio', 'count', 'time', 'probes'],
  ...['abortCount', 'lateCount', 'timeoutCount', 'rejectionCount', 'openedCount', 'successCount'],
];

class Pair {
  readonly rig;
  readonly naive;
  /** By number; undefined: it has ended already, or was answered at once. */
  readonly #calls: ((ReturnType<typeof openCall> & { caller?: AbortController }) | undefined)[] =
    [];

  constructor(initial: CircuitBreakerSettingsInput) {
    this.rig = breakerRig(initial);
    this.naive = new NaiveBreaker(initial);
  }

  async run(command: Command): Promise<void> {
    const { rig, naive } = this;
    switch (command.kind) {
      case 'start':
        return this.#start(command.canAbort);
      case 'finish':
        return this.#finish(command);
      case 'call':
        return this.#callAtOnce(command.ok);
      case 'abort':
        return this.#abort(command.pick);
      case 'advance':
        naive.clock.advance(command.ms);
        return rig.clock.advance(command.ms);
      case 'order': {
        const expiresAtMs = command.forMs && rig.clock.now() + command.forMs;
        naive.order(command.type, expiresAtMs);
        return rig.breaker[orders[command.type]]({ ...order, expiresAtMs });
      }
      case 'release':
        naive.release(command.type);
        return rig.breaker[releases[command.type]](order);
      case 'checkpoint':
        return rig.breaker.checkpoint();
      case 'change':
        naive.change(command.settings);
        return rig.change(command.settings);
      case 'turn':
        rig.beginTurn();
        for (const one of command.finishes) {
          this.#finish(one);
          await settle();
        }
        return rig.endTurn();
    }
  }

  #start(canAbort: boolean): void {
    const number = this.naive.start(canAbort);
    const caller = canAbort ? new AbortController() : undefined;
    const call = openCall(this.rig.breaker, caller);
    expect(call.isStarted).toBe(number !== undefined);
    if (number !== undefined) this.#calls[number] = { ...call, caller };
  }

  /** One of the latest calls: most earlier ones have ended. */
  #recent(pick: number): number {
    const { length } = this.#calls;
    return length - 1 - (pick % Math.max(1, Math.min(6, length)));
  }

  #abort(pick: number): void {
    const number = this.#recent(pick);
    const caller = this.#calls[number]?.caller;
    if (!caller) return;
    this.naive.abort(number);
    caller.abort('given up');
  }

  #finish({ pick, ok }: { readonly pick: number; readonly ok: boolean }): void {
    const number = this.#recent(pick);
    this.naive.finish(number, ok);
    if (ok) this.#calls[number]?.resolve('ok');
    else this.#calls[number]?.reject(new Error('down'));
  }

  /** A callee that returns a value, or throws, before `execute` returns. */
  #callAtOnce(ok: boolean): void {
    const number = this.naive.start();
    if (number !== undefined) this.naive.finish(number, ok);
    let isStarted = false;
    this.rig.breaker
      .execute(() => {
        isStarted = true;
        if (!ok) throw new Error('thrown');
      })
      .catch(() => {});
    expect(isStarted).toBe(number !== undefined);
    if (number !== undefined) this.#calls[number] = undefined;
  }

  tally(): void {
    const counts = Object.entries({ ...this.rig.breaker.metrics() });
    for (const [name, count] of counts) {
      if (typeof count === 'number') seen[name] = (seen[name] ?? 0) + count;
    }
    for (const { type } of this.rig.sent) seen[type] = (seen[type] ?? 0) + 1;
  }

  compare(): void {
    const { breaker, actor } = this.rig;
    const { value, context } = this.naive.snapshot;
    const metrics = breaker.metrics();
    const fast = actor.getSnapshot();
    note(value);
    const told = fast.context.evidence;
    if (told) note(told.kind === 'ratio' ? told.reason : told.kind);
    if (told?.kind === 'ratio') note(told.window.kind);
    const { phase } = this.naive;
    expect({
      state: breaker.state,
      value: fast.value,
      admits: breaker.admits,
      generation: metrics.generation,
      failureCount: metrics.consecutiveFailureCount,
      window: metrics.window,
      probesInFlight: metrics.probesInFlightCount,
      probes: [fast.context.probeSuccessCount, fast.context.probeFailureCount],
      open: [fast.context.openCount, fast.context.openDurationMs, fast.context.openUntilMs],
      evidence: told && { ...told, why: null },
      order: fast.context.order,
    }).toEqual({
      state: typeof value === 'string' ? value : 'metricsOnly',
      value,
      admits: this.naive.admits,
      generation: context.generation,
      failureCount: phase === 'closed' ? context.failureCount : 0,
      window: this.naive.counts,
      probesInFlight: phase === 'halfOpen' ? this.naive.probesInFlight : 0,
      probes: [context.probeSuccessCount, context.probeFailureCount],
      open: [context.openCount, context.openDurationMs, context.openUntilMs],
      evidence: context.evidence && { ...context.evidence, why: null },
      order: context.order,
    });
    expect(metrics.inFlightCount).toBe(this.#inFlightCount());
    const reports = this.rig.sent.filter(
      (event) => event.type === 'CALLS_COUNTED' && event.why !== undefined,
    ) as { generation: number }[];
    expect(new Set(reports.map((report) => report.generation)).size).toBe(reports.length);
  }

  /** Calls that nobody has ended: not the test, not their callers, not their deadlines. */
  #inFlightCount(): number {
    return this.#calls.filter((call, number) => call && this.naive.isRunning(number)).length;
  }
}

const note = (what: unknown) => {
  const name = typeof what === 'string' ? what : JSON.stringify(what);
  seen[name] = (seen[name] ?? 0) + 1;
};

it('admits, counts and decides as the naive breaker does, call by call', async () => {
  await fc.assert(
    fc.asyncProperty(
      settings,
      fc.array(command, { minLength: 1, maxLength: 100, size: 'max' }),
      async (initial, commands) => {
        const pair = new Pair(initial);
        for (const next of commands) {
          await pair.run(next);
          await settle();
          pair.compare();
        }
        pair.tally();
      },
    ),
    { numRuns: runs },
  );
  for (const what of mustBeSeen) expect(seen[what], what).toBeGreaterThan(runs / 10);
});
