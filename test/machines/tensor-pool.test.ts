import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import type { TensorFailureCode } from '../../machines/policies/tensor-ticket.ts';
import { tensorPoolMachine as machine, type TensorPoolEvent } from '../../machines/tensor-pool.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { type Edge, walk } from '../../runtime/testing/walk.ts';
import { stranded } from '../support/reaches.ts';
import { tensorSettings, ticket, wishes } from '../support/tensor-tickets.ts';

type Snapshot = SnapshotFrom<typeof machine>;

const at = 5;
const paths = { pool: '/p', gpu: '/g', slots: '/s', jobs: '/j', alerts: [] };
const input = (given: object = {}, allocation: object = {}) => ({
  settings: tensorSettings(
    {
      workerCountMax: 1,
      queueCountMax: 1,
      blockedCountMax: 1,
      gpu: { breakEven: 'ignored', lossCountMax: 2 },
      ...given,
    },
    allocation,
  ),
  paths,
  slotIds: ['w'],
  at: 0,
});
const cpuJobs = [ticket('a'), ticket('b', { priority: 1 }), ticket('d')];
/** One of them has a right to every place in line. */
const mixedJobs = [ticket('a'), ticket('b'), ticket('d', { work: 'trading' })];
const onlyTrading = { trading: 1, analytics: 0, background: 0 };
const gpuJobs = [ticket('a'), ticket('c', { wish: wishes.gpu })];
const summary = {
  shape: [1],
  dtype: 'f32',
  kind: 'js',
  vendor: null,
  residual: 0,
  stored: { in: 'journal' },
} as const;
const failed = (code: TensorFailureCode) => ({ ok: false, code, why: 'test' }) as const;
const outcomes = [{ ok: true, summary } as const, failed('LOST'), failed('FAILED')];

/** Everyone in the pool, wherever he is. */
const present = ({ context: { running, waiting, blocked } }: Snapshot): string[] => [
  ...Object.keys(running),
  ...[...waiting, ...blocked].map((row) => row.ticket.id),
];

const asks = (snapshot: Snapshot, tickets: typeof cpuJobs): TensorPoolEvent[] => [
  ...tickets
    .filter(({ id }) => !present(snapshot).includes(id))
    .map((asked) => ({ type: 'JOB_ASKED', at, ticket: asked }) as const),
  ...tickets.map(({ id }) => ({ type: 'JOB_WITHDRAWN', at, id }) as const),
];
const ends = (id: string, slot: string | null): TensorPoolEvent[] =>
  outcomes.map((outcome) => ({ type: 'ATTEMPT_ENDED', at, id, slot, outcome }));

/** Jobs for workers only, with outcomes that are due and those that come too late. */
const cpuEvents = (snapshot: Snapshot, jobs = cpuJobs): TensorPoolEvent[] => [
  ...asks(snapshot, jobs),
  ...jobs.flatMap(({ id }) => ends(id, 'w')),
  { type: 'SLOT_READY', at, slot: 'w' },
  { type: 'SLOT_LOST', at, slot: 'w', outcome: failed('LOST') },
  { type: 'SLOT_LOST', at, slot: 'w', outcome: failed('TIME_LIMIT') },
];

/** One job for a worker and one for a GPU, whose process comes and goes. */
function gpuEvents(snapshot: Snapshot): TensorPoolEvent[] {
  const gpu = (news: Extract<TensorPoolEvent, { type: 'GPU_CHANGED' }>['news']) =>
    ({ type: 'GPU_CHANGED', at, news }) as const;
  return [
    ...asks(snapshot, gpuJobs),
    ...ends('a', 'w'),
    ...ends('c', 'w'),
    ...ends('c', null),
    { type: 'SLOT_READY', at, slot: 'w' },
    gpu({ state: 'off' }),
    gpu({ state: 'down', why: 'x' }),
    gpu({ state: 'unusable', why: 'x' }),
    gpu({ state: 'ready', kind: 'hardware', vendor: 'acme', breakEvenFlopsCount: null }),
    { type: 'RETRY_GPU', at, by: 'ada', why: 'new driver' },
  ];
}

const key = ({ value, context }: Snapshot) => {
  const { slots, gpu, running, waiting, blocked, gpuLossStreak } = context;
  const rows = (list: typeof waiting) =>
    list.map(({ ticket: { id }, attemptCount, gpuRefusal }) => [id, attemptCount, !gpuRefusal]);
  const runs = Object.entries(running)
    .toSorted()
    .map(([id, { device, slot, row }]) => [id, device, slot, row.attemptCount, !row.gpuRefusal]);
  const lines = [rows(waiting), rows(blocked)];
  const device = [gpu.state, 'job' in gpu && gpu.job];
  return JSON.stringify([value, slots, device, runs, lines, Math.min(gpuLossStreak, 2)]);
};

