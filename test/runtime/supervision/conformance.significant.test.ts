import { describe, expect, it } from 'vitest';
import { supervisor } from '../../../actors/child.ts';
import { part, type Scene, supervised } from '../../support/supervised.ts';

type Shutdown = 'never' | 'any_significant' | 'all_significant';
type Part = Parameters<typeof part>[1];

const significant = { significant: true, restart: 'transient' } as const;

const tree = (autoShutdown: Shutdown, more: Part = {}, strategy = 'one_for_one' as const) =>
  supervisor({
    id: 'app',
    children: [
      supervisor({
        id: 's',
        restart: 'transient',
        intensity: 10,
        strategy,
        autoShutdown,
        children: [
          part('a', significant),
          part('b', { ...significant, ...more }),
          part('plain', { restart: 'temporary' }),
        ],
      }),
    ],
  });

const down = ({ t }: Scene) => ['down', 'idle'].includes(t.snapshot('/app/s')?.status ?? '');

describe('auto-shutdown', () => {
  it('never follows by default', () =>
    supervised(tree('never'), (scene) => {
      scene.end('s/a', 's/b');
      expect(down(scene)).toBe(false);
    }));

  it('follows the first normal end of a significant child with any_significant', () =>
    supervised(tree('any_significant'), (scene) => {
      scene.take();
      scene.end('s/a');
      expect(scene.take()).toBe('ended s/a, stopped s/plain, stopped s/b, ended s');
      expect(scene.facts('supervisor.ending')).toMatchObject([
        { path: '/app/s', ending: 'shutDown', child: 'a' },
      ]);
    }));

  it('follows the last normal end of the significant children with all_significant', () =>
    supervised(tree('all_significant'), (scene) => {
      scene.take();
      scene.end('s/b');
      expect(scene.take()).toBe('ended s/b');
      scene.end('s/a');
      expect(scene.take()).toBe('ended s/a, stopped s/plain, ended s');
    }));

  for (const autoShutdown of ['any_significant', 'all_significant'] as const) {
    it(`does not follow the end of other children with ${autoShutdown}`, () =>
      supervised(tree(autoShutdown), (scene) => {
        scene.end('s/plain');
        expect(down(scene)).toBe(false);
      }));

    it(`restarts a transient child that crashes instead, with ${autoShutdown}`, () =>
      supervised(tree(autoShutdown), (scene) => {
        scene.take();
        scene.crash('s/a');
        expect(scene.take()).toBe('crashed s/a, restarted s/a');
      }));
  }

  it('follows a crash of a temporary child', () =>
    supervised(tree('any_significant', { restart: 'temporary' }), (scene) => {
      scene.take();
      scene.crash('s/b');
      expect(scene.take()).toBe('crashed s/b, stopped s/plain, stopped s/a, ended s');
    }));

  it('waits for a significant child that is about to be restarted', () =>
    supervised(tree('all_significant', { backoff: { minMs: 100 } }), async (scene) => {
      scene.crash('s/b');
      scene.end('s/a');
      expect(down(scene)).toBe(false);
      await scene.t.advance(100);
      expect(scene.t.snapshot('/app/s/b')?.status).toBe('active');
      scene.end('s/b');
      expect(down(scene)).toBe(true);
    }));

  it('ignores the stops of significant children by a sibling that takes them along', () =>
    supervised(
      supervisor({
        id: 'app',
        strategy: 'one_for_all',
        autoShutdown: 'any_significant',
        children: [part('a'), part('b', { significant: true, restart: 'temporary' })],
      }),
      ({ crash, t, take }) => {
        take();
        crash('a');
        expect(take()).toBe('crashed a, stopped b, restarted a');
        expect(t.runtime.status).toBe('running');
      },
    ));

  it('ignores the stop of a significant child by an operator', () =>
    supervised(tree('any_significant'), async (scene) => {
      await scene.t.runtime.stopChild('/app/s/a');
      expect(down(scene)).toBe(false);
    }));

  it('is a normal end: a permanent supervisor is restarted with all its children', () =>
    supervised(
      supervisor({
        id: 'app',
        children: [
          supervisor({
            id: 's',
            autoShutdown: 'any_significant',
            children: [part('a', significant), part('b')],
          }),
        ],
      }),
      ({ end, take }) => {
        take();
        end('s/a');
        expect(take()).toBe(
          'ended s/a, stopped s/b, ended s, started s/a, started s/b, restarted s',
        );
      },
    ));

  it('goes up when the supervisor is significant itself', () =>
    supervised(
      supervisor({
        id: 'app',
        autoShutdown: 'any_significant',
        children: [
          part('other'),
          supervisor({
            id: 's',
            ...significant,
            autoShutdown: 'any_significant',
            children: [part('a', significant)],
          }),
        ],
      }),
      async ({ end, take, t }) => {
        take();
        end('s/a');
        expect(take()).toBe('ended s/a, ended s, stopped other, ended app');
        await t.runtime.done;
        expect(t.runtime.status).toBe('stopped');
      },
    ));
});
