import { describe, expect, it } from 'vitest';
import { type ChildScope, child, supervisor } from '../../../actors/child.ts';
import { failing, part, partMachine, type Scene, supervised } from '../../support/supervised.ts';

const never = failing(0, 1_000);

describe('a failed start', () => {
  it('undoes the earlier starts in reverse order and fails the runtime', () =>
    supervised(
      supervisor({
        id: 'app',
        children: [part('a'), part('b'), part('c', { input: never }), part('d')],
      }),
      async ({ t, take }) => {
        expect(take()).toBe('started a, started b, crashed c, stopped b, stopped a, crashed app');
        await expect(t.runtime.done).rejects.toMatchObject({ code: 'ACTOR_FAILED' });
      },
    ));

  it('fails the start of the parent, level by level', () =>
    supervised(
      supervisor({
        id: 'app',
        children: [
          part('a'),
          supervisor({ id: 's', children: [part('x'), part('y', { input: never })] }),
          part('b'),
        ],
      }),
      ({ t, take }) => {
        expect(take()).toBe(
          'started a, started s/x, crashed s/y, stopped s/x, crashed s, stopped a, crashed app',
        );
        expect(t.runtime.status).toBe('failed');
      },
    ));

  it('fails it also when a temporary child is the one that failed', () =>
    supervised(
      supervisor({ id: 'app', children: [part('a', { input: never, restart: 'temporary' })] }),
      ({ t }) => expect(t.runtime.status).toBe('failed'),
    ));

  it('waits until slow children are undone before the parent goes on', () =>
    supervised(
      supervisor({
        id: 'app',
        children: [
          part('a'),
          supervisor({
            id: 's',
            children: [part('x', { input: { closesInMs: 30 } }), part('y', { input: never })],
          }),
        ],
      }),
      async ({ t, take }) => {
        expect(take()).toBe('started a, started s/x, crashed s/y');
        await t.advance(30);
        expect(take()).toBe('stopped s/x, crashed s, stopped a, crashed app');
      },
    ));

  it('of a child that is added at run time is told to who adds it', () => {
    const bad = part('bad', { input: never });
    return supervised(
      supervisor({ id: 'app', children: [part('a')] }),
      async ({ t, take, up }) => {
        take();
        await expect(t.runtime.spawn('/app', bad)).rejects.toMatchObject({ code: 'ACTOR_FAILED' });
        expect(take()).toBe('crashed bad');
        expect(t.snapshot('/app/bad')).toBeUndefined();
        expect(t.snapshot('/app')?.context).toMatchObject({ restartsAt: [] });
        expect(up()).toBe('a');
      },
      { '/app/bad': bad },
    );
  });

  it('of a supervisor that is added at run time is forgotten when all is undone', () => {
    const bad = supervisor({
      id: 'bad',
      children: [part('x', { input: { closesInMs: 30 } }), part('y', { input: never })],
    });
    return supervised(
      supervisor({ id: 'app', children: [part('a')] }),
      async ({ t, take }) => {
        take();
        await t.runtime.spawn('/app', bad);
        await t.advance(30);
        expect(take()).toBe('started bad/x, crashed bad/y, stopped bad/x, crashed bad');
        expect(t.snapshot('/app/bad')).toBeUndefined();
        expect(t.snapshot('/app')?.context).toMatchObject({ restartsAt: [] });
      },
      { '/app/bad': bad },
    );
  });
});

const commands = async ({ t }: Scene) =>
  (await t.journal()).map(({ input: { kind, event } }) =>
    kind === 'timer' ? String(event).replace(/^.*retry/, 'retry') : kind,
  );

