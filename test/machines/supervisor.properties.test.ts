import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import { supervisorMachine as machine, type SupervisorEvent } from '../../machines/supervisor.ts';
import { expectInvariant } from '../../runtime/testing/expect-invariant.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import type { Edge } from '../../runtime/testing/walk.ts';

type Snapshot = SnapshotFrom<typeof machine>;

const settings = fc.record({
  intensity: fc.integer({ min: 0, max: 3 }),
  periodMs: fc.integer({ min: 1, max: 4 }),
});

/** Every way in which a child goes down, now, a little later and when all is forgotten. */
const events = ({ context: { restartsAt, periodMs } }: Snapshot): SupervisorEvent[] => {
  const last = restartsAt.at(-1) ?? 0;
  const downs = [last, last + 1, last + periodMs, last + periodMs + 1].flatMap((at) =>
    (['permanent', 'transient', 'temporary'] as const).flatMap((restart) =>
      [true, false].map((failed) => ({
        type: 'CHILD_DOWN' as const,
        ...{ id: 'a', restart, failed, why: 'boom', at },
      })),
    ),
  );
  return [{ type: 'CHILDREN_STARTED' }, { type: 'STOP' }, ...downs];
};

/** Times matter to guards only by how long ago they are. */
const key = ({ value, context: { restartsAt, orders } }: Snapshot): string => {
  const last = restartsAt.at(-1) ?? 0;
  return JSON.stringify([value, restartsAt.map((at) => last - at), orders]);
};

const always = (holds: (edge: Edge<typeof machine>) => boolean) =>
  expectInvariant(machine, { settings, input: (drawn) => drawn, events, key, holds, runs: 20 });

type Down = Extract<SupervisorEvent, { type: 'CHILD_DOWN' }>;
const downOf = ({ from, event }: Edge<typeof machine>): Down | undefined =>
  event.type === 'CHILD_DOWN' && from.status === 'active' ? event : undefined;
const staysDown = ({ restart, failed }: Down) =>
  restart === 'temporary' || (restart === 'transient' && !failed);

describe('supervisor, on every edge', () => {
  it('is sound', () => {
    const input = { intensity: 2, periodMs: 3 };
    const edges = expectSound(machine, { input, events, key, exclusiveTags: ['up', 'ended'] });
    expect(edges.length).toBeGreaterThan(100);
  });

  it('never counts more restarts than its intensity, and none that is older than its period', () =>
    always(({ to: { context } }) => {
      const { restartsAt, intensity, periodMs } = context;
      return (
        restartsAt.length <= intensity &&
        restartsAt.every((at) => at >= (restartsAt.at(-1) ?? 0) - periodMs)
      );
    }));

  it('gives up exactly when one restart more would be too many', () =>
    always((edge) => {
      const down = downOf(edge);
      if (!down) return edge.to.value !== 'gaveUp' || edge.from.value === 'gaveUp';
      const { restartsAt, intensity, periodMs } = edge.from.context;
      const recent = restartsAt.filter((at) => at >= down.at - periodMs).length;
      return (edge.to.value === 'gaveUp') === (!staysDown(down) && recent + 1 > intensity);
    }));

  it('answers each child that goes down with one order for it, or gives up with none', () =>
    always((edge) => {
      const down = downOf(edge);
      if (!down) return true;
      const { value, context } = edge.to;
      const order = staysDown(down) ? 'remove' : 'restart';
      const expected = value === 'gaveUp' ? [] : [{ order, id: down.id }];
      return JSON.stringify(context.orders) === JSON.stringify(expected);
    }));

  it('counts nothing for a child that stays down', () =>
    always((edge) => {
      const down = downOf(edge);
      if (!down || !staysDown(down)) return true;
      return edge.to.context.restartsAt === edge.from.context.restartsAt;
    }));
});
