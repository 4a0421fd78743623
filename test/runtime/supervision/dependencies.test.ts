import { describe, expect, it } from 'vitest';
import { type ChildScope, supervisor } from '../../../actors/child.ts';
import { part, supervised } from '../../support/supervised.ts';

type Part = NonNullable<Parameters<typeof part>[1]>;

const tree = (
  parts: Record<string, Part>,
  strategy: 'one_for_one' | 'rest_for_one' = 'one_for_one',
) =>
  supervisor({
    id: 'app',
    strategy,
    intensity: 100,
    children: Object.entries(parts).map(([id, spec]) => part(id, spec)),
  });

const slowAndFlaky = ({ incarnation }: ChildScope) => ({
  closesInMs: 3,
  fails: incarnation === 1,
});

const chain = {
  a: {},
  b: { dependsOn: ['a'] },
  other: {},
  c: { dependsOn: ['b'] },
  d: { dependsOn: ['c', 'a'] },
} satisfies Record<string, Part>;

describe('dependsOn', () => {
  it('takes exactly the dependants along, transitively, last stopped first started', () =>
    supervised(tree(chain), ({ crash, take }) => {
      take();
      crash('b');
      expect(take()).toBe('crashed b, stopped d, stopped c, restarted b, restarted c, restarted d');
      crash('a');
      expect(take()).toBe(
        'crashed a, stopped d, stopped c, stopped b, ' +
          'restarted a, restarted b, restarted c, restarted d',
      );
    }));

  it('takes nobody along with a child on which nobody depends', () =>
    supervised(tree(chain), ({ crash, take }) => {
      take();
      crash('d', 'other');
      expect(take()).toBe('crashed d, restarted d, crashed other, restarted other');
    }));

  it('takes along nobody when a child ends for good', () =>
    supervised(
      tree({ a: { restart: 'transient' }, b: { dependsOn: ['a'] } }),
      ({ end, take, up }) => {
        take();
        end('a');
        expect([take(), up()]).toEqual(['ended a', 'b']);
      },
    ));

  it('keeps dependants down while the child waits for its restart', () =>
    supervised(tree({ ...chain, b: { dependsOn: ['a'], backoff: { minMs: 100 } } }), async (s) => {
      s.take();
      s.crash('b');
      expect(s.take()).toBe('crashed b, stopped d, stopped c');
      await s.t.advance(99);
      expect(s.up()).toBe('a other');
      await s.t.advance(1);
      expect(s.take()).toBe('restarted b, restarted c, restarted d');
    }));

  it('restarts a waiting dependant at once when what it depends on is restarted', () =>
    supervised(tree({ a: {}, b: { dependsOn: ['a'], backoff: { minMs: 100 } } }), async (s) => {
      s.crash('b');
      s.take();
      s.crash('a');
      expect(s.take()).toBe('crashed a, restarted a, restarted b');
      await s.t.advance(1_000);
      expect(s.take()).toBe('');
    }));

  it('lets overlapping waits end on their own: a shared dependant waits for the longer one', () =>
    supervised(
      tree({
        a: { backoff: { minMs: 100 } },
        b: { backoff: { minMs: 300 } },
        c: { dependsOn: ['a', 'b'] },
      }),
      async (s) => {
        s.take();
        s.crash('a', 'b');
        expect(s.take()).toBe('crashed a, stopped c, crashed b');
        await s.t.advance(100);
        expect(s.take()).toBe('restarted a');
        await s.t.advance(200);
        expect(s.take()).toBe('restarted b, restarted c');
      },
    ));

  it('does not start a child by hand before what it waits for', () =>
    supervised(tree({ a: { backoff: { minMs: 100 } }, b: { dependsOn: ['a'] } }), async (s) => {
      s.crash('a');
      s.take();
      await s.t.runtime.restart('/app/b');
      expect(s.take()).toBe('');
      await s.t.advance(100);
      expect(s.take()).toBe('restarted a, restarted b');
    }));

  it('adds to rest_for_one those that come after', () =>
    supervised(tree({ a: {}, b: {}, c: { dependsOn: ['a'] }, d: {} }, 'rest_for_one'), (s) => {
      s.take();
      s.crash('c');
      expect(s.take()).toBe('crashed c, stopped d, restarted c, restarted d');
    }));

  it('does not start a child before what it needs, though the wait for that is over already', () =>
    supervised(
      tree({
        a: { backoff: { minMs: 100 } },
        b: {},
        c: { dependsOn: ['a', 'b'] },
        d: { dependsOn: ['b'], input: { closesInMs: 400 } },
      }),
      async (s) => {
        s.crash('a', 'b');
        s.take();
        await s.t.advance(400);
        expect(s.take()).toBe('stopped d, restarted b, restarted d, restarted a, restarted c');
      },
    ));

  it('lets a child that crashed meanwhile start with the group that waits for its next try', () =>
    supervised(
      tree({ a: { input: slowAndFlaky }, b: { restart: 'transient' } }, 'rest_for_one'),
      async (s) => {
        await s.t.runtime.restart('/app/a');
        s.crash('b');
        s.take();
        await s.t.advance(3);
        expect(s.take()).toBe('stopped a, crashed a, restarted a, restarted b');
      },
    ));

  it('goes on with a restart whose wait was over while another was being done', () =>
    supervised(
      tree({
        a: { backoff: { minMs: 100 } },
        b: {},
        c: { dependsOn: ['b'], input: { closesInMs: 400 } },
      }),
      async (s) => {
        s.take();
        s.crash('a', 'b');
        await s.t.advance(399);
        expect(s.take()).toBe('crashed a, crashed b');
        await s.t.advance(1);
        expect(s.take()).toBe('stopped c, restarted b, restarted c, restarted a');
      },
    ));
});
