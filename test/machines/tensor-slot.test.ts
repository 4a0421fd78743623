import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import { tensorSlotMachine as machine, type TensorSlotEvent } from '../../machines/tensor-slot.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { stranded } from '../support/reaches.ts';

type Snapshot = SnapshotFrom<typeof machine>;

const at = 5;
const answer = {
  ...{ shape: [1], dtype: 'f64', kind: 'js', vendor: null, residual: 0 },
  ...{ stored: { in: 'journal' }, at: 7, values: [1] },
} as const;
const id = '0.tensorSlot.computing';
const failure = (code: string) => ({ type: `xstate.error.actor.${id}`, error: { code, at: 7 } });

/** Attempts settle only while one is made. */
const events = (snapshot: Snapshot) =>
  all.filter(({ type }) => snapshot.hasTag('busy') || !type.startsWith('xstate.'));
const all = [
  { type: 'COMPUTE', at, job: 'a', attempt: 1, dueMs: 9 },
  { type: 'ABANDON', at, job: 'a' },
  { type: 'ABANDON', at, job: 'b' },
  { type: 'STATE_ASKED', at },
  { type: `xstate.done.actor.${id}`, output: answer },
  failure('LOST'),
  failure('FAILED'),
] as unknown as TensorSlotEvent[];

describe('tensor slot, on every edge', () => {
  it('has a job exactly while it computes, and ends only with its worker', () => {
    const edges = expectSound(machine, { input: { id: 'w', pool: '/p', at: 0 }, events });
    for (const { from, event, to } of edges) {
      expect(to.value === 'computing').toBe(to.hasTag('busy'));
      if (to.value !== 'broken') expect(to.context.order !== null).toBe(to.hasTag('busy'));
      const isLoss = 'error' in event && (event.error as { code: string }).code === 'LOST';
      const ends = from.value === 'computing' && isLoss;
      if (from.status === 'active') expect(to.status === 'done').toBe(ends);
      if (from.value === 'computing' && event.type === 'ABANDON') {
        expect(to.value).toBe(event.job === 'a' ? 'idle' : 'computing');
      }
    }
    const key = (snapshot: Snapshot) => JSON.stringify([snapshot.value, snapshot.context]);
    const active = edges.filter(({ from }) => from.status === 'active');
    expect(stranded(active, key, ({ value }) => value === 'idle')).toEqual([]);
  });
});
