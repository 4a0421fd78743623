/** The fast breaker equals the naive one, for every sequence of calls and results that is found. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CircuitBreakerSettingsInput } from '../../config/circuit-breaker.ts';
import { breakerRig, openCall, settle } from '../support/breaker-rig.ts';
import { NaiveBreaker } from '../support/naive-breaker.ts';

const runs = process.env.KINTSUGI_RUNS === 'full' ? 10_000 : 500;

const settings = fc
  .record({
    failureCountMax: fc.integer({ min: 1, max: 3 }),
    callTimeoutMs: fc.constantFrom(0, 0, 7, 20),
    openDurationMs: fc.constantFrom(5, 10),
    probeCount: fc.integer({ min: 1, max: 3 }),
    probeSuccessRatioMin: fc.constantFrom(0.3, 0.6, 1),
    probeConcurrencyMax: fc.integer({ min: 1, max: 3 }),
  })
  .map(
    ({ failureCountMax, probeConcurrencyMax, ...rest }): CircuitBreakerSettingsInput => ({
      ...rest,
      window: { kind: 'consecutive', failureCountMax },
      openBackoff: { maxMs: 30, jitterRatio: 0.5 },
      probeConcurrencyMax: Math.min(probeConcurrencyMax, rest.probeCount),
    }),
  );

const pick = fc.nat({ max: 1_000 });
const finish = fc.record({ kind: fc.constant('finish' as const), pick, ok: fc.boolean() });
const command = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('start' as const), can: fc.boolean() }) },
  { weight: 8, arbitrary: finish },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('call' as const), ok: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort' as const), pick }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      ms: fc.integer({ max: 12, min: 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('isolate' as const),
      forMs: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const), settings }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('turn' as const),
      finishes: fc.array(finish, { minLength: 2, maxLength: 5 }),
    }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

const order = { by: 'ada', why: 'test' };
const statesSeen = new Set<string>();

class Pair {
  readonly rig;
  readonly naive;
  readonly #calls: { call: ReturnType<typeof openCall>; caller: AbortController }[] = [];

  constructor(initial: CircuitBreakerSettingsInput) {
    this.rig = breakerRig(initial);
    this.naive = new NaiveBreaker(initial);
  }

  async run(command: Command): Promise<void> {
    const { rig, naive } = this;
    switch (command.kind) {
      case 'start':
        return this.#start(command.can);
      case 'finish':
        return this.#finish(command);
      case 'call':
        return this.#callAtOnce(command.ok);
      case 'abort': {
        const number = command.pick % Math.max(1, this.#calls.length);
        // The caller of a call without a signal cannot abort it.
        if (this.#calls[number]?.call.signal?.aborted !== false) return;
        if (!this.#canAbort.has(number)) return;
        naive.abort(number);
        return this.#calls[number].caller.abort('given up');
      }
      case 'advance':
        naive.clock.advance(command.ms);
        return rig.clock.advance(command.ms);
      case 'isolate': {
        const expiresAtMs = command.forMs && rig.clock.now() + command.forMs;
        naive.isolate(expiresAtMs);
        return rig.breaker.isolate({ ...order, expiresAtMs });
      }
      case 'reset':
        naive.reset();
        return rig.breaker.reset(order);
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

  readonly #canAbort = new Set<number>();

  #start(can: boolean): void {
    const number = this.naive.start();
    const caller = new AbortController();
    const call = openCall(this.rig.breaker, can ? caller : undefined);
    expect(call.isStarted).toBe(number !== undefined);
    if (number === undefined) return;
    this.#calls[number] = { call, caller };
    if (can) this.#canAbort.add(number);
  }

  #finish({ pick, ok }: { readonly pick: number; readonly ok: boolean }): void {
    const number = pick % Math.max(1, this.#calls.length);
    this.naive.finish(number, ok);
    if (ok) this.#calls[number]?.call.resolve('ok');
    else this.#calls[number]?.call.reject(new Error('down'));
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
    if (number !== undefined)
      this.#calls[number] = { call: openCallThatEnded, caller: new AbortController() };
  }

  compare(): void {
    const { breaker, actor } = this.rig;
    const { value, context } = this.naive.snapshot;
    const metrics = breaker.metrics();
    const fast = actor.getSnapshot();
    statesSeen.add(value);
    expect({
      state: breaker.state,
      value: fast.value,
      admits: breaker.admits,
      generation: metrics.generation,
      failureCount: metrics.consecutiveFailureCount,
      probesInFlight: metrics.probesInFlightCount,
      probes: [fast.context.probeSuccessCount, fast.context.probeFailureCount],
      open: [fast.context.openCount, fast.context.openDurationMs, fast.context.openUntilMs],
      isolation: fast.context.isolation,
    }).toEqual({
      state: value,
      value,
      admits: this.naive.admits,
      generation: context.generation,
      failureCount: value === 'closed' ? context.failureCount : 0,
      probesInFlight: value === 'halfOpen' ? this.naive.probesInFlight : 0,
      probes: [context.probeSuccessCount, context.probeFailureCount],
      open: [context.openCount, context.openDurationMs, context.openUntilMs],
      isolation: context.isolation,
    });
    const reports = this.rig.sent.filter((event) => event.type === 'CALLS_COUNTED');
    expect(new Set(reports.map((report) => report.generation)).size).toBe(reports.length);
  }
}

const openCallThatEnded = {
  isStarted: true,
  signal: undefined,
  outcome: Promise.resolve({ value: 'ok', error: undefined as unknown }),
  resolve: () => {},
  reject: () => {},
};

it('admits, counts and decides as the naive breaker does, call by call', async () => {
  await fc.assert(
    fc.asyncProperty(
      settings,
      fc.array(command, { maxLength: 60, size: 'max' }),
      async (initial, commands) => {
        const pair = new Pair(initial);
        for (const next of commands) {
          await pair.run(next);
          await settle();
          pair.compare();
        }
      },
    ),
    { numRuns: runs },
  );
  expect([...statesSeen].sort()).toEqual(['closed', 'halfOpen', 'isolated', 'open']);
});
