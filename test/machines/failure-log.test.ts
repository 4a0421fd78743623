import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import {
  type FailureLogEvent,
  failureAt,
  failureLogMachine,
  failuresOf,
} from '../../machines/failure-log.ts';

function log(retentionCount: number) {
  const actor = createActor(failureLogMachine, { input: { retentionCount } }).start();
  const send = (event: FailureLogEvent) => actor.send(event);
  return {
    send,
    note: (number: number) =>
      send({ type: 'NOTED', at: number, number, key: `GPU_LAG-${number}`, severity: 1 }),
    context: () => actor.getSnapshot().context,
    at: (key: string) => failureAt(actor.getSnapshot().context, key),
  };
}

describe('failure log', () => {
  it('remembers the newest in fixed memory', () => {
    const { note, context, at } = log(1_000);
    for (let number = 1; number <= 2_550; number += 1) note(number);
    const kept = failuresOf(context());
    expect(kept.length).toBeGreaterThan(900);
    expect(kept.length).toBeLessThanOrEqual(1_000);
    expect(kept.at(-1)?.key).toBe('GPU_LAG-2550');
    expect(kept[0]?.key).toBe(`GPU_LAG-${2_551 - kept.length}`);
    expect(at('GPU_LAG-2550')).toMatchObject({ severity: 1, patch: null });
    expect(at('GPU_LAG-1500')).toBeUndefined();
    expect(Object.keys(context()).length).toBe(11);
  });

  it('costs the journal one page for a failure, however many it holds', () => {
    const { note, context } = log(1_000);
    for (let number = 1; number <= 950; number += 1) note(number);
    const before = context();
    note(951);
    const after = context();
    const keys = Object.keys(after) as (keyof typeof after)[];
    expect(keys.filter((key) => before[key] !== after[key])).toEqual(['page9']);
  });

  it('notes which patch answered a failure, and how it ended', () => {
    const { note, send, at } = log(100);
    note(7);
    send({ type: 'ANSWERED', at: 8, key: 'GPU_LAG-7', patch: 'p-1', end: null });
    expect(at('GPU_LAG-7')).toMatchObject({ patch: 'p-1', end: null });
    send({ type: 'ANSWERED', at: 9, key: 'GPU_LAG-7', patch: 'p-1', end: 'kept' });
    expect(at('GPU_LAG-7')).toMatchObject({ patch: 'p-1', end: 'kept' });
    send({ type: 'ANSWERED', at: 9, key: 'GPU_LAG-8', patch: 'p-1', end: 'kept' });
    expect(at('GPU_LAG-8')).toBeUndefined();
  });

  it.each(['', 'GPU_LAG', 'GPU_LAG--1', 'GPU_LAG-1.5', 'GPU_LAG-x', 'CPU_STALL-7'])(
    'knows nothing by the key %j',
    (key) => {
      const { note, at } = log(100);
      note(7);
      expect(at(key)).toBeUndefined();
    },
  );
});
