import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secrSettingsSchema } from '../../../config/secr.ts';
import { drawRatio } from '../../../machines/policies/random.ts';
import {
  chosenResolver,
  isDistrusted,
  rewardOf,
  type Trusts,
  trustOf,
  trustsAfter,
} from '../../../machines/policies/resolver-trust.ts';

const { learning } = secrSettingsSchema.parse({
  learning: { discountRatio: 0.9, trustMin: 0.3, verdictCountMin: 2 },
});
const names = ['a', 'b', 'c'];
const choices = (trusts: Trusts, count = 2_000) => {
  const counts: Record<string, number> = { a: 0, b: 0, c: 0 };
  for (let number = 0; number < count; number += 1) {
    counts[chosenResolver(trusts, names, learning, { seed: 7, number })!]! += 1;
  }
  return counts;
};

describe('trust', () => {
  it('is one half before anybody has tried, and follows rewards', () => {
    expect(trustOf(undefined)).toBe(0.5);
    const good = trustsAfter({}, 'a', 1, learning);
    expect(trustOf(good['a'])).toBeCloseTo(2 / 3);
    expect(trustOf(trustsAfter({}, 'a', 0, learning)['a'])).toBeCloseTo(1 / 3);
    expect(trustOf(trustsAfter({}, 'a', 0.5, learning)['a'])).toBe(0.5);
  });

  it('discounts older verdicts of all resolvers with each new one', () => {
    const first = trustsAfter({}, 'a', 1, learning);
    const second = trustsAfter(first, 'b', 0, learning);
    expect(second).toEqual({ a: { gained: 0.9, missed: 0 }, b: { gained: 0, missed: 1 } });
  });

  it('of a reward is bounded, and grows with the score', () => {
    expect([-9, 0, 9].map((score) => rewardOf(score, learning))).toEqual([0, 0.5, 1]);
    expect(rewardOf(0.1, learning)).toBeCloseTo(0.6);
  });

  it('is lost only by enough verdicts', () => {
    expect(isDistrusted(undefined, learning)).toBe(false);
    expect(isDistrusted({ gained: 0, missed: 1.9 }, learning)).toBe(false);
    expect(isDistrusted({ gained: 0, missed: 2 }, learning)).toBe(true);
    expect(isDistrusted({ gained: 1, missed: 1 }, learning)).toBe(false);
  });
});

describe('chosenResolver', () => {
  it('tries all that nobody knows about equally often', () => {
    for (const count of Object.values(choices({}))) expect(Math.abs(count - 667)).toBeLessThan(80);
  });

  it('prefers what did well, and still tries the others now and then', () => {
    const counts = choices({ a: { gained: 6, missed: 1 }, b: { gained: 2, missed: 2 } });
    expect(counts['a']).toBeGreaterThan(1_200);
    expect(counts['b']).toBeGreaterThan(20);
    expect(counts['c']).toBeGreaterThan(100);
  });

  it('draws a Beta distribution: shares of two arms as by integration', () => {
    // P(Beta(3, 1) > Beta(1, 1)) is the mean of Beta(3, 1): three quarters.
    const trusts = { a: { gained: 2, missed: 0 } };
    let won = 0;
    for (let number = 0; number < 4_000; number += 1) {
      if (chosenResolver(trusts, ['a', 'b'], learning, { seed: 3, number }) === 'a') won += 1;
    }
    expect(won / 4_000).toBeCloseTo(0.75, 1);
  });

  it('leaves out who is distrusted, unless there is nobody else', () => {
    const trusts = { a: { gained: 0, missed: 4 }, b: { gained: 0, missed: 4 } };
    expect(choices(trusts, 300)).toEqual({ a: 0, b: 0, c: 300 });
    const only = chosenResolver(trusts, ['a'], learning, { seed: 1, number: 0 });
    expect(only).toBe('a');
    expect(chosenResolver({}, [], learning, { seed: 1, number: 0 })).toBeUndefined();
  });

  it('is the same for the same seed and number, and finds the best arm', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (seed) => {
        let trusts: Trusts = {};
        const best = Math.floor(drawRatio(seed, 1) * 3);
        let hits = 0;
        for (let number = 0; number < 60; number += 1) {
          const name = chosenResolver(trusts, names, learning, { seed, number })!;
          expect(chosenResolver(trusts, names, learning, { seed, number })).toBe(name);
          if (names.indexOf(name) === best && number >= 30) hits += 1;
          trusts = trustsAfter(trusts, name, names.indexOf(name) === best ? 0.9 : 0.2, learning);
        }
        expect(hits).toBeGreaterThan(10);
      }),
      { numRuns: 40 },
    );
  });
});
