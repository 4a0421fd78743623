import { describe, expect, it } from 'vitest';
import { supervisor } from '../../../actors/child.ts';
import { part, supervised } from '../../support/supervised.ts';

const often = { intensity: 100 } as const;

const three = (strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one') =>
  supervisor({ id: 'app', strategy, ...often, children: [part('a'), part('b'), part('c')] });

describe('a supervisor that starts', () => {
  it('starts its children from left to right, and is up after the last', () =>
    supervised(three('one_for_one'), async ({ t, take }) => {
      const [start] = await t.journal();
      const begun = start?.turn.changed?.map(({ path }) => path);
      expect(begun).toEqual(['/app', '/app/a', '/app/b', '/app/c']);
      expect(take()).toBe('started a, started b, started c, started app');
    }));

  it('starts a child after those that it depends on', () =>
    supervised(
      supervisor({ id: 'app', children: [part('a', { dependsOn: ['c'] }), part('b'), part('c')] }),
      ({ take }) => expect(take()).toBe('started c, started a, started b, started app'),
    ));
});

describe('one_for_one', () => {
  it('restarts the child that crashed and no other', () =>
    supervised(three('one_for_one'), ({ crash, take, up }) => {
      take();
      crash('b');
      expect(take()).toBe('crashed b, restarted b');
      expect(up()).toBe('a b c');
    }));

  it('restarts each of several that crash in a row', () =>
    supervised(three('one_for_one'), ({ crash, take, t }) => {
      take();
      crash('c', 'a', 'c');
      const seen = 'crashed c, restarted c, crashed a, restarted a, crashed c, restarted c';
      expect(take()).toBe(seen);
      expect(t.snapshot('/app/b')).toMatchObject({ restarts: 0, incarnation: 0 });
      expect(t.snapshot('/app/c')).toMatchObject({ restarts: 2, lastError: 'boom' });
    }));
});

describe('one_for_all', () => {
  it('stops the others from right to left and starts all from left to right', () =>
    supervised(three('one_for_all'), ({ crash, take }) => {
      take();
      crash('b');
      expect(take()).toBe('crashed b, stopped c, stopped a, restarted a, restarted b, restarted c');
    }));

  it('counts one restart for the whole group', () =>
    supervised(
      supervisor({ id: 'app', strategy: 'one_for_all', children: [part('a'), part('b')] }),
      ({ crash, t, up }) => {
        crash('a');
        expect(t.snapshot('/app')?.context).toMatchObject({ restartsAt: [0] });
        expect(up()).toBe('a b');
      },
    ));
});

describe('rest_for_one', () => {
  it('restarts the child and those started after it, and none before it', () =>
    supervised(three('rest_for_one'), ({ crash, take }) => {
      take();
      crash('b');
      expect(take()).toBe('crashed b, stopped c, restarted b, restarted c');
    }));

  it('restarts the last child alone and with the first one all', () =>
    supervised(three('rest_for_one'), ({ crash, take }) => {
      take();
      crash('c');
      expect(take()).toBe('crashed c, restarted c');
      crash('a');
      expect(take()).toBe('crashed a, stopped c, stopped b, restarted a, restarted b, restarted c');
    }));
});

describe('restart types', () => {
  const types = ['permanent', 'transient', 'temporary'] as const;
  const tree = () =>
    supervisor({
      id: 'app',
      ...often,
      children: types.map((restart) => part(restart, { restart })),
    });

  it('restarts permanent and transient children that crash, and forgets temporary ones', () =>
    supervised(tree(), ({ crash, take, t }) => {
      take();
      crash(...types);
      expect(take()).toBe(
        'crashed permanent, restarted permanent, crashed transient, restarted transient, ' +
          'crashed temporary',
      );
      expect(t.snapshot('/app/temporary')).toBeUndefined();
    }));

  it('restarts only permanent children that end normally, and keeps transient ones idle', () =>
    supervised(tree(), ({ end, take, t, up }) => {
      take();
      end(...types);
      expect(take()).toBe('ended permanent, restarted permanent, ended transient, ended temporary');
      expect(up()).toBe('permanent');
      expect(t.snapshot('/app/transient')).toMatchObject({ status: 'idle' });
      expect(t.snapshot('/app/temporary')).toBeUndefined();
    }));

  it('counts ends of permanent children as restarts, and ends of others not', () =>
    supervised(tree(), ({ end, t }) => {
      end('transient', 'temporary', 'permanent');
      expect(t.snapshot('/app')?.context).toMatchObject({ restartsAt: [0] });
    }));
});

describe('a group restart', () => {
  const mixed = (strategy: 'one_for_all' | 'rest_for_one') =>
    supervisor({
      id: 'app',
      strategy,
      ...often,
      children: [
        part('a'),
        part('b', { restart: 'transient' }),
        part('c', { restart: 'temporary' }),
        part('d', { restart: 'transient' }),
      ],
    });

  for (const strategy of ['one_for_all', 'rest_for_one'] as const) {
    it(`stops temporary siblings and never starts them again, under ${strategy}`, () =>
      supervised(mixed(strategy), ({ crash, take, t }) => {
        take();
        crash('a');
        expect(take()).toBe(
          'crashed a, stopped d, stopped c, stopped b, restarted a, restarted b, restarted d',
        );
        expect(t.snapshot('/app/c')).toBeUndefined();
      }));

    it(`starts idle transient children again, under ${strategy}`, () =>
      supervised(mixed(strategy), ({ crash, end, take }) => {
        end('b');
        take();
        crash('a');
        expect(take()).toBe(
          'crashed a, stopped d, stopped c, restarted a, restarted b, restarted d',
        );
      }));
  }

  it('leaves idle children before the one that crashed idle, under rest_for_one', () =>
    supervised(mixed('rest_for_one'), ({ crash, end, take, up }) => {
      end('b');
      take();
      crash('d');
      expect(take()).toBe('crashed d, restarted d');
      expect(up()).toBe('a c d');
    }));

  it('happens once when several of the group crash while it is being stopped', () =>
    supervised(
      supervisor({
        id: 'app',
        strategy: 'one_for_all',
        children: [part('a'), part('b'), part('c', { input: { closesInMs: 100 } })],
      }),
      async ({ crash, take, t }) => {
        take();
        crash('a', 'b');
        expect(take()).toBe('crashed a, crashed b');
        await t.advance(100);
        expect(take()).toBe('stopped c, restarted a, restarted b, restarted c');
        expect(t.snapshot('/app')?.context).toMatchObject({ restartsAt: [0] });
      },
    ));
});
