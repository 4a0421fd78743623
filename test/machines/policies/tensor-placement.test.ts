import { describe, expect, it } from 'vitest';
import {
  mayRepeat,
  placementOf,
  type TensorGpuView,
} from '../../../machines/policies/tensor-placement.ts';
import type { TensorFailureCode } from '../../../machines/policies/tensor-ticket.ts';
import { row, tensorSettings, wishes } from '../../support/tensor-tickets.ts';

const ready = (over: Partial<Extract<TensorGpuView, { state: 'ready' }>> = {}): TensorGpuView => ({
  state: 'ready',
  kind: 'hardware',
  vendor: 'acme',
  breakEvenFlopsCount: 1_000,
  job: null,
  ...over,
});
const settings = tensorSettings();
const { cpu, gpu, onlyGpu } = wishes;

describe('the place of a job', () => {
  it('is the CPU, without a reason, for a job that asks for nothing else', () => {
    expect(placementOf(row('a', { wish: cpu }), ready(), settings)).toEqual({
      on: 'cpu',
      reason: null,
    });
  });

  it('is the GPU for a job that is large enough', () => {
    expect(placementOf(row('a', { wish: gpu }), ready(), settings)).toEqual({ on: 'gpu' });
  });

  it.each([
    ['f64', { dtype: 'f64' }, ready(), 'a GPU computes in f32, and the job asks for f64'],
    ['an operation', { op: 'eigenGeneral' }, ready(), 'a GPU does not compute eigenGeneral here'],
    [
      'a batch of another operation',
      { op: 'batch', of: 'singularValues' },
      ready(),
      'a GPU does not compute singularValues here',
    ],
    [
      'its size in bytes',
      { bytes: 2 ** 30 },
      ready(),
      "it takes 1073741824 bytes, and the GPU's budget is 966367641",
    ],
    [
      'a software driver',
      {},
      ready({ kind: 'software', vendor: 'swiftshader' }),
      'the only adapter is software: swiftshader',
    ],
    ['an unusable GPU', {}, { state: 'unusable', why: 'no adapter' } as const, 'no adapter'],
  ])(
    'is the CPU with the reason because of %s; who requires a GPU is refused',
    (_, over, view, reason) => {
      expect(placementOf(row('a', { wish: gpu, ...over } as never), view, settings)).toEqual({
        on: 'cpu',
        reason,
      });
      expect(placementOf(row('a', { wish: onlyGpu, ...over } as never), view, settings)).toEqual({
        on: 'refused',
        reason,
      });
    },
  );

  it('is the CPU for a job that is too small to gain, unless it requires the GPU', () => {
    const small = { flopsCount: 999 };
    const reason = 'the CPU is faster below 1000 operations, and this takes 999';
    expect(placementOf(row('a', { wish: gpu, ...small }), ready(), settings)).toEqual({
      on: 'cpu',
      reason,
    });
    expect(placementOf(row('a', { wish: onlyGpu, ...small }), ready(), settings).on).toBe('gpu');
    const never = ready({ breakEvenFlopsCount: null });
    expect(placementOf(row('a', { wish: gpu }), never, settings)).toEqual({
      on: 'cpu',
      reason: 'the CPU was faster at every size that was measured',
    });
    const ignored = tensorSettings({ gpu: { breakEven: 'ignored' } });
    expect(placementOf(row('a', { wish: gpu, ...small }), never, ignored).on).toBe('gpu');
  });

  it('is a software driver where the settings accept one', () => {
    const accepting = tensorSettings({ gpu: { acceptSoftware: true } });
    const view = ready({ kind: 'software' });
    expect(placementOf(row('a', { wish: gpu }), view, accepting).on).toBe('gpu');
  });

  it('is nowhere while the GPU starts or computes another job', () => {
    for (const view of [ready({ job: 'b' }), { state: 'off' }, { state: 'starting' }] as const) {
      expect(placementOf(row('a', { wish: gpu }), view, settings).on).toBe('neither');
    }
  });

  it('is the CPU while the GPU process is down; who requires it waits', () => {
    const down = { state: 'down', why: 'killed' } as const;
    expect(placementOf(row('a', { wish: gpu }), down, settings)).toEqual({
      on: 'cpu',
      reason: 'killed',
    });
    expect(placementOf(row('a', { wish: onlyGpu }), down, settings).on).toBe('neither');
  });

  it('is never the GPU when that is not enabled, or has failed the job before', () => {
    const off = tensorSettings({ gpu: { enabled: false } });
    expect(placementOf(row('a', { wish: gpu }), ready(), off)).toEqual({
      on: 'cpu',
      reason: 'tensor.gpu.enabled is false',
    });
    const failed = row('a', { wish: gpu }, { gpuRefusal: 'it was killed' });
    expect(placementOf(failed, ready(), settings)).toEqual({ on: 'cpu', reason: 'it was killed' });
  });
});

describe('another attempt', () => {
  const failed = (code: TensorFailureCode) => ({ ok: false, code, why: '' }) as const;
  const begun = (over = {}, attemptCount = 1) => row('a', { wish: gpu, ...over }, { attemptCount });
  const all = [
    ...(['LOST', 'OUT_OF_MEMORY', 'TIME_LIMIT', 'FAILED'] as const),
    ...(['WRONG_ANSWER', 'UNAVAILABLE', 'INTERRUPTED', 'DATA_GONE'] as const),
  ];

  it('is made on the CPU of all that a GPU failed to do, while the numbers are there', () => {
    const repeated = all.filter((code) => mayRepeat(begun(), 'gpu', failed(code)));
    expect(repeated).toEqual(all.slice(0, 6));
    expect(mayRepeat(begun({ isRepeatable: false }), 'gpu', failed('LOST'))).toBe(true);
  });

  it('is made on another worker only of what died', () => {
    const repeated = all.filter((code) => mayRepeat(begun(), 'cpu', failed(code)));
    expect(repeated).toEqual(['LOST']);
    expect(mayRepeat(begun({ isRepeatable: false }), 'cpu', failed('LOST'))).toBe(false);
  });

  it('is made once, and not elsewhere than where it was required', () => {
    expect(mayRepeat(begun({}, 2), 'cpu', failed('LOST'))).toBe(false);
    expect(mayRepeat(begun({ wish: onlyGpu }), 'gpu', failed('LOST'))).toBe(false);
  });
});
