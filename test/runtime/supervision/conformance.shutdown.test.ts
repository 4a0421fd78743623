import { describe, expect, it } from 'vitest';
import { createMachine, fromPromise, fromTransition } from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { type PartInput, part, type Scene, supervised } from '../../support/supervised.ts';

const shut = { restart: 'transient', intensity: 100 } as const;

/** A supervisor `s` with what is to be shut down, and an operator who stops it. */
const tree = (...children: Parameters<typeof supervisor>[0]['children']) =>
  supervisor({ id: 'app', children: [supervisor({ id: 's', ...shut, children })] });

const slow = (id: string, input: PartInput, more: Parameters<typeof part>[1] = {}) =>
  part(id, { input, ...more });

const stop = async ({ t }: Scene) => t.runtime.stopChild('/app/s');

describe('a shutdown', () => {
  it('stops children from right to left, each after the one before it has ended', () =>
    supervised(
      tree(part('a'), slow('b', { closesInMs: 30 }), slow('c', { closesInMs: 10 })),
      async (scene) => {
        const { take, t } = scene;
        take();
        await stop(scene);
        expect(take()).toBe('');
        expect(t.snapshot('/app/s/b')?.value).toBe('open');
        await t.advance(10);
        expect(take()).toBe('stopped s/c');
        await t.advance(29);
        expect(take()).toBe('');
        await t.advance(1);
        expect(take()).toBe('stopped s/b, stopped s/a, stopped s');
      },
    ));

  it('gives each child 5,000 ms by default, then kills and names it', () =>
    supervised(tree(slow('a', { closesInMs: 6_000 }), part('b')), async (scene) => {
      const { take, t, facts } = scene;
      take();
      await stop(scene);
      await t.advance(4_999);
      expect(take()).toBe('stopped s/b');
      await t.advance(1);
      expect(take()).toBe('killed s/a, stopped s');
      expect(facts('supervisor.killed')).toMatchObject([{ path: '/app/s', child: 'a', at: 5_000 }]);
    }));

  it('gives each child its own time', () =>
    supervised(
      tree(
        slow('a', { closesInMs: 9_000 }, { shutdownMs: 70 }),
        slow('b', { closesInMs: 9_000 }, { shutdownMs: 20 }),
      ),
      async (scene) => {
        const { take, t, facts } = scene;
        take();
        await stop(scene);
        await t.advance(20);
        expect(take()).toBe('killed s/b');
        await t.advance(69);
        expect(take()).toBe('');
        await t.advance(1);
        expect(take()).toBe('killed s/a, stopped s');
        expect(facts('supervisor.killed').map(({ child: id }) => id)).toEqual(['b', 'a']);
      },
    ));

  it('kills no child that ends in the last millisecond of its time', () =>
    supervised(tree(slow('a', { closesInMs: 49 }, { shutdownMs: 50 })), async (scene) => {
      scene.take();
      await stop(scene);
      await scene.t.advance(100);
      expect(scene.take()).toBe('stopped s/a, stopped s');
      expect(scene.facts('supervisor.killed')).toEqual([]);
    }));

  it('kills a child at once when its time is 0', () =>
    supervised(tree(slow('a', { closesInMs: 10 }, { shutdownMs: 0 })), async (scene) => {
      scene.take();
      await stop(scene);
      expect(scene.take()).toBe('killed s/a, stopped s');
    }));

  it('stops at once who does not react: machines without a transition, reducers, effects', () =>
    supervised(
      tree(
        part('a'),
        child({ id: 'b', logic: fromTransition((n: number) => n, 0) }),
        child({ id: 'c', logic: fromPromise(() => new Promise(() => {})) }),
      ),
      async (scene) => {
        scene.take();
        await stop(scene);
        expect(scene.take()).toBe('stopped s/c, stopped s/b, stopped s/a, stopped s');
      },
    ));

  it('gives its time to a machine that only acts on it', () => {
    const noted: string[] = [];
    const logic = createMachine({
      id: 'acting',
      on: { SHUTDOWN: { actions: () => noted.push('noted') } },
    });
    return supervised(tree(child({ id: 'a', logic, shutdownMs: 40 })), async (scene) => {
      scene.take();
      await stop(scene);
      await scene.t.advance(39);
      expect([noted, scene.take()]).toEqual([['noted'], '']);
      await scene.t.advance(1);
      expect(scene.take()).toBe('killed s/a, stopped s');
    });
  });

  it('takes a crash meanwhile for an end', () =>
    supervised(
      tree(part('a'), slow('b', { closesInMs: 10, crashesClosing: true })),
      async (scene) => {
        scene.take();
        await stop(scene);
        expect(scene.take()).toBe('crashed s/b, stopped s/a, stopped s');
        expect(scene.t.snapshot('/app/s')).toMatchObject({ status: 'idle' });
      },
    ));

  it('takes a late crash for an end, too', () =>
    supervised(tree(part('a'), slow('b', { closesInMs: 10 })), async (scene) => {
      scene.take();
      await stop(scene);
      scene.crash('s/b');
      expect(scene.take()).toBe('crashed s/b, stopped s/a, stopped s');
    }));

  it('skips children that crash before it is their turn', () =>
    supervised(tree(part('a'), part('b'), slow('c', { closesInMs: 10 })), async (scene) => {
      scene.take();
      await stop(scene);
      scene.crash('s/a');
      await scene.t.advance(10);
      expect(scene.take()).toBe('crashed s/a, stopped s/c, stopped s/b, stopped s');
    }));

  it('gives a supervisor all the time that it needs by default', () =>
    supervised(
      tree(
        supervisor({
          id: 'deep',
          children: [slow('x', { closesInMs: 90_000 }, { shutdownMs: 80_000 })],
        }),
      ),
      async (scene) => {
        scene.take();
        await stop(scene);
        await scene.t.advance(79_999);
        expect(scene.take()).toBe('');
        await scene.t.advance(1);
        expect(scene.take()).toBe('killed s/deep/x, stopped s/deep, stopped s');
      },
    ));

  it('kills a supervisor that has a limit with all below it', () =>
    supervised(
      tree(
        supervisor({
          id: 'deep',
          shutdownMs: 50,
          children: [part('w'), slow('x', { closesInMs: 1_000 })],
        }),
      ),
      async (scene) => {
        scene.take();
        await stop(scene);
        await scene.t.advance(50);
        expect(scene.take()).toBe('killed s/deep/x, killed s/deep/w, killed s/deep, stopped s');
      },
    ));

  it('asked for twice is one shutdown', () =>
    supervised(tree(slow('a', { closesInMs: 10 })), async (scene) => {
      scene.take();
      await stop(scene);
      await stop(scene);
      await scene.t.advance(10);
      expect(scene.take()).toBe('stopped s/a, stopped s');
    }));

  it('that comes into a group restart leaves a child that is stopping the rest of its time', () =>
    supervised(
      tree(
        part('a', { dependsOn: [] }),
        slow('b', { closesInMs: 9_000 }, { shutdownMs: 100, dependsOn: ['a'] }),
        slow('c', { closesInMs: 30 }),
      ),
      async (scene) => {
        scene.take();
        scene.crash('s/a');
        await scene.t.advance(40);
        await stop(scene);
        await scene.t.advance(30);
        expect(scene.take()).toBe('crashed s/a, stopped s/c');
        await scene.t.advance(29);
        expect(scene.take()).toBe('');
        await scene.t.advance(1);
        expect(scene.take()).toBe('killed s/b, stopped s');
      },
    ));

  it('waits for a supervisor that is giving up already', () =>
    supervised(
      supervisor({
        id: 'app',
        strategy: 'rest_for_one',
        children: [
          part('a'),
          supervisor({
            id: 's',
            intensity: 0,
            children: [slow('x', { closesInMs: 50 }), part('y')],
          }),
        ],
      }),
      async ({ crash, take, t }) => {
        take();
        crash('s/y');
        crash('a');
        expect(take()).toBe('crashed s/y, crashed a');
        await t.advance(50);
        expect(take()).toBe(
          'stopped s/x, stopped s, restarted a, started s/x, started s/y, restarted s',
        );
      },
    ));
});

