import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  envelopeOf,
  isInside,
  partOfMove,
  settingValues,
  stepped,
  stepsTowards,
} from '../../../machines/policies/setting-envelope.ts';

const steps = fc.constantFrom(1, 0.001, 0.05, 250);
const moves = fc
  .tuple(steps, fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 }), fc.nat(700))
  .map(([step, low, high, from]) => {
    const [min, max] = [Math.min(low, high) * step, Math.max(low, high) * step];
    return { envelope: { min, max, step }, from: from * step };
  });

describe('a move', () => {
  it('ends inside the envelope, in whole steps, and never past its aim', () => {
    fc.assert(
      fc.property(moves, fc.double({ min: -1e6, max: 1e6, noNaN: true }), (move, to) => {
        const { envelope, from } = move;
        const count = stepsTowards(from, to, envelope);
        expect(Number.isInteger(count)).toBe(true);
        if (!isInside(envelope, from)) {
          expect(count).toBe(0);
          return;
        }
        const value = stepped(from, count, envelope);
        const { min, max, step } = envelope;
        expect(value).toBeGreaterThanOrEqual(min - step * 1e-6);
        expect(value).toBeLessThanOrEqual(max + step * 1e-6);
        if (count !== 0) expect(Math.sign(count)).toBe(Math.sign(to - from));
      }),
    );
  });

  it('in part goes the same way, not further, and one step at least', () => {
    fc.assert(
      fc.property(
        moves,
        fc.integer({ min: -40, max: 40 }),
        fc.constantFrom(0.25, 0.5, 1),
        (m, n, r) => {
          const to = stepped(m.from, n, m.envelope);
          const part = partOfMove(m.from, to, r, m.envelope);
          if (n === 0) {
            expect(part).toBeCloseTo(m.from, 9);
            return;
          }
          const moved = Math.round((part - m.from) / m.envelope.step);
          expect(Math.sign(moved)).toBe(Math.sign(n));
          expect(Math.abs(moved)).toBe(Math.max(1, Math.floor(Math.abs(n) * r + 1e-9)));
        },
      ),
    );
  });

  it('of two settings by the same amount is so in each part', () => {
    const envelope = { min: 0, max: 1, step: 0.001 };
    const [a, b] = [partOfMove(0.2, 0.15, 0.25, envelope), partOfMove(0.5, 0.55, 0.25, envelope)];
    expect([a, b]).toEqual([0.188, 0.512]);
  });

  it('nowhere finite is none', () => {
    expect(stepsTowards(5, Number.NaN, { min: 0, max: 9, step: 1 })).toBe(0);
    expect(Object.is(stepsTowards(5, 4.9, { min: 0, max: 9, step: 1 }), 0)).toBe(true);
  });
});

describe('envelopes', () => {
  const envelope = { min: 1, max: 9, step: 1 };
  const envelopes = { '/breakers/*/callTimeoutMs': envelope, '/a/b': { ...envelope, max: 2 } };

  it('are found by pointer, and by one name that * stands for', () => {
    expect(envelopeOf(envelopes, '/a/b')?.max).toBe(2);
    expect(envelopeOf(envelopes, '/breakers/x~1y/callTimeoutMs')).toBe(envelope);
    expect(envelopeOf(envelopes, '/breakers/x/y/callTimeoutMs')).toBeUndefined();
    expect(envelopeOf(envelopes, '/__proto__/callTimeoutMs')).toBeUndefined();
    const own = { ...envelopes, '/breakers/x/callTimeoutMs': { ...envelope, min: 5 } };
    expect(envelopeOf(own, '/breakers/x/callTimeoutMs')?.min).toBe(5);
  });

  it('name every number that there is, and nothing else', () => {
    const breakers = { 'x/y': { callTimeoutMs: 3 }, z: { callTimeoutMs: 'soon' }, n: null };
    expect(settingValues({ breakers, a: { b: 2 } }, envelopes)).toEqual({
      '/a/b': 2,
      '/breakers/x~1y/callTimeoutMs': 3,
    });
    expect(settingValues({}, envelopes)).toEqual({});
  });
});
