import { describe, expect, it } from 'vitest';
import {
  attemptOf,
  isFatalEvent,
  isOwnTask,
  outcomeOf,
  settledAt,
  tellOutcome,
} from '../../machines/tensor-attempt.ts';

const answer = {
  ...{ shape: [1], dtype: 'f64', kind: 'js', vendor: null, residual: 0 },
  ...{ stored: { in: 'journal' }, at: 7, values: [1] },
} as const;
const order = { type: 'COMPUTE', at: 5, job: 'a', attempt: 2, dueMs: 9 } as const;
const busy = { pool: '/p', order, atMs: 5 };

describe('an attempt at a tensor job', () => {
  it('is asked for with its job, its number and its time', () => {
    const device = 'gpu';
    expect(attemptOf(order, device)).toEqual({ job: 'a', attempt: 2, device, dueMs: 9 });
  });

  it('has an outcome without the values, and a time', () => {
    const { at: _, values: __, ...summary } = answer;
    expect(outcomeOf({ output: answer })).toEqual({ ok: true, summary });
    expect(outcomeOf({ error: { code: 'LOST', message: 'gone' } })).toEqual({
      ok: false,
      code: 'LOST',
      why: 'gone',
    });
    expect([settledAt({ output: answer }, 1), settledAt({ error: { at: 3 } }, 1)]).toEqual([7, 3]);
    expect([settledAt({ error: null }, 1), settledAt({ error: {} }, 1)]).toEqual([1, 1]);
  });

  it.each([
    ['LOST', true],
    ['OUT_OF_MEMORY', true],
    ['TIME_LIMIT', true],
    ['FAILED', false],
    ['DATA_GONE', false],
  ])('that failed as %s has cost a worker: %s', (code, isFatal) => {
    expect(isFatalEvent({ error: { code, message: '' } })).toBe(isFatal);
    expect(isFatalEvent({ output: answer })).toBe(false);
  });

  it('is told to the pool with its outcome and time, and only while it is made', () => {
    const told: unknown[] = [];
    const system = { get: (path: string) => path };
    const enqueue = { sendTo: (...to: unknown[]) => told.push(to) };
    const teller = { system, enqueue } as never;
    const event = { error: { code: 'FAILED', message: 'test', at: 7 } };
    tellOutcome(teller, busy, event, 'w');
    tellOutcome(teller, { ...busy, order: null }, event, 'w');
    const outcome = { ok: false, code: 'FAILED', why: 'test' };
    expect(told).toEqual([['/p', { type: 'ATTEMPT_ENDED', at: 7, id: 'a', slot: 'w', outcome }]]);
  });

  it('is given up only by its own name', () => {
    const abandon = (job: string) => ({ type: 'ABANDON', at: 5, job });
    expect([isOwnTask(busy, abandon('a')), isOwnTask(busy, abandon('b'))]).toEqual([true, false]);
    expect(isOwnTask(busy, { ...order })).toBe(false);
  });
});