describe('a failed restart', () => {
  const tree = (strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one', tries: number) =>
    supervisor({
      id: 'app',
      strategy,
      intensity: 5,
      children: [part('a'), part('b', { input: failing(1, tries) }), part('c')],
    });

  it('gives control back before each next try, which is an entry of its own', () =>
    supervised(tree('one_for_one', 2), async (scene) => {
      const { crash, take, t } = scene;
      take();
      crash('b');
      expect(take()).toBe('crashed b, crashed b');
      await t.advance(0);
      expect(take()).toBe('crashed b, restarted b');
      expect(await commands(scene)).toEqual(['command', 'event', 'retry.b', 'retry.b']);
    }));

  it('counts each try against the intensity, and gives up with the next one', () =>
    supervised(tree('one_for_one', 1_000), async (scene) => {
      const { crash, take, t } = scene;
      take();
      crash('b');
      await t.advance(0);
      expect(take()).toBe(`${'crashed b, '.repeat(6)}stopped c, stopped a, ended app`);
      expect(t.runtime.status).toBe('failed');
    }));

  it('lets a stop come between two tries', () =>
    supervised(tree('one_for_one', 1_000), async ({ crash, take, t, up }) => {
      crash('b');
      take();
      await t.runtime.stopChild('/app/b');
      await t.advance(100_000);
      expect(take()).toBe('');
      expect(up()).toBe('a c');
      expect(t.snapshot('/app/b')?.status).toBe('idle');
    }));

  it('starts from the failed child again, and leaves those before alone, under rest_for_one', () =>
    supervised(tree('rest_for_one', 1), async ({ crash, take, t }) => {
      take();
      crash('a');
      expect(take()).toBe('crashed a, stopped c, stopped b, restarted a, crashed b');
      await t.advance(0);
      expect(take()).toBe('restarted b, restarted c');
    }));

  it('stops those that have started and starts all again under one_for_all', () =>
    supervised(tree('one_for_all', 1), async ({ crash, take, t }) => {
      take();
      crash('c');
      expect(take()).toBe('crashed c, stopped b, stopped a, restarted a, crashed b');
      await t.advance(0);
      expect(take()).toBe('stopped a, restarted a, restarted b, restarted c');
      expect(t.snapshot('/app')?.context).toMatchObject({ restartsAt: [0, 0] });
    }));

  it('of a dependency leaves out its dependants until it succeeds, and no other', () =>
    supervised(
      supervisor({
        id: 'app',
        strategy: 'one_for_one',
        intensity: 5,
        children: [
          part('a'),
          part('b', { dependsOn: ['a'], input: failing(1, 1) }),
          part('c', { dependsOn: ['a'] }),
          part('d', { dependsOn: ['b'] }),
        ],
      }),
      async ({ crash, take, t }) => {
        take();
        crash('a');
        expect(take()).toBe(
          'crashed a, stopped d, stopped c, stopped b, restarted a, crashed b, restarted c',
        );
        await t.advance(0);
        expect(take()).toBe('restarted b, restarted d');
      },
    ));

  it('of a supervisor below is a failed restart like any other', () => {
    const flaky = ({ at }: ChildScope) => ({ fails: at > 0 && at < 100 });
    const y = part('y', { input: flaky });
    const backoff = { minMs: 50 };
    const s = supervisor({ id: 's', intensity: 0, backoff, children: [part('x'), y] });
    return supervised(
      supervisor({ id: 'app', intensity: 2, children: [s] }),
      async ({ crash, take, t }) => {
        await t.advance(10);
        take();
        crash('s/x');
        expect(take()).toBe('crashed s/x, stopped s/y, ended s');
        await t.advance(50);
        expect(take()).toBe('started s/x, crashed s/y, stopped s/x, crashed s');
        await t.advance(100);
        expect(take()).toBe('started s/x, started s/y, restarted s');
        expect(t.snapshot('/app')?.context).toMatchObject({ restartsAt: [10, 160] });
      },
    );
  });

  it('is a crash when its input cannot be made', () =>
    supervised(
      supervisor({
        id: 'app',
        intensity: 2,
        children: [
          child({
            id: 'a',
            logic: partMachine,
            input: ({ incarnation }: ChildScope) => {
              if (incarnation === 1) throw new Error('no input');
              return {};
            },
          }),
        ],
      }),
      async ({ crash, take, t }) => {
        take();
        crash('a');
        expect(t.snapshot('/app/a')).toMatchObject({ status: 'down', lastError: 'no input' });
        await t.advance(0);
        expect(take()).toBe('crashed a, crashed a, restarted a');
      },
    ));
});

describe('a restart that is still being undone', () => {
  const doomed = ({ at }: ChildScope) => ({ fails: at > 0 && at < 30 });
  const tree = () =>
    supervisor({
      id: 'app',
      intensity: 5,
      children: [
        part('a'),
        supervisor({
          id: 's',
          intensity: 0,
          children: [part('x', { input: { closesInMs: 20 } }), part('y', { input: doomed })],
        }),
      ],
    });

  it('lets a sibling that crashes meanwhile wait', () =>
    supervised(tree(), async ({ crash, take, t }) => {
      await t.advance(10);
      t.crash('/app/s');
      take();
      crash('a');
      expect(take()).toBe('crashed a');
      await t.advance(20);
      expect(take()).toBe(
        'stopped s/x, crashed s, restarted a, started s/x, started s/y, restarted s',
      );
    }));
});
