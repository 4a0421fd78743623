import { describe, expect, it } from 'vitest';
import { dynamicSupervisor, supervisor } from '../../../actors/child.ts';
import {
  type PartInput,
  part,
  partMachine,
  type Scene,
  supervised,
} from '../../support/supervised.ts';

const tree = (restart: 'permanent' | 'transient' | 'temporary' = 'permanent', intensity = 5) =>
  supervisor({
    id: 'app',
    children: [
      part('first'),
      dynamicSupervisor({ id: 'pool', intensity, child: { logic: partMachine, restart } }),
    ],
  });

const filled = (
  restart: Parameters<typeof tree>[0],
  play: (scene: Scene) => Promise<void> | void,
  input: PartInput = {},
) =>
  supervised(tree(restart), async (scene) => {
    for (const id of ['p1', 'p2', 'p3']) await scene.t.runtime.spawn('/app/pool', { id, input });
    scene.take();
    await play(scene);
  });

const list = ({ t }: Scene) =>
  t.runtime
    .tree()[0]!
    .children[1]!.children.map(({ path }) => path.split('/').pop())
    .join(' ');

describe('a dynamic supervisor', () => {
  it('starts children of one kind by id and input, and lists them', () =>
    supervised(tree(), async (scene) => {
      const { t, take } = scene;
      expect(take()).toBe('started first, started pool, started app');
      const path = await t.runtime.spawn('/app/pool', { id: 'x', input: { closesInMs: 7 } });
      expect(path).toBe('/app/pool/x');
      expect(t.snapshot(path)?.context).toMatchObject({ closesInMs: 7 });
      expect([take(), list(scene)]).toEqual(['started pool/x', 'x']);
    }));

  it('refuses an id twice, an id that is no path, and a specification', () =>
    filled('permanent', async ({ t }) => {
      await expect(t.runtime.spawn('/app/pool', { id: 'p1' })).rejects.toThrow(/already an actor/);
      await expect(t.runtime.spawn('/app/pool', { id: 'a/b' })).rejects.toThrow(/not allowed/);
      await expect(t.runtime.spawn('/app/pool', part('x'))).rejects.toThrow(/by itself/);
      await expect(t.runtime.spawn('/app', { id: 'x' })).rejects.toThrow(/no dynamic supervisor/);
      await expect(t.runtime.spawn('/app/first', { id: 'x' })).rejects.toThrow(/no supervisor/);
    }));

  it('restarts a permanent child alone, with the same input', () =>
    filled(
      'permanent',
      ({ crash, end, take, t }) => {
        crash('pool/p2');
        end('pool/p2');
        expect(take()).toBe('crashed pool/p2, restarted pool/p2, ended pool/p2, restarted pool/p2');
        expect(t.snapshot('/app/pool/p2')?.context).toMatchObject({ closesInMs: 9 });
      },
      { closesInMs: 9 },
    ));

  it('forgets transient children that end, and restarts those that crash', () =>
    filled('transient', (scene) => {
      scene.end('pool/p1');
      scene.crash('pool/p2');
      expect(scene.take()).toBe('ended pool/p1, crashed pool/p2, restarted pool/p2');
      expect(list(scene)).toBe('p2 p3');
    }));

  it('forgets temporary children however they end', () =>
    filled('temporary', (scene) => {
      scene.end('pool/p1');
      scene.crash('pool/p2');
      expect(list(scene)).toBe('p3');
      expect(scene.t.snapshot('/app/pool')?.context).toMatchObject({ restartsAt: [] });
    }));

  it('forgets children that are stopped, and takes their ids again', () =>
    filled('permanent', async (scene) => {
      await scene.t.runtime.stopChild('/app/pool/p1');
      expect(list(scene)).toBe('p2 p3');
      await scene.t.runtime.spawn('/app/pool', { id: 'p1' });
      expect(list(scene)).toBe('p2 p3 p1');
      expect(scene.t.snapshot('/app/pool/p1')).toMatchObject({ incarnation: 0 });
    }));

  it('restarts a child by hand', () =>
    filled('permanent', async ({ t, take }) => {
      await t.runtime.restart('/app/pool/p2');
      expect(take()).toBe('stopped pool/p2, restarted pool/p2');
    }));

  it('gives up after too many restarts of any of them, and starts empty again', () =>
    filled('permanent', (scene) => {
      for (let i = 0; i < 2; i++) scene.crash('pool/p1', 'pool/p2', 'pool/p3');
      expect(scene.take()).toMatch(
        /stopped pool\/p2, stopped pool\/p1, ended pool, restarted pool$/,
      );
      expect(list(scene)).toBe('');
    }));

  it('stops its children from the last to the first', () =>
    filled('permanent', async ({ t, take }) => {
      await t.runtime.stopChild('/app/pool');
      expect(take()).toBe('stopped pool/p3, stopped pool/p2, stopped pool/p1, stopped pool');
    }));
});

describe('children at run time', () => {
  const late = part('late', { restart: 'transient' });
  const needy = part('needy', { dependsOn: ['late'] });
  const given = { '/app/late': late, '/app/needy': needy };
  const app = () => supervisor({ id: 'app', intensity: 5, children: [part('a')] });

  it('are added last, restarted, stopped, and restarted again', () =>
    supervised(
      app(),
      async ({ t, take, crash, up }) => {
        await t.runtime.spawn('/app', late);
        expect(up()).toBe('a late');
        take();
        crash('late');
        expect(take()).toBe('crashed late, restarted late');
        await t.runtime.stopChild('/app/late');
        expect(t.snapshot('/app/late')).toMatchObject({ status: 'idle' });
        expect(up()).toBe('a');
        take();
        await t.runtime.restart('/app/late');
        expect(take()).toBe('restarted late');
        expect(t.snapshot('/app/late')).toMatchObject({ incarnation: 2 });
      },
      given,
    ));

  it('take their dependants along', () =>
    supervised(
      app(),
      async ({ t, take, crash }) => {
        await t.runtime.spawn('/app', late);
        await t.runtime.spawn('/app', needy);
        take();
        crash('late');
        expect(take()).toBe('crashed late, stopped needy, restarted late, restarted needy');
      },
      given,
    ));

  it('are refused when they need somebody who is not there', () =>
    supervised(
      app(),
      async ({ t }) => {
        await expect(t.runtime.spawn('/app', needy)).rejects.toThrow(/'late' is no sibling/);
      },
      given,
    ));
});