function expectWhole({ from, to }: Edge<typeof machine>): void {
  const { running, waiting, slots, gpu, bytes, counts, settings } = to.context;
  const here = present(to);
  expect(new Set(here).size).toBe(here.length);
  expect(bytes).toBe(100 * (Object.keys(running).length + waiting.length));
  expect(Object.keys(running).length + waiting.length).toBeLessThanOrEqual(2);
  const { asked, done, failed: lost, withdrawn, refused, dropped } = counts;
  expect(asked - done - lost - withdrawn - refused - dropped).toBe(here.length);
  for (const [id, { device, slot, row }] of Object.entries(running)) {
    expect(device === 'cpu' ? slots[slot!] : gpu.state !== 'ready' || gpu.job).toBe(
      device === 'cpu' || gpu.state === 'ready' ? id : true,
    );
    expect(row.attemptCount).toBeLessThanOrEqual(2);
  }
  for (const job of Object.values(slots)) expect(job === null || job in running).toBe(true);
  expect(to.value).toBe(here.length - to.context.blocked.length >= 2 ? 'full' : 'open');
  // Whoever could start has started.
  const isFree = slots['w'] === null;
  if (isFree) expect(waiting.filter(({ ticket: { wish } }) => wish.device === 'cpu')).toEqual([]);
  if (gpu.state === 'unusable' && isFree) expect(waiting).toEqual([]);
  if (settings.rejectPolicy !== 'block') expect(to.context.blocked).toEqual([]);
  expect(from.context.paths).toBe(to.context.paths);
}

describe('tensor pool, on every edge', () => {
  it.each(['exception', 'block', 'drop'])(
    'with %s: nobody is lost, counted twice or left waiting for nothing',
    (rejectPolicy) => {
      const edges = expectSound(machine, {
        input: input({ rejectPolicy }),
        events: (snapshot) => cpuEvents(snapshot),
        key,
        exclusiveTags: ['admits', 'refuses'],
      });
      for (const edge of edges) expectWhole(edge);
      expect(stranded(edges, key, (snapshot) => present(snapshot).length === 0)).toEqual([]);
    },
  );

  it.each(['exception', 'block', 'drop'])(
    'with %s: a kind of work gets the place in line that was lent, and nobody is lost',
    (rejectPolicy) => {
      const edges = expectSound(machine, {
        input: input({ rejectPolicy }, { queues: onlyTrading }),
        events: (snapshot) => cpuEvents(snapshot, mixedJobs),
        key,
      });
      for (const edge of edges) expectWhole(edge);
      expect(stranded(edges, key, (snapshot) => present(snapshot).length === 0)).toEqual([]);
      const given = edges.filter(
        ({ from, event }) =>
          event.type === 'JOB_ASKED' &&
          event.ticket.id === 'd' &&
          from.value === 'full' &&
          from.context.waiting.length === 1 &&
          from.context.blocked.length === 0,
      );
      expect(given.length).toBeGreaterThan(0);
      for (const { from, to } of given) {
        expect(to.context.waiting.map(({ ticket: { id } }) => id)).toEqual(['d']);
        const victim = rejectPolicy === 'block' ? from.context.waiting : [];
        expect(to.context.blocked).toEqual(victim);
        const droppedCount = to.context.counts.dropped - from.context.counts.dropped;
        expect(droppedCount).toBe(rejectPolicy === 'block' ? 0 : 1);
      }
    },
  );

  const edges = walk(machine, { input: input(), events: gpuEvents, key });

  it('with a GPU that comes and goes: the same', () => {
    for (const edge of edges) expectWhole(edge);
    expect(stranded(edges, key, (snapshot) => present(snapshot).length === 0)).toEqual([]);
  });

  it('repeats only what died, once, and on the CPU what the GPU failed to do', () => {
    const ended = edges.filter(({ event }) => event.type === 'ATTEMPT_ENDED');
    for (const { from, event, to } of ended) {
      if (event.type !== 'ATTEMPT_ENDED') continue;
      const before = from.context.running[event.id];
      const isCurrent = before?.slot === event.slot;
      const isRepeated = to.context.counts.repeated > from.context.counts.repeated;
      const mayBe =
        isCurrent &&
        !event.outcome.ok &&
        before.row.attemptCount < 2 &&
        (before.device === 'gpu' || event.outcome.code === 'LOST');
      expect(isRepeated).toBe(mayBe);
      if (!isRepeated || before?.device !== 'gpu') continue;
      expect(to.context.running[event.id]?.device ?? 'cpu').toBe('cpu');
    }
  });

  it('gives a GPU up after so many losses, until an operator wants it again', () => {
    const given = edges.filter(({ to }) => to.context.gpuLossStreak >= 2);
    expect(given.length).toBeGreaterThan(0);
    for (const { event, to } of given) {
      if (event.type !== 'GPU_CHANGED' || !['off', 'down'].includes(event.news.state)) continue;
      expect(to.context.gpu).toMatchObject({ state: 'unusable' });
    }
    for (const { from, event, to } of edges) {
      const isDone = event.type === 'ATTEMPT_ENDED' && event.outcome.ok && event.slot === null;
      if (isDone && from.context.running[event.id]?.device === 'gpu') {
        expect(to.context.gpuLossStreak).toBe(0);
      }
      if (event.type !== 'RETRY_GPU') continue;
      expect(['off', 'starting']).toContain(to.context.gpu.state);
      expect(to.context.gpuLossStreak).toBe(0);
    }
  });
});
