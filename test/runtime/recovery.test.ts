import { describe, expect, it } from 'vitest';
import { ActorFailedError, RuntimeStoppedError } from '../../actors/errors.ts';
import type { RecoveryPlanInput, StepScope } from '../../actors/recovery.ts';
import { RecoveryRefusedError } from '../../actors/recovery.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { cutAfter } from '../support/cut-log.ts';
import { expectReplays } from '../support/expect-replays.ts';
import { lives } from '../support/lives.ts';

const order = { by: 'ada', why: 'drill' };

/** Steps that note their calls; `world` says how the next ones end. */
function desk(calls: string[] = []) {
  const world = { failing: '', hanging: '', scopes: [] as StepScope[] };
  const step = (name: string) => (scope: StepScope) => {
    calls.push(name);
    world.scopes.push(scope);
    if (world.hanging === name) return new Promise(() => {});
    if (world.failing === name) throw new Error('refused');
    return undefined;
  };
  const plan: RecoveryPlanInput = {
    id: 'desk',
    components: {
      session: {
        priority: 'critical',
        dependsOn: ['database'],
        start: step('session'),
        validate: step('session?'),
        rollback: step('session-'),
      },
      database: { start: step('database'), validate: step('database?') },
    },
  };
  return { plan, world, calls };
}

