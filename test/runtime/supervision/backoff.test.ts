import { describe, expect, it } from 'vitest';
import { supervisor } from '../../../actors/child.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { part, type Scene, supervised } from '../../support/supervised.ts';

type Backoff = NonNullable<NonNullable<Parameters<typeof part>[1]>['backoff']>;

const tree = (backoff: Backoff) =>
  supervisor({ id: 'app', intensity: 1_000, children: [part('a', { backoff }), part('b')] });

const waits = ({ facts }: Scene) => facts('supervisor.waiting').map(({ waitMs }) => waitMs);

/** Crashes `a` as soon as it runs, some times. */
async function crashes({ crash, facts, t }: Scene, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    crash('a');
    await t.advance(Number(facts('supervisor.waiting').at(-1)?.waitMs ?? 0));
  }
}

describe('back-off of restarts', () => {
  it('is none by default: the restart is part of the turn of the crash', () =>
    supervised(tree({}), async (scene) => {
      scene.crash('a', 'a', 'a');
      expect(scene.up()).toBe('a b');
      expect(waits(scene)).toEqual([]);
    }));

  it('begins with minMs, grows by factor and never beyond maxMs', () =>
    supervised(tree({ minMs: 100, factor: 3, maxMs: 1_000 }), async (scene) => {
      await crashes(scene, 5);
      expect(waits(scene)).toEqual([100, 300, 900, 1_000, 1_000]);
    }));

  it('is never below minMs', () =>
    supervised(tree({ minMs: 500, maxMs: 100 }), async (scene) => {
      await crashes(scene, 3);
      expect(waits(scene)).toEqual([500, 500, 500]);
    }));

  it('restarts in the millisecond that it names, and nobody else meanwhile', () =>
    supervised(tree({ minMs: 100 }), async ({ crash, take, t, up }) => {
      take();
      crash('a');
      await t.advance(99);
      expect([take(), up()]).toEqual(['crashed a', 'b']);
      crash('b');
      await t.advance(1);
      expect(take()).toBe('crashed b, restarted b, restarted a');
    }));

  it('is told with the reason and the time', () =>
    supervised(tree({ minMs: 100 }), async ({ crash, facts, t }) => {
      crash('a');
      await t.advance(100);
      expect(facts('supervisor.waiting')).toMatchObject([
        { path: '/app', child: 'a', why: 'boom', at: 0, waitMs: 100 },
      ]);
      expect(facts('supervisor.restarted')).toMatchObject([{ child: 'a', group: ['a'] }]);
    }));

  it('begins anew once the child has run for resetAfterMs, and not a millisecond before', () =>
    supervised(tree({ minMs: 10, resetAfterMs: 1_000 }), async (scene) => {
      await crashes(scene, 2);
      await scene.t.advance(999);
      await crashes(scene, 1);
      await scene.t.advance(1_000);
      await crashes(scene, 2);
      expect(waits(scene)).toEqual([10, 20, 40, 10, 20]);
    }));

  it('measures how long the child ran, not how long its supervisor was busy', () =>
    supervised(
      supervisor({
        id: 'app',
        intensity: 1_000,
        children: [
          part('a', { backoff: { minMs: 10, resetAfterMs: 1_000 } }),
          part('b'),
          part('c', { dependsOn: ['b'], input: { closesInMs: 2_000 } }),
        ],
      }),
      async (scene) => {
        await crashes(scene, 1);
        scene.crash('b', 'a');
        await scene.t.advance(2_000);
        expect(waits(scene)).toEqual([10, 20]);
      },
    ));

  it('begins anew for a child that ended for good and is started by hand', () =>
    supervised(
      supervisor({
        id: 'app',
        intensity: 10,
        children: [part('a', { restart: 'transient', backoff: { minMs: 10 } })],
      }),
      async (scene) => {
        await crashes(scene, 2);
        scene.end('a');
        await scene.t.runtime.restart('/app/a');
        await crashes(scene, 1);
        expect(waits(scene)).toEqual([10, 20, 10]);
      },
    ));

  it('grows for one child only', () =>
    supervised(
      supervisor({
        id: 'app',
        intensity: 1_000,
        children: ['a', 'b'].map((id) => part(id, { backoff: { minMs: 10 } })),
      }),
      async (scene) => {
        await crashes(scene, 3);
        scene.crash('b');
        expect(waits(scene)).toEqual([10, 20, 40, 10]);
      },
    ));

  it('is withdrawn by an operator who stops or restarts the child', () =>
    supervised(tree({ minMs: 100 }), async ({ crash, take, t }) => {
      crash('a');
      take();
      await t.runtime.restart('/app/a');
      expect(take()).toBe('restarted a');
      crash('a');
      await t.runtime.stopChild('/app/a');
      await t.advance(10_000);
      expect(take()).toBe('crashed a');
    }));

  it('of an earlier crash does not cut the wait after a later one short', () =>
    supervised(tree({ minMs: 100 }), async ({ crash, take, t }) => {
      crash('a');
      await t.runtime.restart('/app/a');
      await t.advance(50);
      crash('a');
      take();
      await t.advance(199);
      expect(take()).toBe('');
      await t.advance(1);
      expect(take()).toBe('restarted a');
    }));
});

describe('jitter', () => {
  const jittered = async (seed: number) => {
    const backoff = { minMs: 1_000, factor: 1, jitterRatio: 0.5 };
    const children = ['a', 'b'].map((id) => part(id, { backoff }));
    const app = supervisor({ id: 'app', intensity: 1_000, children });
    await using t = await testRuntime({ tree: app, seed });
    const seen: unknown[] = [];
    t.runtime.on('supervisor.waiting', ({ waitMs }) => seen.push(waitMs));
    for (let i = 0; i < 6; i++) {
      for (const id of ['a', 'b']) t.send(`/app/${id}`, { type: 'CRASH' });
      await t.advance(1_000);
    }
    expect((await t.replay()).digest).toBe(t.digest());
    return seen as number[];
  };

  it('gives the same waits for the same seed, and others for another', async () => {
    const first = await jittered(7);
    expect(await jittered(7)).toEqual(first);
    expect(await jittered(8)).not.toEqual(first);
  });

  it('shortens a wait by its share at most', async () => {
    const all = await jittered(3);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...all)).toBeLessThanOrEqual(1_000);
  });

  it('lets siblings that crash together come back at different times', async () => {
    const all = await jittered(7);
    const pairs = [0, 2, 4, 6, 8, 10].map((i) => all[i] === all[i + 1]);
    expect(pairs).not.toContain(true);
  });
});
