/** What a supervisor does about its children: who is restarted, who is not, in which order. */
import { describe, expect, it } from 'vitest';
import { assign, createMachine, sendTo } from 'xstate';
import { type AnySpec, child, type Restart, supervisor } from '../../../actors/child.ts';
import { type TestRuntime, testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../../support/expect-replays.ts';
import { started, stopped } from '../../support/lifecycle.ts';

/** Can crash and end; counts, so that a clean start shows. */
const worker = createMachine({
  id: 'worker',
  types: {} as { context: { n: number } },
  context: { n: 0 },
  on: {
    INC: { actions: assign({ n: ({ context }) => context.n + 1 }) },
    CRASH: {
      actions: assign(() => {
        throw new Error('boom');
      }),
    },
    END: '.ended',
  },
  initial: 'idle',
  states: { idle: {}, ended: { type: 'final' } },
});

const workers = (...ids: string[]) => ids.map((id) => child({ id, logic: worker }));
const app = (intensity: number, ...children: AnySpec[]) =>
  supervisor({ id: 'app', intensity, periodMs: 1_000, children });

const restarts = (test: TestRuntime, ...ids: string[]) =>
  ids.map((id) => test.snapshot(`/app/${id}`)?.restarts);

describe('one_for_one', () => {
  it('restarts the child that crashed, with a clean state, and no other', async () => {
    await using test = await testRuntime({ tree: app(1, ...workers('a', 'b', 'c')) });
    for (const id of ['a', 'b', 'c']) test.send(`/app/${id}`, { type: 'INC' });
    test.send('/app/b', { type: 'CRASH' });
    expect(restarts(test, 'a', 'b', 'c')).toEqual([0, 1, 0]);
    expect(test.snapshot('/app/b')).toMatchObject({
      context: { n: 0 },
      incarnation: 1,
      lastError: 'boom',
      status: 'active',
    });
    expect(test.snapshot('/app/a')).toMatchObject({ context: { n: 1 }, incarnation: 0 });
    await expectReplays(test);
  });

  it('does so in the turn of the crash', async () => {
    await using test = await testRuntime({ tree: app(1, ...workers('a')) });
    test.send('/app/a', { type: 'CRASH' });
    const rows = await test.journal();
    expect(rows).toHaveLength(2);
    expect(rows[1]!.turn).toMatchObject({
      down: [{ path: '/app/a', why: 'boom' }],
      facts: [{ type: 'supervisor.restarted', path: '/app', child: 'a', why: 'boom' }],
    });
    expect(rows[1]!.turn.changed).toContainEqual({
      ...{ path: '/app/a', to: 'idle', fields: { n: 0 }, incarnation: 1 },
    });
  });

  it.each<[Restart, string, string | undefined]>([
    ['permanent', 'CRASH', 'active'],
    ['permanent', 'END', 'active'],
    ['transient', 'CRASH', 'active'],
    ['transient', 'END', 'idle'],
    ['temporary', 'CRASH', undefined],
    ['temporary', 'END', undefined],
  ])('has a %s child after %s: %s', async (restart, type, status) => {
    const tree = app(5, child({ id: 'a', logic: worker, restart }), ...workers('b'));
    await using test = await testRuntime({ tree });
    test.send('/app/a', { type });
    expect(test.snapshot('/app/a')?.status).toBe(status);
    expect(test.send('/app/a', { type: 'INC' })).toBe(status === 'active');
    expect(test.snapshot('/app/b')).toMatchObject({ status: 'active', restarts: 0 });
    await expectReplays(test);
  });

  it('starts from left to right, and parents before children', async () => {
    const paths: string[] = [];
    const input = ({ path }: { path: string }) => paths.push(path);
    const noting = (id: string) => child({ id, logic: worker, input });
    const tree = app(1, noting('a'), supervisor({ id: 's', children: [noting('x'), noting('y')] }));
    await using test = await testRuntime({
      tree: { ...tree, children: [...tree.children, noting('z')] },
    });
    expect(paths).toEqual(['/app/a', '/app/s/x', '/app/s/y', '/app/z']);
    expect(test.runtime.tree()[0]!.children.map(({ path }) => path)).toEqual([
      '/app/a',
      '/app/s',
      '/app/z',
    ]);
  });
});

describe('too many restarts', () => {
  const nested = (restart: Restart) =>
    app(
      1,
      supervisor({
        id: 's',
        restart,
        intensity: 1,
        periodMs: 100,
        children: workers('x', 'y', 'z'),
      }),
      ...workers('w'),
    );
  const crash = async (test: TestRuntime, path: string, times: number) => {
    for (let i = 0; i < times; i++) test.send(path, { type: 'CRASH' });
  };

  it('stop all children in reverse, and the supervisor is started again by its own', async () => {
    await using test = await testRuntime({ tree: nested('permanent') });
    const log = await test.journal();
    test.send('/app/s/z', { type: 'INC' });
    await crash(test, '/app/s/x', 2);
    const turn = (await test.journal()).slice(log.length).at(-1)!.turn;
    expect(stopped(turn)).toEqual(['/app/s/z', '/app/s/y']);
    expect(started(turn)).toEqual(['/app/s', '/app/s/x', '/app/s/y', '/app/s/z']);
    expect(turn.down?.map(({ path }) => path)).toEqual([
      '/app/s/x',
      '/app/s/z',
      '/app/s/y',
      '/app/s',
    ]);
    expect(test.snapshot('/app/s')).toMatchObject({ value: 'running', restarts: 1 });
    expect(test.snapshot('/app/s/z')?.context).toEqual({ n: 0 });
    expect(test.snapshot('/app/w')).toMatchObject({ restarts: 0, status: 'active' });
    await expectReplays(test);
  });

  it('in a longer time than the period are borne', async () => {
    await using test = await testRuntime({ tree: nested('permanent') });
    for (let i = 0; i < 5; i++) {
      test.send('/app/s/x', { type: 'CRASH' });
      await test.advance(101);
    }
    expect(test.snapshot('/app/s/x')?.restarts).toBe(5);
    expect(test.snapshot('/app/s')?.restarts).toBe(0);
  });

  it.each<[Restart, string | undefined]>([
    ['transient', 'idle'],
    ['temporary', undefined],
  ])('end a %s supervisor for good: %s', async (restart, status) => {
    await using test = await testRuntime({ tree: nested(restart) });
    await crash(test, '/app/s/x', 2);
    expect(test.snapshot('/app/s')?.status).toBe(status);
    expect(test.snapshot('/app/s/y')).toBeUndefined();
    expect(test.send('/app/s/y', { type: 'INC' })).toBe(false);
    expect(test.snapshot('/app/w')?.status).toBe('active');
    await expectReplays(test);
  });

  it('climb up to the root, which fails the runtime', async () => {
    await using test = await testRuntime({ tree: nested('permanent') });
    const failed = expect(test.runtime.done).rejects.toMatchObject({
      name: 'RestartIntensityExceededError',
      code: 'RESTART_INTENSITY_EXCEEDED',
      supervisor: '/app',
      intensity: 1,
      periodMs: 1_000,
    });
    await crash(test, '/app/s/x', 3);
    expect(test.runtime.status).toBe('running');
    test.send('/app/s/x', { type: 'CRASH' });
    await failed;
    expect(test.runtime.status).toBe('failed');
    expect(() => test.send('/app/w', { type: 'INC' })).toThrow('gave up: more than 1 restarts');
    expect([...test.runtime.tree()].flatMap((root) => root.children)).toEqual([]);
    await expectReplays(test);
  });
});

describe('what a crash leaves behind', () => {
  const kid = createMachine({
    id: 'kid',
    after: { 10: { actions: sendTo(({ self }) => self._parent!, { type: 'TICK' }) } },
  });
  const parent = createMachine({
    id: 'parent',
    types: {} as { context: { ticks: number } },
    context: { ticks: 0 },
    invoke: { src: kid, id: 'kid', systemId: 'the kid' },
    after: { 15: { actions: assign({ ticks: 100 }) } },
    on: {
      TICK: { actions: assign({ ticks: ({ context }) => context.ticks + 1 }) },
      CRASH: {
        actions: assign(({ spawn }) => {
          spawn(kid, { id: 'never started', systemId: 'taken' });
          throw new Error('boom');
        }),
      },
      TAKE: {
        actions: assign(({ spawn }) => {
          spawn(kid, { id: 'taker', systemId: 'taken' });
          return {};
        }),
      },
    },
  }).provide({ actors: { kid } } as never);

  it('is cleared away: children, timers and system ids', async () => {
    await using test = await testRuntime({ tree: app(1, child({ id: 'p', logic: parent })) });
    await test.advance(5);
    test.send('/app/p', { type: 'CRASH' });
    expect(test.snapshot('/app/p')).toMatchObject({ restarts: 1, context: { ticks: 0 } });
    await test.advance(9);
    expect(test.snapshot('/app/p')?.context).toEqual({ ticks: 0 });
    await test.advance(1);
    expect(test.snapshot('/app/p')?.context).toEqual({ ticks: 1 });
    test.send('/app/p', { type: 'TAKE' });
    expect(test.snapshot('/app/p')?.restarts).toBe(1);
    await expectReplays(test);
  });

  it('by a child of a machine is cleared away too, so that it can be made again', async () => {
    const outer = createMachine({
      id: 'outer',
      initial: 'on',
      states: {
        on: { invoke: { src: parent, id: 'inner', onError: 'off' } },
        off: { on: { AGAIN: 'on' } },
      },
    });
    await using test = await testRuntime({ tree: app(1, child({ id: 'o', logic: outer })) });
    test.send('/app/o/inner', { type: 'CRASH' });
    expect(test.snapshot('/app/o')?.value).toBe('off');
    expect(test.send('/app/o/inner/kid', { type: 'ANY' })).toBe(false);
    test.send('/app/o', { type: 'AGAIN' });
    expect(test.snapshot('/app/o')).toMatchObject({ value: 'on', restarts: 0 });
    expect(test.send('/app/o/inner/kid', { type: 'ANY' })).toBe(true);
    await expectReplays(test);
  });
});

describe('incarnations', () => {
  it('count on over restarts of the supervisor: no number is given twice', async () => {
    const incarnations: number[] = [];
    const input = ({ incarnation }: { incarnation: number }) => incarnations.push(incarnation);
    const s = supervisor({
      id: 's',
      intensity: 1,
      children: [child({ id: 'x', logic: worker, input })],
    });
    await using test = await testRuntime({ tree: app(5, s) });
    for (let i = 0; i < 3; i++) test.send('/app/s/x', { type: 'CRASH' });
    await test.runtime.restart('/app/s');
    expect(incarnations).toEqual([0, 1, 2, 3, 4]);
    await expectReplays(test);
  });
});

describe('a supervisor that is ended from outside', () => {
  it('leaves no children behind when it is the root, and ends the runtime', async () => {
    await using test = await testRuntime({ tree: app(1, ...workers('x', 'y')) });
    test.send('/app', { type: 'SHUTDOWN' });
    expect(stopped((await test.journal()).at(-1)!.turn)).toEqual(['/app/y', '/app/x']);
    expect(test.snapshot('/app/x')).toBeUndefined();
    await test.runtime.done;
    expect(test.runtime.status).toBe('stopped');
  });

  it('leaves no children behind', async () => {
    const tree = app(1, supervisor({ id: 's', restart: 'temporary', children: workers('x') }));
    await using test = await testRuntime({ tree });
    test.send('/app/s', { type: 'SHUTDOWN' });
    expect(test.snapshot('/app/s/x')).toBeUndefined();
    expect(test.send('/app/s/x', { type: 'INC' })).toBe(false);
    await expectReplays(test);
  });
});

describe('a tree that does not start', () => {
  const broken = createMachine({
    id: 'broken',
    context: () => {
      throw new Error('no context');
    },
  });

  it('fails the runtime, and says who and why', async () => {
    const tree = app(3, ...workers('a'), child({ id: 'b', logic: broken }));
    await using test = await testRuntime({ tree });
    await expect(test.runtime.done).rejects.toMatchObject({
      code: 'ACTOR_FAILED',
      path: '/app',
      message: expect.stringContaining('no context'),
    });
  });
});
