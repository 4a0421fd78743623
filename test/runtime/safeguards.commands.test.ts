/**
 * Any order of events, orders, crashes and restarts: the safeguards agree with a small model, and
 * never allow what one of them forbids.
 */
import fc from 'fast-check';
import { it } from 'vitest';
import { resetScopes } from '../../machines/policies/safety-reset.ts';
import { type Act, behaviours, childNames, SafeguardWorld } from '../support/safeguard-world.ts';

const runs = process.env['KINTSUGI_RUNS'] === 'full' ? 600 : 25;

type Step = fc.AsyncCommand<object, SafeguardWorld>;

const step = (name: string, act: Act): Step => ({
  check: () => true,
  run: async (_, world) => {
    await world.do(act);
  },
  toString: () => name,
});

const one = <const T>(name: string, values: readonly T[], act: (value: T) => Act) =>
  fc.constantFrom(...values).map((value) => step(`${name} ${JSON.stringify(value)}`, act(value)));

const sources = ['ada', 'feed'] as const;
const levels = ['normal', 'level1', 'level3', 'emergency'] as const;
const order = (by: string) => ({ by, why: 'test' });

const patches = [
  ['/posture/degradation/level1/forbids', ['analytics', 'chat']],
  ['/posture/safety/degraded/forbids', ['orders.open']],
  ['/posture/tradingMode/reduceOnly/forbids', ['orders.open', 'uploads']],
  ['/posture/unknownForbids', ['orders.open', 'uploads']],
  ['/degradation/dwellMs', 5_000],
  ['/safety/dwellMs', 0],
  ['/safety/confirmCount', 1],
  ['/safety/plan/cancelOrders/retryCount', 0],
  ['/tradingMode/reconcileAtStart', false],
  ['/health/silenceFactor', 1],
  ['/alerts/responseMs/critical', 1_000],
] as const;

const steps: fc.Arbitrary<Step>[] = [
  fc
    .record({ id: fc.constantFrom('broker', 'feed', 'disk'), how: fc.constantFrom(...behaviours) })
    .map(({ id, how }) => step(`${id} ${how}`, (world) => world.behave(id, how))),
  one(
    'gauge',
    [3, 30, Number.NaN],
    (value) =>
      ({ t }) =>
        t.runtime.health.gauge('latency', value),
  ),
  one(
    'advance',
    [1, 999, 5_000, 20_000, 60_000, 300_000],
    (ms) =>
      ({ t }) =>
        t.advance(ms),
  ),
  one('halt', sources, (by) => (world) => world.restrict('halt', by)),
  one('reduceOnly', sources, (by) => (world) => world.restrict('reduceOnly', by)),
  one('resume', [...sources, 'emergencyPlan', 'safety'], (by) => (world) => world.resume(by)),
  one('reconciled', [true, false], (is) => (world) => world.reconcile(is)),
  one(
    'hold',
    levels,
    (level) =>
      ({ t }) =>
        t.runtime.degradation.holdAt({
          level,
          ...order('ada'),
          expiresAtMs: t.clock.now() + 30_000,
        }),
  ),
  one(
    'release',
    [0],
    () =>
      ({ t }) =>
        t.runtime.degradation.release(order('ada')),
  ),
  one(
    'report',
    ['drawdown', 'venue'],
    (source) =>
      ({ t }) =>
        t.runtime.safety.report({ source, why: 'tick' }),
  ),
  one(
    'withdraw',
    ['drawdown'],
    (source) =>
      ({ t }) =>
        t.runtime.safety.withdraw(source),
  ),
  one('login fails', [0], () => (world) => world.failLogin()),
  one('emergency', [0], () => (world) => world.emergency()),
  one('reset', [...resetScopes, 'everything'], (scope) => (world) => world.reset(scope)),
  one('venue', ['flat', 'left', 'blind', 'refuses', 'throws', 'hangs'], (how) => (world) => {
    world.venue = how;
  }),
  one('answer', [true, false], (isDone) => (world) => world.answer(isDone)),
  one('crash', childNames, (name) => (world) => world.crash(name)),
  one('stop', childNames, (name) => (world) => world.stop(name)),
  one('restart', childNames, (name) => (world) => world.restart(name)),
  one(
    'patch',
    patches,
    ([path, value]) =>
      (world) =>
        world.patch(path, value),
  ),
  one('acknowledge', [0], () => (world) => world.acknowledge()),
];

it('allows nothing that a region forbids, ends every emergency, and replays', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 60, size: 'max' }), async (commands) => {
      await using world = await SafeguardWorld.begin();
      await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
      await world.end();
    }),
    { numRuns: runs },
  );
}, 600_000);
