import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import {
  tensorJobMachine as machine,
  type TensorJobEmitted,
  type TensorJobEvent,
} from '../../machines/tensor-job.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { ticket } from '../support/tensor-tickets.ts';

const at = 5;
const input = { ticket: ticket('a'), pool: '/p', deadlineMs: 100, at: 0 };
const summary = {
  shape: [1],
  dtype: 'f32',
  kind: 'js',
  vendor: null,
  residual: 0,
  stored: { in: 'journal' },
} as const;
const done = { type: 'JOB_ENDED', at, outcome: { ok: true, summary } } as const;
const lost = { type: 'JOB_ENDED', at, outcome: { ok: false, code: 'LOST', why: 'x' } } as const;
const start = (fallbackReason: string | null, attempt = 1) =>
  ({ type: 'JOB_STARTED', at, device: 'cpu', slot: 'w', attempt, fallbackReason }) as const;
const refused = (reason: 'queueFull' | 'overBudget' | 'dropped' | 'noBackend') =>
  ({ type: 'JOB_REFUSED', at, reason, why: 'x' }) as const;

function endOf(...events: TensorJobEvent[]): TensorJobEmitted | undefined {
  const actor = createActor(machine, { input }).start();
  let end: TensorJobEmitted | undefined;
  actor.on('tensorJob.ended', (fact) => {
    end = fact;
  });
  for (const event of events) actor.send(event);
  actor.stop();
  return end;
}

describe('tensor job', () => {
  it('is sound on every edge, and ends with one fact', () => {
    const events: TensorJobEvent[] = [
      { type: 'JOB_BLOCKED', at },
      { type: 'JOB_QUEUED', at },
      start(null),
      refused('dropped'),
      done,
      lost,
      { type: 'CANCEL', at, why: 'test' },
    ];
    const edges = expectSound(machine, { input, events });
    const ends = new Set(edges.filter(({ to }) => to.status === 'done').map(({ to }) => to.value));
    expect([...ends].toSorted()).toEqual(['cancelled', 'done', 'expired', 'failed', 'refused']);
    for (const { from, event, to } of edges) {
      if (from.status !== 'active' || !event.type.startsWith('xstate.after')) continue;
      expect(to.value).toBe('expired');
    }
  });

  it('says what it gave, where, and why not on the GPU', () => {
    expect(endOf({ type: 'JOB_QUEUED', at }, start('no adapter'), done)).toMatchObject({
      ...{ id: 'a', op: 'matmul', at, outcome: 'done', device: 'cpu', attemptCount: 1 },
      ...{ fallbackReason: 'no adapter', summary, code: null, why: null },
    });
  });

  it('remembers over a second attempt why it is not on the GPU', () => {
    expect(endOf(start('killed'), start(null, 2), done)).toMatchObject({
      attemptCount: 2,
      fallbackReason: 'killed',
    });
  });

  it.each([
    [lost, 'failed', 'LOST'],
    [refused('queueFull'), 'refused', 'QUEUE_FULL'],
    [refused('overBudget'), 'refused', 'OVER_BUDGET'],
    [refused('dropped'), 'refused', 'DROPPED'],
    [refused('noBackend'), 'refused', 'NO_BACKEND'],
    [{ type: 'CANCEL', at, why: 'x' } as const, 'cancelled', 'CANCELLED'],
  ])('ends by %j as %s', (event, outcome, code) => {
    expect(endOf(event)).toMatchObject({ outcome, code, why: 'x', summary: null, at });
  });
});