describe('runtime.recovery', () => {
  it('brings a system up in its order, tells of each component, and reports', async () => {
    await using t = await testRuntime();
    const { plan, calls, world } = desk();
    const told: unknown[] = [];
    t.runtime.on('recovery.progressed', ({ component, to, settledCount, remainingMs }) =>
      told.push([component, to, settledCount, remainingMs]),
    );
    const ended = t.runtime.recovery.run(plan);
    await t.advance(0);
    expect(await ended).toMatchObject({
      id: 'desk',
      outcome: 'recovered',
      order: ['database', 'session'],
      inTimeCount: 2,
    });
    const once = ['database', 'database?', 'session', 'session?'];
    expect(calls).toEqual([...once, 'database?', 'session?']);
    expect(told).toEqual([
      ['database', 'validated', 1, 60_000],
      ['session', 'validated', 2, 60_000],
    ]);
    expect(world.scopes[0]).toMatchObject({ remainingMs: 10_000, attempt: 1 });
    expect(new Set(world.scopes.map(({ key }) => key)).size).toBe(6);
    expect(t.runtime.recovery.list()).toEqual([]);
    await expectReplays(t);
  });

  it('raises an alert that names its actor when it fails, until one succeeds', async () => {
    await using t = await testRuntime({ settings: { recovery: { attemptCountMax: 1 } } });
    const { plan, world } = desk();
    const { alerts } = t.runtime;
    const run = async () => {
      const ended = t.runtime.recovery.run(plan);
      await t.advance(0);
      return (await ended).outcome;
    };
    const open = () => alerts.list().filter(({ state }) => state !== 'resolved');
    world.failing = 'session';
    expect(await run()).toBe('failed');
    const raised = { key: 'recovery.desk', severity: 'critical', path: '/recoveries/desk' };
    expect(open()).toMatchObject([raised]);
    world.failing = '';
    expect(await run()).toBe('recovered');
    expect(open()).toEqual([]);
  });

  it('tells a step how long it has, and aborts it then', async () => {
    await using t = await testRuntime({ settings: { recovery: { attemptCountMax: 2 } } });
    const { plan, world } = desk();
    world.hanging = 'database';
    const ended = t.runtime.recovery.run({ ...plan, deadlineMs: 15_000 });
    await t.advance(9_999);
    expect(world.scopes[0]!.signal.aborted).toBe(false);
    await t.advance(1);
    expect(world.scopes[0]!.signal.aborted).toBe(true);
    await t.advance(5_000);
    expect(world.scopes[1]!.remainingMs).toBeLessThan(5_000);
    expect(world.scopes[1]!.signal.aborted).toBe(true);
    expect(await ended).toMatchObject({ outcome: 'failed', why: 'the deadline has passed' });
    await expectReplays(t);
  });

  it('takes false, and times that are none, as failures', async () => {
    await using t = await testRuntime({ settings: { recovery: { attemptCountMax: 1 } } });
    const ended = t.runtime.recovery.run({
      id: 'odd',
      components: {
        a: { start: () => false, validate: () => false },
        b: { start: () => {}, restore: () => ({ dataAtMs: 'noon' }) },
        c: { start: () => {}, restore: () => 5, validate: () => 0 },
      },
    });
    await t.advance(0);
    expect((await ended).components.map(({ id, status, why }) => [id, status, why])).toEqual([
      ['a', 'failed', 'validate: it says that it does not work'],
      ['b', 'failed', "restore: TypeError: 'dataAtMs' must be a time in ms, got noon"],
      ['c', 'validated', null],
    ]);
    await expectReplays(t);
  });

  it('is held, let go and ended by operators, on disk before anything follows', async () => {
    await using t = await testRuntime();
    const { plan, world, calls } = desk();
    world.hanging = 'session';
    const ended = t.runtime.recovery.run(plan);
    t.runtime.recovery.hold('desk', order);
    await t.advance(5_000);
    expect(calls).toEqual(['database']);
    expect(t.runtime.recovery.list()).toMatchObject([
      { id: 'desk', state: 'held', remainingMs: 60_000, report: { order: ['database'] } },
    ]);
    t.runtime.recovery.resume('desk', order);
    await t.advance(1_000);
    expect(t.runtime.recovery.list()).toMatchObject([{ state: 'recovering', remainingMs: 59_000 }]);
    t.runtime.recovery.cancel('desk', order);
    await t.advance(0);
    expect(await ended).toMatchObject({
      outcome: 'failed',
      rolledBack: ['session'],
      heldMs: 5_000,
    });
    const orders = (await t.journal()).filter(({ input }) => input.class === 'safety');
    expect(orders.map(({ input }) => (input.event as { type: string }).type)).toEqual([
      'HOLD',
      'RESUME',
      'CANCEL',
    ]);
    expect(() => t.runtime.recovery.hold('desk', order)).toThrow(/No recovery 'desk'/);
    expect(() => t.runtime.recovery.hold('desk', { by: '', why: '' })).toThrow(TypeError);
    await expectReplays(t);
  });

  it('only plans in a dry run', async () => {
    await using t = await testRuntime();
    const { plan, calls } = desk();
    const before = t.runtime.seq;
    const report = await t.runtime.recovery.run(plan, { dryRun: true });
    expect(report).toMatchObject({ outcome: 'planned', order: ['database', 'session'] });
    expect([calls, t.runtime.seq]).toEqual([[], before]);
  });

  it('is joined by the same plan, and refuses another one of its name', async () => {
    await using t = await testRuntime();
    const { plan, calls } = desk();
    const first = t.runtime.recovery.run(plan);
    const second = t.runtime.recovery.run({ ...plan });
    const other = t.runtime.recovery.run({ ...plan, deadlineMs: 5 });
    await expect(other).rejects.toThrow(/another recovery 'desk' is under way/);
    await t.advance(0);
    expect(await second).toBe(await first);
    expect(calls).toHaveLength(6);
    // One that has ended may be run again.
    const again = t.runtime.recovery.run(plan);
    await t.advance(0);
    expect((await again).outcome).toBe('recovered');
  });

  it('goes on when its actor crashes', async () => {
    await using t = await testRuntime();
    const { plan, world, calls } = desk();
    world.hanging = 'database?';
    const ended = t.runtime.recovery.run(plan);
    await t.advance(0);
    world.hanging = '';
    t.crash('/recoveries/desk');
    await t.advance(10_000);
    expect(await ended).toMatchObject({ outcome: 'recovered' });
    expect(calls.slice(0, 3)).toEqual(['database', 'database?', 'database?']);
    await expectReplays(t);
  });

  it('rejects when it is stopped, and when the runtime is', async () => {
    const t = await testRuntime();
    const { plan, world } = desk();
    world.hanging = 'database';
    const first = t.runtime.recovery.run(plan);
    await t.runtime.stopChild('/recoveries/desk');
    await expect(first).rejects.toThrow(ActorFailedError);
    const second = t.runtime.recovery.run(plan);
    await t.runtime.stop();
    await expect(second).rejects.toThrow(RuntimeStoppedError);
    await expect(t.runtime.recovery.run(plan)).rejects.toThrow(RuntimeStoppedError);
  });
});

