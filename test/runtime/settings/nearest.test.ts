import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../../runtime/settings/nearest.ts';
import { runs } from './example.ts';

describe('nearest', () => {
  it('finds a name with a letter missing, added, replaced or swapped', () => {
    const names = ['heartbeatMs', 'retryMinMs', 'breaker'];
    expect(nearest('hearbeatMs', names)).toBe('heartbeatMs');
    expect(nearest('breakker', names)).toBe('breaker');
    expect(nearest('braeker', names)).toBe('breaker');
    expect(nearest('bleaker', names)).toBe('breaker');
  });

  it('takes cases and underscores as equal', () => {
    expect(nearest('HEARTBEAT_MS', ['heartbeatMs'])).toBe('heartbeatMs');
  });

  it('finds nothing when nothing is near', () => {
    expect(nearest('colour', ['heartbeatMs', 'breaker'])).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
    expect(nearest('a'.repeat(101), ['a'.repeat(101)])).toBeUndefined();
  });

  it('prefers the closest of several', () => {
    expect(nearest('retryMaxM', ['retryMinMs', 'retryMaxMs'])).toBe('retryMaxMs');
  });
});

describe('editDistance', () => {
  it('counts a swap of neighbours once', () => {
    expect(editDistance('speed', 'spede')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });

  it('is symmetric, zero for equals only, and never above the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
      runs,
    );
  });
});