describe('stopping a child by hand', () => {
  const dependent = () =>
    supervisor({
      id: 'app',
      children: [
        part('a'),
        part('b', { dependsOn: ['a'] }),
        part('c', { dependsOn: ['b'] }),
        part('d'),
      ],
    });

  it('stops those that depend on it first, keeps them idle, and counts no restart', () =>
    supervised(dependent(), async ({ take, t, up }) => {
      take();
      await t.runtime.stopChild('/app/a');
      expect(take()).toBe('stopped c, stopped b, stopped a');
      expect(up()).toBe('d');
      expect(t.snapshot('/app')?.context).toMatchObject({ restartsAt: [] });
      await t.runtime.restart('/app/a');
      expect(take()).toBe('restarted a, restarted b, restarted c');
    }));

  it('restarts a running child with its dependants, without counting it', () =>
    supervised(dependent(), async ({ take, t }) => {
      take();
      await t.runtime.restart('/app/b');
      expect(take()).toBe('stopped c, stopped b, restarted b, restarted c');
      expect(t.snapshot('/app')?.context).toMatchObject({ restartsAt: [] });
    }));

  it('forgets a temporary child', () =>
    supervised(
      supervisor({ id: 'app', children: [part('a', { restart: 'temporary' })] }),
      async ({ t }) => {
        await t.runtime.stopChild('/app/a');
        expect(t.snapshot('/app/a')).toBeUndefined();
        await expect(t.runtime.restart('/app/a')).rejects.toThrow(/no actor at/i);
      },
    ));

  it('restarts a temporary child when it is named', () =>
    supervised(
      supervisor({ id: 'app', children: [part('a', { restart: 'temporary' })] }),
      async ({ t, take }) => {
        take();
        await t.runtime.restart('/app/a');
        expect(take()).toBe('stopped a, restarted a');
      },
    ));

  it('waits until the supervisor has finished what it is doing', () =>
    supervised(
      supervisor({
        id: 'app',
        strategy: 'one_for_all',
        children: [part('a'), slow('b', { closesInMs: 20 })],
      }),
      async ({ t, take, crash }) => {
        take();
        crash('a');
        await t.runtime.stopChild('/app/a');
        expect(take()).toBe('crashed a');
        await t.advance(20);
        expect(take()).toBe('stopped b, restarted a, restarted b, stopped a');
      },
    ));
});
