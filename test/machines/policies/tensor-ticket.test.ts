import { describe, expect, it } from 'vitest';
import { failureOf, isFatal, wishOf } from '../../../machines/policies/tensor-ticket.ts';

describe('the wish of a job', () => {
  it.each([
    [undefined, 'cpu', { device: 'cpu', isRequired: false }],
    [undefined, 'gpu', { device: 'gpu', isRequired: false }],
    [{ prefer: 'gpu' }, 'cpu', { device: 'gpu', isRequired: false }],
    [{ require: 'gpu' }, 'cpu', { device: 'gpu', isRequired: true }],
    [{ require: 'cpu' }, 'gpu', { device: 'cpu', isRequired: true }],
    [{ forbid: 'gpu' }, 'gpu', { device: 'cpu', isRequired: true }],
    [{ forbid: 'cpu' }, 'cpu', { device: 'gpu', isRequired: true }],
  ] as const)('%j, with %s in the settings', (backend, setting, wish) => {
    expect(wishOf(backend, { backend: setting })).toEqual(wish);
  });
});

describe('the failure of an attempt', () => {
  it.each([
    [{ code: 'LOST', message: 'gone' }, 'LOST', 'gone'],
    [
      { code: 'EFFECT_INTERRUPTED', message: 'the process ended' },
      'INTERRUPTED',
      'the process ended',
    ],
    [{ code: 'ENOENT', message: 'no file' }, 'FAILED', 'no file'],
    [new RangeError('too small'), 'FAILED', 'too small'],
    ['words', 'FAILED', 'words'],
    [undefined, 'FAILED', 'undefined'],
  ])('is read from %j', (error, code, why) => {
    expect(failureOf(error)).toEqual({ ok: false, code, why });
  });

  it('costs its worker when it died, and no worker when the kernel threw', () => {
    const fatal = ['LOST', 'OUT_OF_MEMORY', 'TIME_LIMIT'] as const;
    const others = ['FAILED', 'WRONG_ANSWER', 'UNAVAILABLE', 'INTERRUPTED', 'DATA_GONE'] as const;
    expect(fatal.filter((code) => !isFatal({ ok: false, code, why: '' }))).toEqual([]);
    expect(others.filter((code) => isFatal({ ok: false, code, why: '' }))).toEqual([]);
  });
});