describe('a plan that cannot be carried out', () => {
  const start = () => {};
  const huge = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`c${i}`, { start }]));
  const polluting = JSON.parse('{"id":"p","components":{"__proto__":{"start":1}}}');
  const cyclic = { id: 'p', components: { a: { start, dependsOn: ['b'] }, b: { start } } };
  (cyclic as { self?: unknown }).self = cyclic;
  const bad: [string, unknown, RegExp][] = [
    [
      'has a cycle',
      { id: 'p', components: { a: { start, dependsOn: ['b'] }, b: { start, dependsOn: ['a'] } } },
      /plan\.components: a cycle of dependencies: a -> b -> a/,
    ],
    ['needs what is not there', { id: 'p', components: { a: { start, dependsOn: ['z'] } } }, /'z'/],
    ['is empty', { id: 'p', components: {} }, /no components/],
    [
      'is huge',
      { id: 'p', components: huge },
      /11 are too many: recovery\.componentCountMax is 10/,
    ],
    ['has no start', { id: 'p', components: { a: {} } }, /plan\.components\.a\.start: must be a f/],
    ['has a step that is none', { id: 'p', components: { a: { start, rollback: 1 } } }, /rollback/],
    ['has an unknown key', { id: 'p', components: { a: { start, color: 1 } } }, /color/],
    ['has a component that is none', { id: 'p', components: { a: null } }, /plan\.components\.a/],
    ['has no id', { components: { a: { start } } }, /plan\.id/],
    ['has a path as its id', { id: '../x', components: { a: { start } } }, /plan\.id/],
    [
      'has a deadline of NaN',
      { id: 'p', deadlineMs: Number.NaN, components: { a: { start } } },
      /d/,
    ],
    ['holds itself', cyclic, /self/],
    ['pollutes a prototype', polluting, /__proto__|no name/],
    ['is nothing', null, /plan/],
    ['is a text', 'plan', /plan/],
  ];

  it.each(bad)(
    '%s: refused with reasons, counted, and nothing is touched',
    async (_, plan, why) => {
      await using t = await testRuntime({ settings: { recovery: { componentCountMax: 10 } } });
      const before = t.runtime.seq;
      const refused = t.runtime.recovery.run(plan as RecoveryPlanInput);
      await expect(refused).rejects.toThrow(why);
      await expect(refused).rejects.toThrow(RecoveryRefusedError);
      expect([t.runtime.seq, t.runtime.recovery.refusedCount]).toEqual([before, 1]);
      expect(({} as { start?: unknown }).start).toBeUndefined();
    },
  );
});

describe('after a restart of the process', () => {
  it('a recovery goes on where it was, its running step under the same key', async () => {
    const all = lives();
    const first = await all.next(0);
    const before = desk();
    before.world.hanging = 'session';
    const lost = first.recovery.run(before.plan);
    await first.time.settle();
    await first.stop();
    await expect(lost).rejects.toThrow(RuntimeStoppedError);
    const second = await all.next(5_000);
    const { plan, calls, world } = desk();
    expect(second.recovery.list()).toMatchObject([{ id: 'desk', state: 'recovering' }]);
    const ended = second.recovery.run(plan);
    await second.time.settle();
    expect(await ended).toMatchObject({
      outcome: 'recovered',
      beganAtMs: 0,
      components: [
        { id: 'database', recoveryMs: 0 },
        { id: 'session', recoveryMs: 5_000 },
      ],
    });
    expect(calls[0]).toBe('session');
    expect(calls).not.toContain('database');
    expect(world.scopes[0]!.key).toBe(before.world.scopes.at(-1)!.key);
    expect(world.scopes[0]!.remainingMs).toBe(5_000);
    await second.stop();
  });

  it('what has ended before is not told again', async () => {
    const all = lives();
    const first = await all.next(0);
    const ended = first.recovery.run(desk().plan);
    await first.time.settle();
    await first.time.advance(0);
    await ended;
    expect(first.recovery.ended).toMatchObject([{ id: 'desk', outcome: 'recovered' }]);
    await first.flush();
    const { version } = await all.log.head();
    await first.stop();
    // By a crash, so that it is replayed.
    const second = await lives({}, await cutAfter(all.log, version)).next(5_000);
    expect(second.recovery.ended).toEqual([]);
    await second.stop();
  });

  it('it ends by itself when nobody gives its plan again', async () => {
    const all = lives();
    const first = await all.next(0);
    const { plan, world } = desk();
    world.hanging = 'session';
    first.recovery.run(plan).catch(() => {});
    await first.time.settle();
    await first.stop();
    const second = await all.next(5_000);
    const reports: unknown[] = [];
    second.on('recovery.ended', ({ outcome, why }) => reports.push([outcome, why]));
    await second.time.advance(100_000);
    expect(second.recovery.list()).toEqual([]);
    const why = 'start: no outcome within 10000 ms';
    expect(reports).toEqual([['failed', why]]);
    await second.stop();
  });

  it('it begins no step when its deadline has passed meanwhile', async () => {
    const all = lives();
    const first = await all.next(0);
    const before = desk();
    before.world.hanging = 'session';
    first.recovery.run(before.plan).catch(() => {});
    await first.time.settle();
    await first.stop();
    const second = await all.next(100_000);
    const { plan, calls } = desk();
    const ended = second.recovery.run(plan);
    await second.time.settle();
    const why = 'start: no time was left to begin it; no time is left for another attempt';
    expect(await ended).toMatchObject({ outcome: 'failed', why });
    expect(calls).toEqual(['session-']);
    await second.stop();
  });
});
