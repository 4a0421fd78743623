import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import { supervisorMachine as machine, type SupervisorEvent } from '../../machines/supervisor.ts';
import { expectInvariant } from '../../runtime/testing/expect-invariant.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import type { Edge } from '../../runtime/testing/walk.ts';

type Snapshot = SnapshotFrom<typeof machine>;
type Step = Edge<typeof machine>;

const settings = fc.record({
  strategy: fc.constant('one_for_one' as const),
  intensity: fc.integer({ min: 0, max: 2 }),
  periodMs: fc.constant(10),
  autoShutdown: fc.constantFrom(
    'never' as const,
    'any_significant' as const,
    'all_significant' as const,
  ),
});

const backoff = { maxMs: 8, factor: 2, jitterRatio: 0, resetAfterMs: 100 };
const groups = { a: ['a', 'b'], b: ['b'] };

const common = (id: 'a' | 'b', at: number) =>
  ({ id, group: groups[id], at, why: 'boom', attempt: 0, seed: 1 }) as const;

const begin: SupervisorEvent = { type: 'BEGIN', ids: ['a', 'b', 'c'] };

/** What it is told of a child while it is ready. */
const told = (id: 'a' | 'b', at: number): SupervisorEvent[] => {
  const down = { ...common(id, at), type: 'CHILD_DOWN', significant: false } as const;
  const now = { ...backoff, minMs: 0 };
  const later = { ...backoff, minMs: 4 };
  const crash = { isLastSignificant: true, failed: true } as const;
  return [
    { ...down, ...crash, restart: 'permanent', backoff: now },
    { ...down, ...crash, restart: 'permanent', backoff: later },
    { ...down, ...crash, restart: 'temporary', backoff: now, significant: true },
    { ...down, ...crash, restart: 'transient', backoff: now, failed: false },
    { type: 'STOP_CHILD', id, group: groups[id] },
    { type: 'RESTART_CHILD', id, group: groups[id] },
  ];
};

/** What it is told while it is busy: what came of its orders. */
const answered = (id: 'a' | 'b', order: string | undefined): SupervisorEvent[] =>
  order === 'start'
    ? [
        {
          ...common(id, 0),
          type: 'START_FAILED',
          backoff: { ...backoff, minMs: 0 },
          left: id === 'a' ? [] : ['c'],
        },
        { type: 'CHILDREN_STARTED', at: 0 },
      ]
    : [
        { type: 'CHILDREN_STOPPED', at: 0 },
        { type: 'KILL_DUE', id },
        { type: 'CHILD_STOPPING', id, shutdownMs: 5 },
      ];

const orderOf = ({ context }: Snapshot) => context.orders[0]?.order;

/** All that a runtime can tell it about two children of which one needs the other. */
const events = (snapshot: Snapshot): SupervisorEvent[] =>
  (['a', 'b'] as const).flatMap((id): SupervisorEvent[] => [
    ...(snapshot.hasTag('ready') ? told(id, 0) : answered(id, orderOf(snapshot))),
    { type: 'RETRY', id },
    { type: 'SHUTDOWN' },
    ...(snapshot.value === 'starting' && !orderOf(snapshot) ? [begin] : []),
  ]);

const short = (waiting: Snapshot['context']['waiting']) =>
  waiting.map(({ id, at, counts }) => [id, at > 5, counts]);

const key = (snapshot: Snapshot): string => {
  const { value, context } = snapshot;
  const { restartsAt, waiting, due, group, waitMs, ending } = context;
  const job = value === 'running' ? [] : [group, waitMs > 0, orderOf(snapshot)];
  const counted = restartsAt.toSorted((one, other) => one - other);
  return JSON.stringify([value, counted, short(waiting), short(due), ...job, ending]);
};

const always = (holds: (edge: Step) => boolean) =>
  expectInvariant(machine, {
    settings,
    input: (drawn) => drawn,
    events,
    key,
    holds,
    runs: 3,
    limit: 4_000,
  });

const isEnding = ({ value }: Snapshot) => value === 'stopping' || value === 'ended';

describe('the supervisor chart, on every edge', () => {
  it('is sound, and exactly one of busy, ready and ended', () => {
    const input = {
      strategy: 'one_for_one',
      intensity: 1,
      periodMs: 10,
      autoShutdown: 'any_significant',
    } as const;
    const edges = expectSound(machine, {
      input,
      events,
      key,
      limit: 4_000,
      exclusiveTags: ['busy', 'ready', 'ended'],
    });
    expect(edges.length).toBeGreaterThan(1_000);
  });

  it('never records more restarts within a period than the intensity', () =>
    always(({ to: { context } }) => {
      const { restartsAt, intensity, periodMs } = context;
      const last = Math.max(...restartsAt);
      return restartsAt.filter((at) => at >= last - periodMs).length <= intensity;
    }));

  it('orders no start once it is ending, and never turns back', () =>
    always(({ from, to }) => {
      if (isEnding(from) && !isEnding(to)) return false;
      return !isEnding(to) || !to.context.orders.some(({ order }) => order === 'start');
    }));

  it('has no group in two places at once', () =>
    always(({ to: { context } }) => {
      const ids = [...context.waiting, ...context.due].map(({ id }) => id);
      return new Set(ids).size === ids.length;
    }));

  it('rests with nothing that is due', () =>
    always(({ to }) => to.value !== 'running' || to.context.due.length === 0));

  it('says how it ends exactly when it ends', () =>
    always(({ to }) => (to.context.ending !== null) === isEnding(to)));
});
