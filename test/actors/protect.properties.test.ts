/** Any settings, any callees, any order of events: nothing leaks, every bound holds. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ProtectRigOptions } from '../support/protect-rig.ts';
import { protectRig, watch } from '../support/protect-rig.ts';
import { type Behaviour, behaviours, ProtectWorld } from '../support/protect-world.ts';

const runs = process.env['KINTSUGI_RUNS'] === 'full' ? 20_000 : 600;

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const small = (min: number, max: number) => fc.integer({ min, max });

const settings: fc.Arbitrary<ProtectRigOptions<never>> = fc
  .record({
    timeoutMs: maybe(small(20, 120)),
    attemptTimeoutMs: maybe(small(1, 60)),
    retry: maybe(
      fc.record({
        attemptCountMax: small(1, 4),
        minMs: small(0, 20),
        maxMs: fc.constant(60),
        jitter: fc.constantFrom('none' as const, 'full' as const, 'decorrelated' as const),
        budgetCountMax: small(0, 6),
        budgetRatio: fc.constantFrom(0, 0.2, 1),
      }),
    ),
    bulkhead: maybe(
      fc.record({
        concurrencyMax: small(1, 3),
        queueCountMax: small(0, 4),
        quietMs: small(1, 100),
      }),
    ),
    rateLimit: maybe(
      fc.record({
        kind: fc.constantFrom('slidingWindow' as const, 'tokenBucket' as const),
        callCountMax: small(1, 4),
        periodMs: small(1, 60),
        burstCountMax: small(1, 3),
        waitMaxMs: fc.constantFrom(0, 10, 1_000),
        quietMs: small(1, 100),
      }),
    ),
    breaker: maybe(
      fc.record({
        window: fc.record({
          kind: fc.constant('consecutive' as const),
          failureCountMax: small(1, 4),
        }),
        openDurationMs: small(1, 60),
        callTimeoutMs: fc.constantFrom(0, 0, 30),
      }),
    ),
  })
  .map(({ timeoutMs, attemptTimeoutMs, ...rest }) => ({
    ...rest,
    timeoutMs,
    attemptTimeoutMs: attemptTimeoutMs && Math.min(attemptTimeoutMs, timeoutMs ?? 60),
  }));

type Step = fc.AsyncCommand<object, ProtectWorld>;

const step = (name: string, run: (world: ProtectWorld) => Promise<void>): Step => ({
  check: () => true,
  run: async (_, world) => {
    await run(world);
    world.check();
  },
  toString: () => name,
});

const commands = fc.commands(
  [
    fc
      .constantFrom<Behaviour>(...behaviours)
      .map((kind) => step(kind, (world) => world.call(kind))),
    fc
      .record({ index: fc.nat(9), ok: fc.boolean() })
      .map(({ index, ok }) => step(`end ${index} ${ok}`, (world) => world.finish(index, ok))),
    fc.nat(9).map((index) => step(`abort ${index}`, (world) => world.abort(index))),
    small(1, 60).map((ms) => step(`advance ${ms}`, (world) => world.advance(ms))),
  ],
  { maxCommands: 30, size: 'max' },
);

it('keeps every bound, ends every call once, and leaves nothing behind', async () => {
  await fc.assert(
    fc.asyncProperty(settings, commands, async (options, steps) => {
      const world = new ProtectWorld(options);
      await fc.asyncModelRun(() => ({ model: {}, real: world }), steps);
      await world.end();
    }),
    { numRuns: runs },
  );
}, 600_000);

it('does the same again: time and chance are its own', async () => {
  const trace = async () => {
    const world = new ProtectWorld({
      timeoutMs: 500,
      retry: { jitter: 'decorrelated', minMs: 5 },
      bulkhead: { concurrencyMax: 2, queueCountMax: 10 },
      rateLimit: { callCountMax: 3, periodMs: 50, waitMaxMs: 400 },
    });
    for (const kind of behaviours) await world.call(kind);
    await world.advance(600);
    return [world.runs.map(({ call, atMs }) => [call, atMs]), world.rig.call.metrics()];
  };
  expect(await trace()).toEqual(await trace());
});

it('bears 100,000 calls at once, in their order', async () => {
  const count = 100_000;
  const { call, clock } = protectRig({
    timeoutMs: 5_000,
    retry: {},
    breaker: {},
    bulkhead: { concurrencyMax: 10, queueCountMax: count },
  });
  const order: number[] = [];
  const gate = Promise.withResolvers<void>();
  const calls = Array.from({ length: count }, (_, index) =>
    call(async () => {
      order.push(index);
      await gate.promise;
      return index;
    }),
  );
  expect(call.metrics()).toMatchObject({ inFlightCount: count, runningCount: 10 });
  gate.resolve();
  expect(await Promise.all(calls)).toEqual(order);
  expect(order.every((index, at) => index === at)).toBe(true);
  expect(call.metrics()).toMatchObject({ succeededCount: count, inFlightCount: 0 });
  clock.advance(10_000);
  expect(clock.pendingCount).toBe(0);
});

it('ends 100,000 waiting calls at their deadline, without starting one of them', async () => {
  const count = 100_000;
  const { call, clock } = protectRig({
    timeoutMs: 100,
    bulkhead: { concurrencyMax: 1, queueCountMax: count },
  });
  let started = 0;
  const watched = Array.from({ length: count }, () =>
    watch(
      call(() => {
        started += 1;
        return new Promise(() => {});
      }),
    ),
  );
  clock.advance(100);
  await Promise.resolve();
  expect(started).toBe(1);
  expect(watched.every(({ outcome }) => outcome && 'error' in outcome)).toBe(true);
  expect(call.metrics()).toMatchObject({
    failed: { timeout: 1 },
    rejected: { timeout: count - 1 },
    runningCount: 0,
    queuedCount: 0,
  });
});

it('lets 100,000 calls through whose callees end at once, without filling the stack', async () => {
  const count = 100_000;
  const { call } = protectRig({ bulkhead: { concurrencyMax: 1, queueCountMax: count } });
  const gate = Promise.withResolvers<number>();
  const calls = [call(() => gate.promise)];
  for (let i = 1; i < count; i += 1) calls.push(call(() => i));
  gate.resolve(0);
  expect((await Promise.all(calls)).at(-1)).toBe(count - 1);
});
