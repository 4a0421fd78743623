import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import { tensorGpuMachine as machine, type TensorGpuEvent } from '../../machines/tensor-gpu.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { stranded } from '../support/reaches.ts';
import { tensorSettings } from '../support/tensor-tickets.ts';

type Snapshot = SnapshotFrom<typeof machine>;

const at = 5;
const answer = (residual: number) => ({
  ...{ shape: [1], dtype: 'f32', kind: 'hardware', vendor: 'acme', residual },
  ...{ stored: { in: 'journal' }, at: 7 },
});
const id = '0.tensorGpu.on.computing';
const failure = (code: string) => ({
  type: `xstate.error.actor.${id}`,
  error: { code, message: code, at: 7 },
});
/** Attempts settle only while one is made. */
const events = (snapshot: Snapshot) =>
  all.filter(({ type }) => snapshot.hasTag('busy') || !type.startsWith('xstate.'));
const all = [
  { type: 'START', at },
  { type: 'RETRY', at },
  { type: 'STATE_ASKED', at },
  { type: 'COMPUTE', at, job: 'a', attempt: 1, dueMs: 9 },
  { type: 'ABANDON', at, job: 'a' },
  { type: 'ABANDON', at, job: 'b' },
  {
    ...{ type: 'GPU_READY', at, kind: 'hardware', vendor: 'acme', architecture: 'x' },
    ...{ breakEvenFlopsCount: null, selfTestError: 0 },
  },
  { type: 'GPU_UNUSABLE', at, why: 'no adapter' },
  { type: 'GPU_LOST', at, why: 'killed' },
  { type: `xstate.done.actor.${id}`, output: answer(1e-4) },
  { type: `xstate.done.actor.${id}`, output: answer(1.1e-4) },
  failure('LOST'),
  failure('FAILED'),
] as unknown as TensorGpuEvent[];
const input = { pool: '/p', settings: tensorSettings().gpu, at: 0 };

describe('tensor GPU, on every edge', () => {
  const edges = expectSound(machine, { input, events });
  const key = (snapshot: Snapshot) => JSON.stringify([snapshot.value, snapshot.context]);

  it('computes only after its self-test, and has a process only while it is on', () => {
    for (const { from, event, to } of edges) {
      const isOn = (snapshot: Snapshot) => typeof snapshot.value === 'object';
      expect(isOn(to)).toBe(
        'tensorGpu.on:invocation[0]' in to.children || '0.tensorGpu.on' in to.children,
      );
      if (to.hasTag('busy'))
        expect([to.context.report !== null, to.context.order !== null]).toEqual([true, true]);
      if (to.matches({ on: 'idle' })) expect(to.context.order).toBeNull();
      if (!isOn(from) && isOn(to)) expect(event.type).toBe('START');
    }
  });

  it('does what each end of an attempt asks for', () => {
    const busy = edges.filter(({ from }) => from.hasTag('busy'));
    const reached = (isThat: (event: TensorGpuEvent) => boolean) =>
      new Set(busy.filter(({ event }) => isThat(event)).map(({ to }) => JSON.stringify(to.value)));
    const outputs = (residual: number) => (event: object) =>
      'output' in event && (event.output as { residual: number }).residual === residual;
    const errors = (code: string) => (event: object) =>
      'error' in event && (event.error as { code: string }).code === code;
    expect([...reached(outputs(1e-4))]).toEqual(['{"on":"idle"}']);
    expect([...reached(outputs(1.1e-4))]).toEqual(['"unusable"']);
    expect([...reached(errors('LOST'))]).toEqual(['"lost"']);
    expect([...reached(errors('FAILED'))]).toEqual(['{"on":"idle"}']);
    expect([...reached(({ type }) => type === 'GPU_LOST')]).toEqual(['"lost"']);
  });

  it('says why it is unusable or lost, and can be tried again', () => {
    for (const { from, to } of edges) {
      if (from.value === to.value) continue;
      if (to.value === 'unusable' || to.value === 'lost') expect(to.context.why).toBeTruthy();
    }
    const active = edges.filter(({ to }) => to.value !== 'lost');
    expect(stranded(active, key, ({ value }) => value === 'off')).toEqual([]);
  });
});
