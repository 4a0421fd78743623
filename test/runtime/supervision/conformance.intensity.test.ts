import { describe, expect, it } from 'vitest';
import { type SupervisorSpec, supervisor } from '../../../actors/child.ts';
import { part, supervised } from '../../support/supervised.ts';

type Settings = Partial<Omit<SupervisorSpec, 'children' | 'kind' | 'template' | 'id'>>;

const tree = (settings: Settings = {}) =>
  supervisor({ id: 'app', children: [part('a'), part('b'), part('c')], ...settings });

describe('restart intensity', () => {
  it('is by default one restart within 5 seconds', () =>
    supervised(tree(), async ({ crash, t, take }) => {
      crash('a');
      await t.advance(5_001);
      crash('b');
      expect(t.runtime.status).toBe('running');
      take();
      await t.advance(4_999);
      crash('c');
      expect(take()).toBe('crashed c, stopped b, stopped a, ended app');
      expect(t.runtime.status).toBe('failed');
    }));

  it('counts a restart that is exactly one period old', () =>
    supervised(tree({ intensity: 2, periodMs: 1_000 }), async ({ crash, t }) => {
      crash('a', 'a');
      await t.advance(1_000);
      crash('a');
      expect(t.runtime.status).toBe('failed');
    }));

  it('forgets a restart that is older than a period by one millisecond', () =>
    supervised(tree({ intensity: 2, periodMs: 1_000 }), async ({ crash, t }) => {
      crash('a', 'a');
      await t.advance(1_001);
      crash('a', 'a');
      expect(t.runtime.status).toBe('running');
    }));

  it('slides: restarts just before and after a full second count together', () =>
    supervised(tree({ intensity: 2, periodMs: 1_000 }), async ({ crash, t }) => {
      await t.advance(900);
      crash('a', 'b');
      await t.advance(200);
      crash('a');
      expect(t.runtime.status).toBe('failed');
    }));

  it('of 0 allows no restart', () =>
    supervised(tree({ intensity: 0 }), ({ crash, t, take }) => {
      take();
      crash('a');
      expect(take()).toBe('crashed a, stopped c, stopped b, ended app');
      expect(t.runtime.status).toBe('failed');
    }));

  it('names the supervisor, its limit and the reason when the root gives up', () =>
    supervised(tree(), async ({ crash, t, facts }) => {
      crash('a', 'b');
      await expect(t.runtime.done).rejects.toMatchObject({
        code: 'RESTART_INTENSITY_EXCEEDED',
        message: expect.stringContaining('/app'),
        cause: 'gaveUp: boom',
      });
      expect(facts('supervisor.ending')).toMatchObject([
        { path: '/app', ending: 'gaveUp', child: 'b', why: 'boom', intensity: 1, periodMs: 5_000 },
      ]);
      expect(() => t.send('/app/a', { type: 'ADD' })).toThrow(/more than 1/i);
    }));
});

describe('escalation', () => {
  const nested = (restart: 'permanent' | 'transient' | 'temporary') =>
    supervisor({
      id: 'app',
      intensity: 2,
      children: [
        part('before'),
        supervisor({ id: 'sub', restart, children: [part('x'), part('y')] }),
        part('after'),
      ],
    });

  it('restarts a permanent supervisor that gave up, with new children, and no sibling of it', () =>
    supervised(nested('permanent'), ({ crash, take, t }) => {
      crash('sub/x');
      take();
      crash('sub/y');
      expect(take()).toBe(
        'crashed sub/y, stopped sub/x, ended sub, started sub/x, started sub/y, restarted sub',
      );
      expect(t.snapshot('/app/sub')?.context).toMatchObject({ restartsAt: [] });
    }));

  it('leaves a transient supervisor that gave up idle: it ended by shutdown', () =>
    supervised(nested('transient'), ({ crash, take, t, up }) => {
      crash('sub/x');
      take();
      crash('sub/y');
      expect(take()).toBe('crashed sub/y, stopped sub/x, ended sub');
      expect(t.snapshot('/app/sub')).toMatchObject({ status: 'idle' });
      expect(up()).toBe('before after');
    }));

  it('forgets a temporary supervisor that gave up', () =>
    supervised(nested('temporary'), ({ crash, t }) => {
      crash('sub/x', 'sub/y');
      expect(t.snapshot('/app/sub')).toBeUndefined();
      expect(t.snapshot('/app/sub/x')).toBeUndefined();
      expect(t.runtime.status).toBe('running');
    }));

  it('restarts a transient supervisor that itself crashed', () =>
    supervised(nested('transient'), ({ t, take }) => {
      take();
      t.crash('/app/sub');
      expect(take()).toBe(
        'stopped sub/y, stopped sub/x, crashed sub, started sub/x, started sub/y, restarted sub',
      );
    }));

  it('goes up level by level, until the root gives up and the runtime fails', () => {
    const level = (id: string, below: Parameters<typeof supervisor>[0]['children'][number]) =>
      supervisor({ id, children: [below, part(`${id}-other`)] });
    const deep = level('app', level('one', level('two', part('x'))));
    return supervised(deep, async ({ crash, take, t }) => {
      const x = 'one/two/x';
      crash(x);
      take();
      crash(x);
      expect(take()).toContain('restarted one/two');
      crash(x, x);
      expect(take()).toMatch(/ended one\/two, stopped one\/one-other, ended one, .*restarted one$/);
      expect(t.runtime.status).toBe('running');
      crash(x, x, x, x);
      expect(take()).toMatch(/ended one\/two, .*ended one, stopped app-other, ended app$/);
      expect(t.runtime.status).toBe('failed');
    });
  });

  it('tells from which supervisor a failure came', () =>
    supervised(nested('permanent'), ({ crash, facts }) => {
      crash('sub/x', 'sub/x');
      expect(facts('supervisor.ending')).toMatchObject([{ path: '/app/sub', ending: 'gaveUp' }]);
      expect(facts('supervisor.restarted').at(-1)).toMatchObject({
        path: '/app',
        child: 'sub',
        why: 'gaveUp: boom',
      });
    }));
});
